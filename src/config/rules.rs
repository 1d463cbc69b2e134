//! The kinds of settings: what form is expected, in words, and the parser that holds a value to it.
//!
//! Knows no key. The same rule reads a value of the file, of the environment and of the command line.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use figment::value::Value;

use super::nearest::nearest;
use super::shown;

/// How a text from the environment or the command line becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Boolean,
    Whole,
    Number,
    List,
}

/// What a setting must be.
pub(crate) struct Rule<T> {
    pub(crate) shape: Shape,
    /// Fits after "expected".
    pub(crate) expected: String,
    pub(crate) parse: Parse<T>,
}

/// Reads a value, or says everything that is wrong with it.
pub(crate) type Parse<T> = Box<dyn Fn(&Value) -> Result<T, Vec<Wrong>>>;

/// A value, or an item of a list, that does not obey its rule.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// The value as it may be shown.
    pub(crate) value: String,
    /// More than that something else was expected.
    pub(crate) reason: Option<&'static str>,
    pub(crate) suggestion: Option<String>,
}

impl Wrong {
    /// The text breaks the rule.
    pub(crate) fn text(raw: &str) -> Self {
        Self { value: shown::text(raw), reason: None, suggestion: None }
    }

    fn kind(value: &Value) -> Self {
        Self { value: shown::kind(value), reason: None, suggestion: None }
    }

