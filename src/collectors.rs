//! What each AWS list means: two small traits and the table of all collectors. One file a collector.

mod appstream;
mod appstream_image_builders;
mod appstream_images;
mod objects;
mod workspaces_image_associations;
mod workspaces_images;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::aws::{Aws, FetchError};
use crate::domain::{CollectorName, Operation};
use crate::exposition::{Families, Reading};

/// Reads one kind of thing from one target.
pub trait Collector: 'static {
    /// The label `collector` and the key of its settings.
    const NAME: CollectorName;
    /// What it reads, one sentence.
    const HELP: &'static str;
    /// The operation that it calls.
    const OPERATION: Operation;
    /// The IAM actions that it needs.
    const ACTIONS: &'static [&'static str];
    /// Age from which its data is read anew, unless configured.
    const REFRESH_INTERVAL: Duration;
    /// The setting that narrows what it reads, if there is one.
    const FILTER: Option<Filter> = None;
    /// The collector on whose findings this one builds.
    const NEEDS: Option<CollectorName> = None;
    /// What it has read.
    type Snapshot: Measure;

    /// Reads everything, or fails.
    fn fetch(aws: &Aws, chosen: &[&'static str]) -> impl Future<Output = Result<Self::Snapshot, FetchError>> + Send;
}

/// Turns a snapshot into samples. Pure: the same snapshot always gives the same text.
pub trait Measure: Send + Sync + 'static {
    /// Adds the samples.
    fn measure(&self, out: &mut Families);
}

/// What the configuration says of one collector.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Which collector.
    pub name: CollectorName,
    /// Whether it runs.
    pub enabled: bool,
    /// Age from which a scrape has its data read anew.
    pub refresh_interval: Duration,
    /// The chosen words of its filter; empty when it has none.
    pub chosen: Vec<&'static str>,
}

/// A list setting of one collector that narrows what it reads.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// The key under `[collectors.NAME]`.
    pub key: &'static str,
    /// The words that AWS knows.
    pub allowed: &'static [&'static str],
    /// The words chosen unless configured.
    pub default: &'static [&'static str],
    /// What the setting means, one sentence.
    pub help: &'static str,
}

/// A collector as a row of the table [`ALL`].
#[derive(Clone, Copy)]
pub struct Entry {
    /// See [`Collector::NAME`].
    pub name: CollectorName,
    /// See [`Collector::HELP`].
    pub help: &'static str,
    /// See [`Collector::OPERATION`].
    pub operation: Operation,
    /// See [`Collector::ACTIONS`].
    pub actions: &'static [&'static str],
    /// See [`Collector::REFRESH_INTERVAL`].
    pub refresh_interval: Duration,
    /// See [`Collector::FILTER`].
    pub filter: Option<Filter>,
    /// See [`Collector::NEEDS`].
    pub needs: Option<CollectorName>,
    fetch: Fetch,
}

type Fetch = fn(Arc<Aws>, Vec<&'static str>) -> Pin<Box<dyn Future<Output = Result<Reading, FetchError>> + Send>>;

/// Every collector.
pub static ALL: &[Entry] = &[
    entry::<workspaces_images::WorkspacesImages>(),
    entry::<workspaces_image_associations::WorkspacesImageAssociations>(),
    entry::<appstream_image_builders::AppstreamImageBuilders>(),
    entry::<appstream_images::AppstreamImages>(),
];

const fn entry<C: Collector>() -> Entry {
    Entry {
        name: C::NAME,
        help: C::HELP,
        operation: C::OPERATION,
        actions: C::ACTIONS,
        refresh_interval: C::REFRESH_INTERVAL,
        filter: C::FILTER,
        needs: C::NEEDS,
        fetch: |aws, chosen| {
            Box::pin(async move {
                let snapshot = C::fetch(&aws, &chosen).await?;
                let mut families = Families::new(&aws.target());
                snapshot.measure(&mut families);
                Ok(families.finish())
            })
        },
    }
}

impl Entry {
    /// Reads the target and renders what was found; the objects themselves are dropped.
    ///
    /// # Errors
    /// Why not every page could be read.
    pub async fn read(&self, aws: Arc<Aws>, chosen: Vec<&'static str>) -> Result<Reading, FetchError> {
        (self.fetch)(aws, chosen).await
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Target, Text};
    use std::collections::BTreeSet;

    pub(super) fn target() -> Target {
        Target {
            account: Some("111122223333".parse().expect("an account")),
            region: Some("eu-west-1".parse().expect("a region")),
        }
    }

    /// The sample lines of a snapshot without their target, then what it did not recognize: short enough to be read.
    pub(super) fn measured(snapshot: &impl Measure) -> String {
        let mut families = Families::new(&target());
        snapshot.measure(&mut families);
        let reading = families.finish();
        let lines: String = reading.families.into_iter().map(|(_, lines)| lines).collect();
        let unrecognized: Vec<String> = reading
            .unrecognized
            .into_iter()
            .map(|(field, value)| format!("unrecognized {field}: {}\n", value.as_ref().map_or("none", Text::as_str)))
            .collect();
        lines.replace(r#"{account_id="111122223333",region="eu-west-1","#, "{") + &unrecognized.concat()
    }

    #[test]
    fn names_are_unique_and_actions_only_read() {
        let names: BTreeSet<_> = ALL.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), ALL.len());
        for action in ALL.iter().flat_map(|entry| entry.actions) {
            let (_, verb) = action.split_once(':').expect("service:Action");
            assert!(verb.starts_with("Describe") || verb.starts_with("List"), "{action}");
        }
    }

    #[test]
    fn defaults_of_filters_are_allowed() {
        for filter in ALL.iter().filter_map(|entry| entry.filter) {
            assert!(filter.default.iter().all(|word| filter.allowed.contains(word)), "{}", filter.key);
        }
    }
}
