//! Splits the lines of a weighted header (RFC 9110, 12.4.2) into items. Knows nothing of what the items mean.

/// One item of the list, such as `text/plain;version=0.0.4;q=0.5`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    /// What stands before the first semicolon.
    pub(super) value: &'a str,
    /// From 0, a refusal, to 1.
    pub(super) weight: f32,
    parameters: &'a str,
}

impl<'a> Item<'a> {
    /// The value of the parameter `name`, without its quotes.
    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        parameter(self.parameters, name)
    }

    fn parse(raw: &'a str) -> Option<Self> {
        let (value, parameters) = raw.split_once(';').unwrap_or((raw, ""));
        let weight = parameter(parameters, "q").map_or(Some(1.0), weight)?;
        Some(Self { value: value.trim(), weight, parameters })
    }
}

/// Shows `visit` every readable item. Several lines are one list; an item whose weight cannot be read is left out.
pub(super) fn for_each(lines: impl IntoIterator<Item = impl AsRef<[u8]>>, mut visit: impl FnMut(Item<'_>)) {
    for line in lines {
        let line = String::from_utf8_lossy(line.as_ref());
        split(&line, ',').filter_map(Item::parse).for_each(&mut visit);
    }
}

fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    split(parameters, ';')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().trim_matches('"'))
}

fn weight(raw: &str) -> Option<f32> {
    let plain = raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    raw.parse().ok().filter(|weight| plain && (0.0..=1.0).contains(weight))
}

/// Splits at the separators that stand outside quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character| {
        let literal = std::mem::take(&mut escaped);
        match character {
            '\\' if quoted && !literal => escaped = true,
            '"' if !literal => quoted = !quoted,
            _ => {}
        }
        character == separator && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_items(lines: &[&[u8]], expected: &[(&str, f32)]) {
        let mut items = Vec::new();
        for_each(lines, |item| items.push((item.value.to_owned(), item.weight)));
        let items: Vec<_> = items.iter().map(|(value, weight)| (value.as_str(), *weight)).collect();
        assert_eq!(items, expected);
    }

    #[test]
    fn several_lines_are_one_list() {
        assert_items(&[b"a;q=0.5, b", b"c ; Q=\"0.25\""], &[("a", 0.5), ("b", 1.0), ("c", 0.25)]);
    }

    #[test]
    fn an_unreadable_weight_takes_only_its_own_item_along() {
        assert_items(&[b"a;q=x, b;q=-1, c;q=2, d;q=NaN, e;q=1e-1, f;q=, g;q=+1, h;q=0"], &[("h", 0.0)]);
    }

    #[test]
    fn a_byte_that_is_no_utf8_spoils_only_its_own_item() {
        assert_items(&[b"a\xff, b"], &[("a\u{fffd}", 1.0), ("b", 1.0)]);
    }

    #[test]
    fn a_separator_in_quotes_separates_nothing() {
        let mut title = None;
        for_each([r#"a;title="x,\";y";q=0.5, b"#], |item| title = title.or(item.parameter("title").map(str::len)));
        assert_eq!(title, Some(r#"x,\";y"#.len()));
        assert_items(&[br#"a;title="x,\";y";q=0.5, b"#], &[("a", 0.5), ("b", 1.0)]);
    }
}