    pub(crate) fn because(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// Names the right spelling, unless that would show what is hidden.
    pub(crate) fn suggest(self, suggestion: Option<impl AsRef<str>>) -> Self {
        let suggestion = suggestion.map(|text| shown::text(text.as_ref()));
        let suggestion = suggestion.filter(|text| !shown::is_hidden(text) && !shown::is_hidden(&self.value));
        Self { suggestion, ..self }
    }
}

/// `true` or `false`.
pub(crate) fn boolean() -> Rule<bool> {
    Rule {
        shape: Shape::Boolean,
        expected: "true or false".to_owned(),
        parse: Box::new(|value| match value {
            Value::Bool(_, flag) => Ok(*flag),
            other => Err(vec![Wrong::kind(other)]),
        }),
    }
}

/// A whole number in a range.
pub(crate) fn whole(range: RangeInclusive<u32>) -> Rule<u32> {
    Rule {
        shape: Shape::Whole,
        expected: format!("a whole number from {} to {}", range.start(), range.end()),
        parse: Box::new(move |value| {
            let number = value.to_num().and_then(|number| match number.to_u128() {
                Some(number) => u32::try_from(number).ok(),
                None => number.to_i128().and_then(|number| u32::try_from(number).ok()),
            });
            number.filter(|number| range.contains(number)).ok_or_else(|| vec![Wrong::kind(value)])
        }),
    }
}

/// Calls a second: 0, or a rate whose period a clock can measure.
pub(crate) fn calls_per_second() -> Rule<f64> {
    Rule {
        shape: Shape::Number,
        expected: "a number from 0.001 to 1000, or 0 for no limit".to_owned(),
        parse: Box::new(|value| {
            real(value)
                .filter(|rate| *rate == 0.0 || (0.001..=1000.0).contains(rate))
                .ok_or_else(|| vec![Wrong::kind(value)])
        }),
    }
}

fn real(value: &Value) -> Option<f64> {
    let number = value.to_num()?;
    let whole = number.to_i128().or_else(|| number.to_u128().and_then(|number| i128::try_from(number).ok()));
    match whole {
        Some(whole) => i32::try_from(whole).ok().map(f64::from),
        None => number.to_f64(),
    }
}

/// A duration in a range, as people write it.
pub(crate) fn duration(range: RangeInclusive<Duration>, example: &str) -> Rule<Duration> {
    let [shortest, longest] = [range.start(), range.end()].map(|bound| humantime::format_duration(*bound));
    let expected = format!("a duration from {shortest} to {longest} such as \"{example}\"");
    text(expected, move |raw| {
        let parsed = |raw: &str| {
            let duration = raw.parse::<humantime::Duration>().ok().map(|duration| *duration);
            duration.filter(|duration| range.contains(duration))
        };
        parsed(raw).ok_or_else(|| {
            // Without a unit; or M, which is a month, for m.
            let meant = [format!("{raw}s"), raw.to_lowercase()].into_iter().find(|meant| parsed(meant).is_some());
            Wrong::text(raw).suggest(meant)
        })
    })
}

/// One of a few words.
pub(crate) fn word<T: Copy + 'static>(words: &'static [(&'static str, T)]) -> Rule<T> {
    text(one_of(words.iter().map(|(word, _)| *word)), move |raw| choose(raw, words))
}

fn choose<T: Copy>(raw: &str, words: &[(&'static str, T)]) -> Result<T, Wrong> {
    let chosen = words.iter().find(|(word, _)| *word == raw).map(|(_, meaning)| *meaning);
    chosen.ok_or_else(|| Wrong::text(raw).suggest(nearest(raw, words.iter().map(|(word, _)| *word))))
}

/// Some of a few words, at least one.
pub(crate) fn words(allowed: &'static [&'static str]) -> Rule<Vec<&'static str>> {
    let expected = format!("a list of {}, at least one", one_of(allowed.iter().copied()));
    at_least_one(list(expected, move |raw| {
        let pairs: Vec<_> = allowed.iter().map(|word| (*word, *word)).collect();
        choose(raw, &pairs)
    }))
}

fn one_of(words: impl Iterator<Item = impl Display>) -> String {
    let quoted: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}

/// A text that `parse` reads.
pub(crate) fn text<T: 'static>(
    expected: impl Into<String>,
    parse: impl Fn(&str) -> Result<T, Wrong> + 'static,
) -> Rule<T> {
    Rule {
        shape: Shape::Text,
        expected: expected.into(),
        parse: Box::new(move |value| match value {
            Value::String(_, raw) => parse(raw).map_err(|wrong| vec![wrong]),
            other => {
                let wrong = Wrong::kind(other);
                let bare = wrong.value.clone();
                let quoted = [bare.clone(), format!("{bare}s")].into_iter().find(|text| parse(text).is_ok());
                Err(vec![wrong.suggest(quoted)])
            }
        }),
    }
}

/// A list of different texts that `parse` reads. Every bad item is reported.
pub(crate) fn list<T: PartialEq + 'static>(
    expected: impl Into<String>,
    parse: impl Fn(&str) -> Result<T, Wrong> + 'static,
) -> Rule<Vec<T>> {
    let parse_item = move |item: &Value, sofar: &[T]| {
        let Value::String(_, raw) = item else { return Err(Wrong::kind(item)) };
        let parsed = parse(raw)?;
        if sofar.contains(&parsed) { Err(Wrong::text(raw).because("listed twice")) } else { Ok(parsed) }
    };
    Rule {
        shape: Shape::List,
        expected: expected.into(),
        parse: Box::new(move |value| {
            let Value::Array(_, items) = value else { return Err(vec![not_a_list(value)]) };
            let (mut parsed, mut wrong) = (Vec::new(), Vec::new());
            for item in items {
                match parse_item(item, &parsed) {
                    Ok(item) => parsed.push(item),
                    Err(item) => wrong.push(item),
                }
            }
            if wrong.is_empty() { Ok(parsed) } else { Err(wrong) }
        }),
    }
}

fn not_a_list(value: &Value) -> Wrong {
    let wrong = Wrong { value: shown::value(value), reason: None, suggestion: None };
    let suggestion = wrong.value.starts_with('"').then(|| format!("[{}]", wrong.value));
    Wrong { suggestion, ..wrong }
}

/// The same rule for a list that must not be empty.
pub(crate) fn at_least_one<T: 'static>(rule: Rule<Vec<T>>) -> Rule<Vec<T>> {
    let Rule { shape, expected, parse } = rule;
    let parse = move |value: &Value| match parse(value) {
        Ok(items) if items.is_empty() => Err(vec![Wrong::kind(value)]),
        other => other,
    };
    Rule { shape, expected, parse: Box::new(parse) }
}
