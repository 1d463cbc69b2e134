//! The layers of a configuration: defaults, file, environment, command line, each a list of settings with their origin.
//!
//! Knows the names of the keys, and reports those that do not exist; what a value means is left to the rules.

use std::collections::BTreeMap;

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::keys::{ENVIRONMENT_PREFIX, Key};
use super::nearest::nearest;
use super::problem::{Origin, Problem};
use super::rules::Shape;
use super::{file, shown};

/// A value for a key that exists.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) path: String,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Each setting is a layer of its own for figment, so that its metadata tells the origin of every single value.
impl Provider for Setting {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let nested = figment::util::nest(&self.path, self.value.clone());
        Ok(Profile::Default.collect(nested.into_dict().unwrap_or_default()))
    }
}

/// The defaults of the table.
pub(super) fn defaults(keys: &[Key]) -> Vec<Setting> {
    let of_key = |key: &Key| {
        let value = file::value(&key.default).expect("the defaults of the table are TOML: a test reads them");
        Setting { path: key.path.clone(), value, origin: Origin::Default }
    };
    keys.iter().map(of_key).collect()
}

/// The settings among the variables of the environment.
pub(super) fn environment(
    keys: &[Key],
    variables: &BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
) -> Vec<Setting> {
    let known: Vec<(String, &Key)> = keys.iter().map(|key| (key.variable(), key)).collect();
    let mut settings = Vec::new();
    for (name, raw) in variables.iter().filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX)) {
        let origin = Origin::Variable(shown::name(name));
        match known.iter().find(|(variable, _)| variable == name) {
            Some((_, key)) => {
                settings.push(Setting { path: key.path.clone(), value: from_text(key.shape, raw), origin });
            }
            None => problems.push(Problem {
                origin,
                key: String::new(),
                value: None,
                message: "no key of the configuration has this variable".to_owned(),
                suggestion: nearest(name, known.iter().map(|(variable, _)| variable.as_str())).map(str::to_owned),
            }),
        }
    }
    settings
}

/// The settings among the flags: the name of a flag without dashes, and its values.
pub(super) fn flags(keys: &[Key], flags: &[(&'static str, Vec<String>)]) -> Vec<Setting> {
    let of_flag = |(name, values): &(&'static str, Vec<String>)| {
        let key = keys.iter().find(|key| key.flag == Some(*name))?;
        let value = match key.shape {
            Shape::List => Value::from(values.clone()),
            shape => from_text(shape, values.last()?),
        };
        Some(Setting { path: key.path.clone(), value, origin: Origin::Flag((*name).to_owned()) })
    };
    flags.iter().filter_map(of_flag).collect()
}

/// Text as the value it stands for, by what its key wants; unfit text stays text, which the key's rule then refuses.
pub(super) fn from_text(shape: Shape, raw: &str) -> Value {
    let read = match shape {
        Shape::Text => None,
        Shape::Boolean => raw.parse::<bool>().ok().map(Value::from),
        Shape::Whole => raw.parse::<i64>().ok().map(Value::from),
        Shape::Number => raw.parse::<f64>().ok().map(Value::from),
        Shape::List => Some(list_from_text(raw)),
    };
    read.unwrap_or_else(|| Value::from(raw))
}

/// `["a", "b"]` as in the file, or one bare item.
fn list_from_text(raw: &str) -> Value {
    let trimmed = raw.trim();
    match file::value(trimmed) {
        Some(list @ Value::Array(..)) => list,
        _ if trimmed.is_empty() => Value::from(Vec::<String>::new()),
        _ => Value::from(vec![raw]),
    }
}
