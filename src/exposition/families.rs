//! Collects one target's samples by family, as text that is ready to be served.

use super::sample::{escape_label, write_number};
use crate::catalogue::Metric;
use crate::domain::{Target, Text};

/// How many labels the target itself gives to every series: `account_id` and `region`.
const TARGET_LABELS: usize = 2;

/// Takes the samples of one target and writes them down family by family.
///
/// Beside samples it takes what else a snapshot has to say: values that this build does not know, and free text, which
/// never becomes a label.
#[derive(Debug)]
pub struct Families {
    /// `account_id="…",region="…"`, escaped.
    prefix: String,
    reading: Reading,
}

/// What one snapshot of one target came to.
#[derive(Debug, Default)]
pub struct Reading {
    /// Sample lines by family name, families in the order of their first sample.
    pub families: Vec<(&'static str, String)>,
    /// Values that this build does not know, and entries without identifier: the API field and the value.
    pub unrecognized: Vec<(&'static str, Option<Text>)>,
    /// AWS's free text about objects in trouble.
    pub notes: Vec<Note>,
    /// How many objects the snapshot holds.
    pub objects: usize,
}

/// A free text of AWS's about one object: for the log, never for a label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Note {
    /// The object's identifier.
    pub object: String,
    /// The code that the text explains; empty when AWS gives none.
    pub code: String,
    /// The text, cut to a sensible length.
    pub message: String,
}

/// Longest free text that is kept, in characters.
const MAX_NOTE_CHARS: usize = 512;

impl Families {
    /// Starts with nothing, for a target.
    pub fn new(target: &Target) -> Self {
        let mut prefix = String::from("account_id=\"");
        escape_label(&mut prefix, target.account_label());
        prefix.push_str("\",region=\"");
        escape_label(&mut prefix, target.region_label());
        prefix.push('"');
        Self { prefix, reading: Reading::default() }
    }

    /// Adds a sample. `labels` are the values that follow the target's own; their number is checked at compile time.
    pub fn add<const N: usize, const M: usize>(&mut self, metric: &'static Metric<N>, labels: [&str; M], value: f64) {
        const { assert!(M + TARGET_LABELS == N, "one value for each label after account_id and region") };
        let text = family(&mut self.reading.families, metric.name);
        text.push_str(metric.name);
        text.push('{');
        text.push_str(&self.prefix);
        for (name, value) in metric.labels[TARGET_LABELS..].iter().zip(labels) {
            text.push(',');
            text.push_str(name);
            text.push_str("=\"");
            escape_label(text, value);
            text.push('"');
        }
        text.push_str("} ");
        write_number(text, value);
        text.push('\n');
    }

    /// Adds a sample if AWS reported the value.
    pub fn add_some<const N: usize, const M: usize>(
        &mut self,
        metric: &'static Metric<N>,
        labels: [&str; M],
        value: Option<f64>,
    ) {
        if let Some(value) = value {
            self.add(metric, labels, value);
        }
    }

    /// Adds one series for each known state, 1 for the current and 0 for the others. A state that is not known, or
    /// `UNKNOWN` for none at all, is one more series with 1.
    pub fn add_states<const N: usize>(
        &mut self,
        metric: &'static Metric<N>,
        object: &Text,
        field: &'static str,
        known: &[&str],
        current: Option<&Text>,
    ) {
        const { assert!(N == TARGET_LABELS + 2, "a state metric has the labels of its object and `state`") };
        let current_label = current.map_or("UNKNOWN", Text::as_str);
        for state in known {
            self.add(metric, [object.as_str(), state], f64::from(u8::from(*state == current_label)));
        }
        if !known.contains(&current_label) {
            self.add(metric, [object.as_str(), current_label], 1.0);
        }
        self.check(field, known, current);
    }

    /// Takes down a value that AWS sent and this build does not know.
    pub fn check(&mut self, field: &'static str, known: &[&str], value: Option<&Text>) {
        if let Some(value) = value.filter(|value| !known.contains(&value.as_str())) {
            self.reading.unrecognized.push((field, Some(value.clone())));
        }
    }

    /// Takes down entries that were skipped because `field`, their identifier, was missing.
    pub fn skipped(&mut self, field: &'static str, entries: usize) {
        self.reading.unrecognized.extend(std::iter::repeat_n((field, None), entries));
    }

    /// Takes down a free text about an object.
    pub fn note(&mut self, object: &Text, code: Option<&Text>, message: Option<&str>) {
        let Some(message) = message.filter(|message| !message.is_empty()) else { return };
        self.reading.notes.push(Note {
            object: object.to_string(),
            code: Text::label(code).to_owned(),
            message: message.chars().take(MAX_NOTE_CHARS).collect(),
        });
    }

    /// Takes down how many objects there were.
    pub fn objects(&mut self, objects: usize) {
        self.reading.objects = objects;
    }

    /// What has come together.
    pub fn finish(self) -> Reading {
        self.reading
    }
}

fn family<'a>(families: &'a mut Vec<(&'static str, String)>, name: &'static str) -> &'a mut String {
    let index = families.iter().position(|(known, _)| std::ptr::eq(*known, name)).unwrap_or_else(|| {
        families.push((name, String::new()));
        families.len() - 1
    });
    &mut families[index].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn families() -> Families {
        Families::new(&Target {
            account: Some("111122223333".parse().expect("an account")),
            region: Some("eu-west-1".parse().expect("a region")),
        })
    }

    fn text(name: &str) -> Text {
        Text::new(name).expect("not empty")
    }

    #[test]
    fn each_series_starts_with_its_target_and_families_stay_together() {
        let mut families = families();
        families.add(&catalogue::WORKSPACES_IMAGE_CREATED, ["wsi-1"], 5.0);
        families.add(&catalogue::WORKSPACES_IMAGE_ERROR, ["wsi-1", "a\"b"], 1.0);
        families.add_some(&catalogue::WORKSPACES_IMAGE_CREATED, ["wsi-2"], None);
        families.add_some(&catalogue::WORKSPACES_IMAGE_CREATED, ["wsi-3"], Some(6.5));
        let target = r#"account_id="111122223333",region="eu-west-1""#;
        assert_eq!(
            families.finish().families,
            [
                (
                    catalogue::WORKSPACES_IMAGE_CREATED.name,
                    format!(
                        "{name}{{{target},image_id=\"wsi-1\"}} 5\n{name}{{{target},image_id=\"wsi-3\"}} 6.5\n",
                        name = catalogue::WORKSPACES_IMAGE_CREATED.name
                    )
                ),
                (
                    catalogue::WORKSPACES_IMAGE_ERROR.name,
                    format!(
                        "{}{{{target},image_id=\"wsi-1\",error_code=\"a\\\"b\"}} 1\n",
                        catalogue::WORKSPACES_IMAGE_ERROR.name
                    )
                ),
            ]
        );
    }

    #[test]
    fn exactly_one_state_is_on_whatever_aws_says() {
        for (current, series) in [(Some("B"), 2), (Some("TELEPORTING"), 3), (None, 3)] {
            let current = current.map(text);
            let mut families = families();
            families.add_states(&catalogue::WORKSPACES_IMAGE_STATE, &text("i"), "f", &["A", "B"], current.as_ref());
            let reading = families.finish();
            let lines: Vec<&str> = reading.families[0].1.lines().collect();
            assert_eq!(lines.len(), series);
            let on: Vec<_> = lines.iter().filter(|line| line.ends_with("} 1")).collect();
            assert_eq!(on.len(), 1);
            assert!(on[0].contains(&format!("state=\"{}\"", current.as_ref().map_or("UNKNOWN", Text::as_str))));
        }
    }
}
