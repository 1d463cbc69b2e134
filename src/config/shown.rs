//! How much of a value is shown: quoted, escaped, cut, and nothing of what may be a secret.
//!
//! Knows nothing of keys; takes raw text or a value, gives text that is fit for a terminal and a log.

use std::time::Duration;

use figment::value::{Empty, Num, Value};

/// Longest text that is shown, in characters.
const MAX_CHARS: usize = 60;

/// How a hidden text begins.
const HIDDEN: &str = "(hidden,";

/// Whether this is what [`text`] makes of a secret.
pub(crate) fn is_hidden(shown: &str) -> bool {
    shown.starts_with(HIDDEN)
}

/// A text in quotes.
pub(crate) fn text(raw: &str) -> String {
    if looks_secret(raw) {
        return format!("{HIDDEN} {} characters)", raw.chars().count());
    }
    format!("\"{}\"", plain(&without_credentials(raw)))
}

/// A text without quotes: a name that somebody else wrote.
pub(crate) fn name(raw: &str) -> String {
    if looks_secret(raw) { "(hidden)".to_owned() } else { plain(raw) }
}

/// Words of a parser's message, which may quote a name.
pub(crate) fn words(message: &str) -> String {
    let shown: String = message.chars().take(2 * MAX_CHARS).filter(|char| !char.is_control()).collect();
    if looks_secret(message) { "(hidden)".to_owned() } else { shown }
}

/// A value where its content matters.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::String(_, raw) => text(raw),
        other => kind(other),
    }
}

/// A value of the wrong kind: its content only when it can be no secret.
pub(crate) fn kind(value: &Value) -> String {
    match value {
        Value::String(_, raw) if is_harmless(raw) => text(raw),
        Value::String(..) => "a text".to_owned(),
        Value::Char(..) => "a character".to_owned(),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, number) => num(*number),
        Value::Empty(_, Empty::None | Empty::Unit) => "nothing".to_owned(),
        Value::Dict(..) => "a table".to_owned(),
        Value::Array(_, items) if items.is_empty() => "[]".to_owned(),
        Value::Array(..) => "a list".to_owned(),
    }
}

fn num(number: Num) -> String {
    match (number.to_i128(), number.to_u128(), number.to_f64()) {
        (Some(whole), ..) => whole.to_string(),
        (_, Some(whole), _) => whole.to_string(),
        (.., Some(real)) => format!("{real:?}"),
        _ => "a number".to_owned(),
    }
}

fn plain(raw: &str) -> String {
    let shown: String = raw.chars().take(MAX_CHARS).flat_map(escaped).collect();
    if raw.chars().count() > MAX_CHARS { shown + "…" } else { shown }
}

fn escaped(char: char) -> impl Iterator<Item = char> {
    // A single quote would be escaped too, which is noise here.
    let kept = (char == '\'').then_some(char);
    kept.into_iter().chain(char.escape_debug().filter(move |_| kept.is_none()))
}

/// What stands before an `@` or after a `?` in a URL may be a password or a token.
fn without_credentials(raw: &str) -> String {
    let start = raw.find("://").map_or(0, |index| index + 3);
    let (scheme, rest) = raw.split_at(start);
    let rest = rest.rsplit_once('@').map_or(rest.to_owned(), |(_, host)| format!("***@{host}"));
    let rest = rest.split_once('?').map_or(rest.clone(), |(path, _)| format!("{path}?***"));
    format!("{scheme}{rest}")
}

fn is_harmless(raw: &str) -> bool {
    let is_number = raw.len() <= 12 && raw.parse::<f64>().is_ok();
    let is_word = ["", "true", "false", "yes", "no", "on", "off"].contains(&raw.to_ascii_lowercase().as_str());
    let is_duration = raw.parse::<humantime::Duration>().is_ok_and(|duration| *duration > Duration::ZERO);
    is_number || is_word || is_duration
}

/// Whether some run of characters has the look of a key, a token or a hash.
fn looks_secret(raw: &str) -> bool {
    raw.split(|char: char| !(char.is_ascii_alphanumeric() || "/+=_-".contains(char))).any(is_secret_run)
}

fn is_secret_run(run: &str) -> bool {
    let has = |class: fn(&u8) -> bool| run.bytes().any(|byte| class(&byte));
    let (upper, lower, digit) = (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase), has(u8::is_ascii_digit));
    let classes = u8::from(upper) + u8::from(lower) + u8::from(digit);
    let is_access_key = ["AKIA", "ASIA"].iter().any(|mark| run.find(mark).is_some_and(|start| run.len() - start >= 16));
    is_access_key || (run.len() >= 16 && classes == 3) || (run.len() >= 32 && classes == 2 && !run.contains('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_tokens_are_hidden() {
        for secret in [
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AKIAIOSFODNN7EXAMPLE",
            "prefix:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY,",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "abcdefghijKLMNOPQRSTabcdefghijKLMNOPQRST",
        ] {
            assert_eq!(text(secret), format!("(hidden, {} characters)", secret.len()));
            assert_eq!(name(secret), "(hidden)");
            assert_eq!(kind(&Value::from(secret)), "a text");
        }
    }

    #[test]
    fn what_operators_write_is_shown() {
        for plain in [
            "eu-wset-1",
            "https://vpce-0123456789abcdef0-abcdefgh.workspaces.eu-west-1.vpce.amazonaws.com",
            "/metrics/of/the/images",
            "it's",
        ] {
            assert!(text(plain).starts_with(&format!("\"{}", plain.chars().take(60).collect::<String>())), "{plain}");
        }
    }

    #[test]
    fn passwords_and_queries_are_cut_out_of_urls() {
        assert_eq!(text("https://user:hunter2@example.com/x"), "\"https://***@example.com/x\"");
        assert_eq!(text("https://example.com/x?token=hunter2"), "\"https://example.com/x?***\"");
        assert_eq!(text("user:hunter2@example.com"), "\"***@example.com\"");
    }

    #[test]
    fn control_characters_are_escaped_and_long_texts_cut() {
        assert_eq!(text("a\n\u{1b}[31m\"\u{202e}"), r#""a\n\u{1b}[31m\"\u{202e}""#);
        assert_eq!(text(&"é".repeat(61)), format!("\"{}…\"", "é".repeat(60)));
    }

    #[test]
    fn of_a_wrong_kind_only_the_harmless_is_shown() {
        assert_eq!(kind(&Value::from("40")), "\"40\"");
        assert_eq!(kind(&Value::from("yes")), "\"yes\"");
        assert_eq!(kind(&Value::from("5m")), "\"5m\"");
        assert_eq!(kind(&Value::from("hunter2")), "a text");
        assert_eq!(kind(&Value::from(vec!["hunter2"])), "a list");
        assert_eq!(kind(&Value::from(1.0)), "1.0");
    }
}
