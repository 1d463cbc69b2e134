//! Chooses the exposition format that an Accept header asks for. Writes none.

use super::list::{self, Item};
use crate::exposition::Format;
use hyper::header::HeaderValue;

/// How names beyond ASCII are to be written. All names here are classic, so every scheme is kept by doing nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Escaping {
    /// Names as they are.
    AllowUtf8,
    /// Odd characters become underscores.
    Underscores,
    /// Dots become `_dot_`.
    Dots,
    /// Odd characters become their code points.
    Values,
}

/// What came of a negotiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Negotiated {
    /// The format to write.
    pub format: Format,
    /// The scheme to confirm, if the winning range asked for one.
    pub escaping: Option<Escaping>,
}

impl Negotiated {
    /// The format for a request with these Accept values, none of them needed.
    ///
    /// The highest weight that we speak wins. At equal weights a format that is named goes before a wildcard, of two
    /// named ones the first, as in Prometheus's own Go library; else it is text. A wildcard counts for a format only
    /// where the format is not named (RFC 9110, 12.5.1). Who accepts nothing that we speak gets text.
    pub fn from_accept(lines: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let (mut text, mut open_metrics) = (Claim::default(), Claim::default());
        let mut position = 0;
        list::for_each(lines, |item| {
            position += 1;
            text.hear(&item, position, "text", "plain", &["0.0.4"]);
            open_metrics.hear(&item, position, "application", "openmetrics-text", &["1.0.0", "0.0.1"]);
        });
        if open_metrics.beats(&text) {
            Self { format: Format::OpenMetrics, escaping: open_metrics.escaping() }
        } else {
            Self { format: Format::Text, escaping: text.escaping() }
        }
    }

    /// The Content-Type header of the answer.
    pub fn content_type(self) -> HeaderValue {
        let plain = self.format.content_type();
        let Some(escaping) = self.escaping else { return HeaderValue::from_static(plain) };
        let confirmed = format!("{plain}; escaping={}", escaping.as_str());
        HeaderValue::try_from(confirmed).unwrap_or(HeaderValue::from_static(plain))
    }
}

impl Escaping {
    const ALL: [Self; 4] = [Self::AllowUtf8, Self::Underscores, Self::Dots, Self::Values];

    fn as_str(self) -> &'static str {
        match self {
            Self::AllowUtf8 => "allow-utf-8",
            Self::Underscores => "underscores",
            Self::Dots => "dots",
            Self::Values => "values",
        }
    }
}

/// What an Accept header says about one format, the most specific word last.
#[derive(Debug, Default)]
struct Claim {
    anything: Option<f32>,
    kind: Option<f32>,
    named: Option<Named>,
}

#[derive(Clone, Copy, Debug)]
struct Named {
    weight: f32,
    position: usize,
    escaping: Option<Escaping>,
}

impl Claim {
    fn hear(&mut self, item: &Item<'_>, position: usize, kind: &str, subkind: &str, versions: &[&str]) {
        let Some((item_kind, item_subkind)) = item.value.split_once('/') else { return };
        match (item_kind, item_subkind) {
            ("*", "*") => raise(&mut self.anything, item.weight),
            (_, "*") if item_kind.eq_ignore_ascii_case(kind) => raise(&mut self.kind, item.weight),
            _ if item_kind.eq_ignore_ascii_case(kind) && item_subkind.eq_ignore_ascii_case(subkind) => {
                let spoken = item.parameter("version").is_none_or(|version| versions.contains(&version));
                let raised = self.named.is_none_or(|named| item.weight > named.weight);
                if spoken && raised {
                    let escaping = item.parameter("escaping").and_then(known_scheme);
                    self.named = Some(Named { weight: item.weight, position, escaping });
                }
            }
            _ => {}
        }
    }

    fn weight(&self) -> f32 {
        self.named.map(|named| named.weight).or(self.kind).or(self.anything).unwrap_or(0.0)
    }

    fn beats(&self, text: &Self) -> bool {
        let (ours, theirs) = (self.weight(), text.weight());
        let first = match (self.named, text.named) {
            (Some(ours), Some(theirs)) => ours.position < theirs.position,
            (ours, _) => ours.is_some(),
        };
        ours > theirs || (ours > 0.0 && ours >= theirs && first)
    }

    fn escaping(&self) -> Option<Escaping> {
        self.named.filter(|named| named.weight > 0.0).and_then(|named| named.escaping)
    }
}

fn raise(slot: &mut Option<f32>, weight: f32) {
    *slot = Some(slot.map_or(weight, |old| old.max(weight)));
}

