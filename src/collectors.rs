//! (to come)

use std::time::Duration;

use crate::domain::CollectorName;

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
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub name: CollectorName,
    /// What it reads, one sentence.
    pub help: &'static str,
    /// The IAM actions that it needs.
    pub actions: &'static [&'static str],
    /// Age from which its data is read anew, unless configured.
    pub refresh_interval: Duration,
    /// Its filter, if it has one.
    pub filter: Option<Filter>,
}

/// Every collector.
pub static ALL: &[Entry] = &[
    Entry {
        name: CollectorName("workspaces_images"),
        help: "WorkSpaces images, from DescribeWorkspaceImages.",
        actions: &["workspaces:DescribeWorkspaceImages"],
        refresh_interval: Duration::from_secs(300),
        filter: Some(Filter {
            key: "ownership",
            allowed: &["OWNED", "SHARED"],
            default: &["OWNED", "SHARED"],
            help: "Which images to read: the account's own, those shared with it, or both.",
        }),
    },
    Entry {
        name: CollectorName("workspaces_image_associations"),
        help: "Applications on WorkSpaces images, from DescribeImageAssociations, one call for each image.",
        actions: &["workspaces:DescribeImageAssociations"],
        refresh_interval: Duration::from_secs(900),
        filter: None,
    },
    Entry {
        name: CollectorName("appstream_image_builders"),
        help: "AppStream image builders, from DescribeImageBuilders.",
        actions: &["appstream:DescribeImageBuilders"],
        refresh_interval: Duration::from_secs(120),
        filter: None,
    },
    Entry {
        name: CollectorName("appstream_images"),
        help: "AppStream images, from DescribeImages.",
        actions: &["appstream:DescribeImages"],
        refresh_interval: Duration::from_secs(300),
        filter: Some(Filter {
            key: "visibility",
            allowed: &["PRIVATE", "SHARED", "PUBLIC"],
            default: &["PRIVATE", "SHARED"],
            help: "Which images to read: the account's own, those shared with it, AWS's public ones.",
        }),
    },
];
