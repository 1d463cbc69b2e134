//! The configuration file: TOML in, settings with their lines out, and everything that is no key.

use std::path::Path;

use figment::value::{Dict, Tag, Value};
use toml_edit::{ImDocument, Item, TableLike};

use super::keys::Key;
use super::layers::Setting;
use super::nearest::nearest;
use super::problem::{Origin, Problem};
use super::shown;

/// A configuration file: its name as the user wrote it, and its text.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

/// Reads a file; one that cannot be read is a problem, not an empty one.
pub(super) fn read(path: &Path, problems: &mut Vec<Problem>) -> Option<String> {
    let unreadable = |error: std::io::Error| Problem {
        origin: Origin::Flag("config.file".to_owned()),
        key: String::new(),
        value: None,
        message: format!("cannot read {}: {error}", path.display()),
        suggestion: None,
    };
    std::fs::read_to_string(path).map_err(|error| problems.push(unreadable(error))).ok()
}

/// The settings of a file.
pub(super) fn settings(file: Text<'_>, keys: &[Key], problems: &mut Vec<Problem>) -> Vec<Setting> {
    let Text { name, text } = file;
    let document = match ImDocument::parse(text) {
        Ok(document) => document,
        Err(error) => {
            problems.push(syntax_error(name, text, &error));
            return Vec::new();
        }
    };
    let mut walk = Walk { name, text, keys, problems, settings: Vec::new() };
    walk.table("", document.as_table());
    walk.settings
}

fn syntax_error(name: &str, text: &str, error: &toml_edit::TomlError) -> Problem {
    let (line, column) = place(text, error.span().map_or(0, |span| span.start));
    // The message alone: the error's Display quotes the line, whatever stands in it.
    let said: Vec<&str> = error.message().lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Problem {
        origin: Origin::File { path: name.to_owned(), line: Some(line) },
        key: String::new(),
        value: None,
        message: format!("not TOML, column {column}: {}", shown::words(&said.join(", "))),
        suggestion: None,
    }
}

/// Line and column, from 1, of an offset in bytes.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = String::from_utf8_lossy(&text.as_bytes()[..offset.min(text.len())]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

struct Walk<'a> {
    name: &'a str,
    text: &'a str,
    keys: &'a [Key],
    problems: &'a mut Vec<Problem>,
    settings: Vec<Setting>,
}

impl Walk<'_> {
    fn table(&mut self, prefix: &str, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            let span = table.get_key_value(name).and_then(|(key, _)| key.span()).or_else(|| item.span());
            let line = span.map(|span| place(self.text, span.start).0);
            self.item(path, item, Origin::File { path: self.name.to_owned(), line });
        }
    }

    fn item(&mut self, path: String, item: &Item, origin: Origin) {
        let inner = format!("{path}.");
        if self.keys.iter().any(|key| key.path == path) {
            let value = from_item(item);
            self.settings.push(Setting { path, value, origin });
        } else if !self.keys.iter().any(|key| key.path.starts_with(&inner)) {
            self.unknown(&path, item, origin);
        } else if let Some(table) = item.as_table_like() {
            self.table(&path, table);
        } else {
            self.problems.push(Problem {
                origin,
                key: path,
                value: Some(shown::kind(&from_item(item))),
                message: "expected a table".to_owned(),
                suggestion: None,
            });
        }
    }

    /// The value of an unknown key is never shown: nobody knows what it is.
    fn unknown(&mut self, path: &str, item: &Item, origin: Origin) {
        let kind = if item.is_table_like() { "table" } else { "key" };
        let segments: Vec<String> = path.split('.').map(shown::name).collect();
        self.problems.push(Problem {
            origin,
            key: segments.join("."),
            value: None,
            message: format!("unknown {kind}"),
            suggestion: self.meant(path, item.is_table_like()),
        });
    }

    /// The nearest full name; or else the one key of that name in another table.
    fn meant(&self, path: &str, is_table: bool) -> Option<String> {
        let names: Vec<&str> = self.keys.iter().map(|key| key.path.as_str()).collect();
        if is_table {
            let tables = names.iter().flat_map(|name| name.match_indices('.').map(|(dot, _)| &name[..dot]));
            return nearest(path, tables).map(str::to_owned);
        }
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        let siblings: Vec<&str> = names.iter().copied().filter(|name| parent(name) == parent(path)).collect();
        let sibling = nearest(&last(path), siblings.iter().map(|name| name.rsplit('.').next().unwrap_or_default()))
            .and_then(|found| siblings.iter().find(|name| last(name) == found).copied());
        let namesakes: Vec<&str> = names.iter().copied().filter(|name| last(name) == last(path)).collect();
        let namesake = if let [only] = namesakes.as_slice() { Some(*only) } else { None };
        sibling.or(namesake).or_else(|| nearest(path, names)).map(str::to_owned)
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// A value written as TOML.
pub(super) fn value(text: &str) -> Option<Value> {
    text.parse::<toml_edit::Value>().ok().map(|value| from_value(&value))
}

fn from_item(item: &Item) -> Value {
    match item {
        Item::None => Value::from(figment::value::Empty::None),
        Item::Value(value) => from_value(value),
        Item::Table(table) => from_table(table),
        Item::ArrayOfTables(tables) => {
            Value::Array(Tag::Default, tables.iter().map(|table| from_table(table)).collect())
        }
    }
}

fn from_value(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::from(text.value().as_str()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Float(number) => Value::from(*number.value()),
        toml_edit::Value::Boolean(flag) => Value::from(*flag.value()),
        toml_edit::Value::Datetime(date) => Value::from(date.value().to_string()),
        toml_edit::Value::Array(items) => Value::Array(Tag::Default, items.iter().map(from_value).collect()),
        toml_edit::Value::InlineTable(table) => from_table(table),
    }
}

fn from_table(table: &dyn TableLike) -> Value {
    let dict: Dict = table.iter().map(|(name, item)| (name.to_owned(), from_item(item))).collect();
    Value::from(dict)
}