fn known_scheme(raw: &str) -> Option<Escaping> {
    Escaping::ALL.into_iter().find(|scheme| scheme.as_str() == raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    const OPEN_METRICS_UTF8: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8";

    #[track_caller]
    fn assert_content_types(cases: &[(&[&str], &str)]) {
        for (lines, expected) in cases {
            assert_eq!(Negotiated::from_accept(*lines).content_type(), expected, "{lines:?}");
        }
    }

    #[test]
    fn every_prometheus_gets_openmetrics_as_it_asks() {
        assert_content_types(&[
            // 2.42
            (
                &["application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                   text/plain;version=0.0.4;q=0.5,*/*;q=0.1"],
                OPEN_METRICS,
            ),
            // 2.42 with native histograms
            (
                &["application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,\
                   application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,\
                   text/plain;version=0.0.4;q=0.5,*/*;q=0.1"],
                OPEN_METRICS,
            ),
            // 3.0
            (
                &["application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                   application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
                   text/plain;version=0.0.4;q=0.2,*/*;q=0.1"],
                OPEN_METRICS_UTF8,
            ),
            // 3.x
            (
                &["application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                   application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                   text/plain;version=0.0.4;q=0.3,*/*;q=0.2"],
                OPEN_METRICS_UTF8,
            ),
            // 3.x with native histograms
            (
                &["application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,\
                   application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,\
                   application/openmetrics-text;version=0.0.1;escaping=underscores;q=0.5,\
                   text/plain;version=1.0.0;escaping=underscores;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"],
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
            ),
            // 3.x with scrape_protocols: [PrometheusText0.0.4]
            (&["text/plain;version=0.0.4;escaping=values;q=0.6,*/*;q=0.5"], &format!("{TEXT}; escaping=values")),
        ]);
    }

    #[test]
    fn who_names_no_format_gets_text() {
        assert_content_types(&[
            (&[], TEXT),
            (&[""], TEXT),
            (&["*/*"], TEXT),
            (&["text/*"], TEXT),
            (&["text/*;q=0.1, application/*;q=0.1"], TEXT),
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"], TEXT),
            (&["application/json"], TEXT),
        ]);
    }

    #[test]
    fn the_highest_weight_wins_then_the_named_then_the_first() {
        assert_content_types(&[
            (&["text/plain;q=0.9, application/openmetrics-text;q=0.5"], TEXT),
            (&["text/plain;q=0.5", "application/openmetrics-text;q=0.9"], OPEN_METRICS),
            (&["*/*, application/openmetrics-text"], OPEN_METRICS),
            (&["*/*, application/openmetrics-text;q=0.5"], TEXT),
            (&["text/plain, application/openmetrics-text"], TEXT),
            (&["application/openmetrics-text, text/plain"], OPEN_METRICS),
            (&["application/*"], OPEN_METRICS),
        ]);
    }

    #[test]
    fn a_weight_of_zero_is_a_refusal() {
        assert_content_types(&[
            (&["application/openmetrics-text;q=0, */*"], TEXT),
            (&["text/plain;q=0, */*"], OPEN_METRICS),
            (&["text/plain;q=0, application/openmetrics-text;q=0"], TEXT),
            (&["*/*;q=0"], TEXT),
        ]);
    }

    #[test]
    fn a_version_that_nobody_here_speaks_does_not_count() {
        assert_content_types(&[
            (&["application/openmetrics-text;version=2.0.0"], TEXT),
            (&["application/openmetrics-text; version=\"0.0.1\""], OPEN_METRICS),
            (&["Application/OpenMetrics-Text"], OPEN_METRICS),
            (&["text/plain;version=1.0.0;escaping=allow-utf-8;q=0.9,application/openmetrics-text;q=0.1"], OPEN_METRICS),
            (&["text/plain;version=1.0.0;escaping=allow-utf-8"], TEXT),
        ]);
    }

    #[test]
    fn a_piece_that_cannot_be_read_leaves_the_rest_standing() {
        assert_content_types(&[
            (&["text/plain;q=oops, application/openmetrics-text;q=0.1"], OPEN_METRICS),
            (&["application/openmetrics-text;q=7"], TEXT),
            (&[",,;;==\", /", "application/openmetrics-text"], OPEN_METRICS),
            (&["application/openmetrics-text;escaping=rot13"], OPEN_METRICS),
        ]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_format_panic(lines: Vec<Vec<u8>>, shaped in "[texplain/*;,q=.0-9 \"\\\\]{0,80}") {
            Negotiated::from_accept(lines).content_type();
            Negotiated::from_accept([shaped]).content_type();
        }
    }
}
