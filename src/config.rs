//! Reads the configuration: defaults, then the file, the environment and the command line, the later one wins.
//!
//! In come a file's path, the environment's variables and the flags; out go the settings of every module, or all that is
//! wrong with them at once. Touches nothing but that file.

mod contradictions;
mod file;
pub mod keys;
mod layers;
mod nearest;
mod places;
mod problem;
mod rules;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use figment::Figment;
use figment::value::Value;

pub(crate) use self::file::Text;
use self::keys::Key;
use self::layers::Setting;
pub use self::problem::{Origin, Problem, Problems};
use crate::{aws, collectors, http, logging, refresh};

/// The settings of every module, all of them valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// How the exporter is reached.
    pub http: http::Settings,
    /// How it logs.
    pub logging: logging::Settings,
    /// How AWS is reached.
    pub aws: aws::Settings,
    /// When data is read anew, and how long it is shown.
    pub refresh: refresh::Settings,
    /// The collectors, in the order of [`collectors::ALL`].
    pub collectors: Vec<collectors::Settings>,
}

impl Default for Config {
    fn default() -> Self {
        Self::load(None, [], &[]).expect("the defaults are valid: a test loads them")
    }
}

impl Config {
    /// Reads the configuration.
    ///
    /// `environment` is all of the process's environment; what is not the exporter's is ignored, but for the region and
    /// the endpoint that AWS's own tools use. `flags` holds the flags that were given, by name without dashes.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the file, the environment and the flags.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(&'static str, Vec<String>)],
    ) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let name = file.map(|path| path.display().to_string()).unwrap_or_default();
        let text = file.and_then(|path| file::read(path, &mut problems));
        let file = text.as_ref().map(|text| Text { name: &name, text });
        Self::of_text(file, environment, flags, problems)
    }

    /// The same for a file that is read already, adding to its problems.
    pub(crate) fn of_text(
        file: Option<Text<'_>>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(&'static str, Vec<String>)],
        mut problems: Vec<Problem>,
    ) -> Result<Self, Problems> {
        let variables: BTreeMap<String, String> = environment.into_iter().collect();
        let keys = keys::all();
        let settings = [
            layers::defaults(&keys),
            file.map(|file| file::settings(file, &keys, &mut problems)).unwrap_or_default(),
            layers::environment(&keys, &variables, &mut problems),
            layers::flags(&keys, flags),
        ]
        .concat();
        let mut found = Found::merge(&keys, settings);
        let mut config = keys::blank();
        for key in &keys {
            found.apply(key, &mut config, &mut problems);
        }
        found.fall_back(&keys, &variables, &mut config, &mut problems);
        problems.extend(contradictions::find(&config, &found));
        Problems::none_of(problems).map(|()| config)
    }
}

/// The winning value of every key, with its origin, and the keys whose value is wrong.
struct Found {
    values: BTreeMap<String, (Value, Origin)>,
    wrong: BTreeSet<String>,
}

impl Found {
    fn merge(keys: &[Key], settings: Vec<Setting>) -> Self {
        let origins: BTreeMap<String, Origin> =
            settings.iter().map(|setting| (setting.origin.to_string(), setting.origin.clone())).collect();
        let figment = settings.into_iter().fold(Figment::new(), Figment::merge);
        let value_of = |key: &Key| {
            let value = figment.find_value(&key.path).expect("every key has a default");
            let origin = figment.get_metadata(value.tag()).and_then(|metadata| origins.get(metadata.name.as_ref()));
            (key.path.clone(), (value, origin.cloned().unwrap_or(Origin::Default)))
        };
        Self { values: keys.iter().map(value_of).collect(), wrong: BTreeSet::new() }
    }

    /// Origin and value, as it may be shown, of a key that is not wrong.
    fn good(&self, path: &str) -> Option<(&Origin, String)> {
        let (value, origin) = self.values.get(path).filter(|_| !self.wrong.contains(path))?;
        Some((origin, shown::value(value)))
    }

    fn apply(&mut self, key: &Key, config: &mut Config, problems: &mut Vec<Problem>) {
        let (value, origin) = &self.values[&key.path];
        let Err(wrong) = (key.apply)(value, config) else { return };
        self.wrong.insert(key.path.clone());
        problems.extend(wrong.into_iter().map(|wrong| {
            let expected = format!("expected {}", key.expected);
            Problem {
                origin: origin.clone(),
                key: key.path.clone(),
                value: Some(wrong.value),
                message: wrong.reason.map_or(expected.clone(), |reason| format!("{reason}; {expected}")),
                suggestion: wrong.suggestion,
            }
        }));
    }

    /// The variables of AWS's own tools stand in for keys that nobody set.
    fn fall_back(
        &mut self,
        keys: &[Key],
        variables: &BTreeMap<String, String>,
        config: &mut Config,
        problems: &mut Vec<Problem>,
    ) {
        let Config { aws, .. } = &*config;
        let region = aws.regions.is_empty().then_some(("aws.regions", ["AWS_REGION", "AWS_DEFAULT_REGION"].as_slice()));
        let endpoint = aws.endpoint_url.is_none().then_some(("aws.endpoint_url", ["AWS_ENDPOINT_URL"].as_slice()));
        for (path, names) in region.into_iter().chain(endpoint) {
            let variable =
                names.iter().find_map(|name| variables.get_key_value(*name).filter(|(_, raw)| !raw.is_empty()));
            let Some((name, raw)) = variable.filter(|_| !self.wrong.contains(path)) else { continue };
            let Some(key) = keys.iter().find(|key| key.path == path) else { continue };
            self.values.insert(path.to_owned(), (layers::from_text(key.shape, raw), Origin::Variable(name.clone())));
            self.apply(key, config, problems);
        }
    }
}
