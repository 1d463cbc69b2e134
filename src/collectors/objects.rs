//! What all collectors share: objects by identifier, errors by code, AWS's times as Unix seconds.

use std::collections::BTreeMap;

use aws_sdk_workspaces::primitives::DateTime;

use crate::domain::Text;

/// Objects by identifier, in its order. Of two with the same identifier the later stays: the list has moved between
/// two pages. One without identifier is left out and counted.
#[derive(Debug)]
pub(super) struct Objects<T> {
    by_id: BTreeMap<Text, T>,
    unnamed: usize,
}

impl<T> Objects<T> {
    pub(super) fn insert(&mut self, id: Option<Text>, object: T) {
        match id {
            Some(id) => drop(self.by_id.insert(id, object)),
            None => self.unnamed += 1,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, &T)> {
        self.by_id.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// How many were left out.
    pub(super) fn unnamed(&self) -> usize {
        self.unnamed
    }
}

impl<T> Default for Objects<T> {
    fn default() -> Self {
        Self { by_id: BTreeMap::new(), unnamed: 0 }
    }
}

/// The error entries of one object.
#[derive(Debug, Default)]
pub(super) struct Errors {
    by_code: BTreeMap<Text, ErrorsOfCode>,
    uncoded: usize,
}

/// The entries that carry one code.
#[derive(Debug, Default)]
pub(super) struct ErrorsOfCode {
    pub(super) count: u32,
    /// Unix seconds of the newest one; AWS may leave it out.
    pub(super) newest: Option<f64>,
    /// The text of the last one.
    pub(super) message: Option<String>,
}

impl Errors {
    /// Takes down an entry; one without code is left out and counted.
    pub(super) fn insert(&mut self, code: Option<Text>, at: Option<f64>, message: Option<String>) {
        let Some(code) = code else {
            self.uncoded += 1;
            return;
        };
        let ErrorsOfCode { count, newest, message: latest } = self.by_code.entry(code).or_default();
        *count += 1;
        *newest = at.into_iter().chain(*newest).reduce(f64::max);
        *latest = message.or_else(|| latest.take());
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, &ErrorsOfCode)> {
        self.by_code.iter()
    }

    /// How many were left out.
    pub(super) fn uncoded(&self) -> usize {
        self.uncoded
    }
}

/// AWS's time as Unix seconds, rounded to AWS's own precision, the millisecond: on the wire it is a binary fraction.
/// `None` at the ends of what the SDK can hold: there it shows any time that is further away.
pub(super) fn unix_seconds(time: &DateTime) -> Option<f64> {
    let held = (i64::MIN + 1..i64::MAX).contains(&time.secs());
    held.then(|| (time.as_secs_f64() * 1_000.0).round() / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> Option<Text> {
        Text::new(raw)
    }

    #[test]
    fn the_later_copy_wins_and_the_unnamed_are_counted() {
        let mut objects = Objects::default();
        for (id, object) in [("b", 1), ("a", 2), ("", 3), ("b", 4)] {
            objects.insert(text(id), object);
        }
        let found: Vec<_> = objects.iter().map(|(id, object)| (id.as_str(), *object)).collect();
        assert_eq!((found, objects.unnamed()), (vec![("a", 2), ("b", 4)], 1));
    }

    #[test]
    fn errors_are_counted_by_code_with_the_newest_time() {
        let mut errors = Errors::default();
        for (code, at) in [("X", Some(2.0)), ("X", Some(1.0)), ("X", None), ("Y", None), ("", Some(9.0))] {
            errors.insert(text(code), at, None);
        }
        let found: Vec<_> = errors.iter().map(|(code, of)| (code.as_str(), of.count, of.newest)).collect();
        assert_eq!((found, errors.uncoded()), (vec![("X", 3, Some(2.0)), ("Y", 1, None)], 1));
    }

    #[test]
    fn times_keep_their_milliseconds() {
        for (seconds, expected) in [(1_700_000_000.123, 1_700_000_000.123), (0.0, 0.0), (-1.5, -1.5)] {
            assert_eq!(unix_seconds(&DateTime::from_secs_f64(seconds)), Some(expected));
        }
    }

    #[test]
    fn a_time_beyond_what_can_be_held_is_none() {
        for seconds in [1e19, -1e19, 1e308, -1e308] {
            assert_eq!(unix_seconds(&DateTime::from_secs_f64(seconds)), None, "{seconds}");
        }
    }
}
