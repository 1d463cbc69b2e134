//! One sample line: name, escaped labels, value.

use std::fmt::Write as _;

/// Appends `name{label="value",…} number` and a line feed. Label order is the caller's.
pub(super) fn write_sample<'a>(
    out: &mut String,
    name: &str,
    labels: impl IntoIterator<Item = (&'a str, &'a str)>,
    value: f64,
) {
    out.push_str(name);
    let mut separator = '{';
    for (label, value) in labels {
        out.push(separator);
        separator = ',';
        out.push_str(label);
        out.push_str("=\"");
        escape_label(out, value);
        out.push('"');
    }
    if separator == ',' {
        out.push('}');
    }
    out.push(' ');
    write_number(out, value);
    out.push('\n');
}

/// A label value's backslash, quote and line feed are escaped; every other character stands for itself.
pub(super) fn escape_label(out: &mut String, value: &str) {
    let mut rest = value;
    while let Some(index) = rest.find(['\\', '"', '\n']) {
        out.push_str(&rest[..index]);
        out.push_str(match rest.as_bytes()[index] {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            _ => "\\n",
        });
        rest = &rest[index + 1..];
    }
    out.push_str(rest);
}

/// A number in the shortest form that reads back as the same number.
pub(super) fn write_number(out: &mut String, value: f64) {
    if value.is_finite() {
        write!(out, "{value}").expect("a String takes any text");
    } else if value.is_nan() {
        out.push_str("NaN");
    } else {
        out.push_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(labels: &[(&str, &str)], value: f64) -> String {
        let mut out = String::new();
        write_sample(&mut out, "m", labels.iter().copied(), value);
        out
    }

    #[test]
    fn labels_are_escaped_and_numbers_are_shortest() {
        assert_eq!(line(&[], 1.0), "m 1\n");
        assert_eq!(line(&[("a", "")], 0.0), "m{a=\"\"} 0\n");
        assert_eq!(
            line(&[("a", "x\\y\"z\n"), ("b", "é\r\u{0}")], 0.25),
            "m{a=\"x\\\\y\\\"z\\n\",b=\"é\r\u{0}\"} 0.25\n"
        );
        assert_eq!(line(&[], 1_700_000_000.123), "m 1700000000.123\n");
        assert_eq!(line(&[], 214_748_364_800.0), "m 214748364800\n");
        assert_eq!(line(&[], f64::INFINITY), "m +Inf\n");
        assert_eq!(line(&[], f64::NEG_INFINITY), "m -Inf\n");
        assert_eq!(line(&[], f64::NAN), "m NaN\n");
    }

    /// The crate that the field uses writes the same lines for the same data.
    #[test]
    fn lines_equal_those_of_the_prometheus_crate() {
        let strategy = (prop::collection::vec(any::<String>(), 2), prop::num::f64::NORMAL | prop::num::f64::ZERO);
        proptest!(|((values, number) in strategy)| {
            let gauge = prometheus::GaugeVec::new(prometheus::Opts::new("m", "h"), &["a", "b"]).expect("valid names");
            gauge.with_label_values(&[&values[0], &values[1]]).set(number);
            let families = prometheus::core::Collector::collect(&gauge);
            let text = prometheus::TextEncoder::new().encode_to_string(&families).expect("encodes");
            let theirs = text.strip_prefix("# HELP m h\n# TYPE m gauge\n").expect("headers");
            prop_assert_eq!(line(&[("a", &values[0]), ("b", &values[1])], number), theirs);
        });
    }
}
