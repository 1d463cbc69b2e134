//! The data of the benches: image builders with twenty series each, in targets as large as one account's region.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use euc_exporter::aws::{Attempt, Attempts};
use euc_exporter::catalogue;
use euc_exporter::collectors;
use euc_exporter::domain::{Target, Text};
use euc_exporter::exposition::{Encoding, Families, Format, Inventory, SlotText, write_families};
use euc_exporter::refresh::Observer;
use euc_exporter::telemetry::{BuildInfo, Telemetry};

/// Series of one builder: info, a state of fourteen, two of an error, agent, created, size.
const SERIES_OF_A_BUILDER: usize = 20;

/// Series of one target.
const SERIES_OF_A_TARGET: usize = 2_000;

pub(crate) const ERROR: &str = "INTERNAL_SERVICE_ERROR";
pub(crate) const STATE: &str = "STOPPED";

/// The states that AWS documents for a builder.
pub(crate) const STATES: [&str; 14] = [
    "DELETING",
    "EXPORTING",
    "FAILED",
    "PENDING",
    "PENDING_IMAGE_IMPORT",
    "PENDING_QUALIFICATION",
    "PENDING_SYNCING_APPS",
    "REBOOTING",
    "RUNNING",
    "SNAPSHOTTING",
    "STOPPED",
    "STOPPING",
    "SYNCING_APPS",
    "UPDATING",
];

/// All targets with their builders.
pub(crate) struct Estate(pub(crate) Vec<(Target, Vec<Builder>)>);

pub(crate) struct Builder {
    pub(crate) name: Text,
    pub(crate) agent_version: &'static str,
    pub(crate) image_arn: String,
    pub(crate) instance_type: &'static str,
    pub(crate) platform: &'static str,
    pub(crate) state: Text,
    pub(crate) created: f64,
}

/// An estate with so many series.
pub(crate) fn of(series: usize) -> Estate {
    let builders = |target: usize, series: usize| {
        (0..series / SERIES_OF_A_BUILDER).map(|number| builder(target * 1_000 + number)).collect()
    };
    let sizes = (0..series).step_by(SERIES_OF_A_TARGET).map(|first| SERIES_OF_A_TARGET.min(series - first));
    Estate(sizes.enumerate().map(|(number, size)| (target(number), builders(number, size))).collect())
}

fn target(number: usize) -> Target {
    Target {
        account: format!("{:012}", 111_122_223_333 + number).parse().ok(),
        region: format!("eu-west-{}", number % 9 + 1).parse().ok(),
    }
}

fn builder(number: usize) -> Builder {
    Builder {
        name: text(&format!("win11-finance-{number:06}")),
        agent_version: "10-06-2026",
        image_arn: format!("arn:aws:appstream:eu-west-1::image/AppStream-WinServer2022-{:02}", number % 40),
        instance_type: "stream.standard.medium",
        platform: "WINDOWS_SERVER_2022",
        state: text(STATE),
        created: 1_791_202_381.0 + number as f64 * 60.0,
    }
}

fn text(raw: &str) -> Text {
    Text::new(raw).expect("not empty")
}

impl Estate {
    /// The sample lines of every target, the way the collector writes them.
    pub(crate) fn encode(&self) -> Vec<Arc<SlotText>> {
        self.0.iter().map(|(target, builders)| Arc::new(lines(target, builders))).collect()
    }
}

fn lines(target: &Target, builders: &[Builder]) -> SlotText {
    let mut out = Families::new(target);
    for builder in builders {
        let Builder { name, agent_version, image_arn, instance_type, platform, state, created } = builder;
        let id = name.as_str();
        let properties = [id, agent_version, image_arn, instance_type, platform];
        out.add(&catalogue::APPSTREAM_IMAGE_BUILDER_INFO, properties, 1.0);
        let states = &catalogue::APPSTREAM_IMAGE_BUILDER_STATE;
        out.add_states(states, name, "ImageBuilder.State", &STATES, Some(state));
        out.add(&catalogue::APPSTREAM_IMAGE_BUILDER_ERRORS, [id, ERROR], 1.0);
        out.add(&catalogue::APPSTREAM_IMAGE_BUILDER_LAST_ERROR, [id, ERROR], *created);
        out.add(&catalogue::APPSTREAM_IMAGE_BUILDER_AGENT_UP_TO_DATE, [id], 1.0);
        out.add(&catalogue::APPSTREAM_IMAGE_BUILDER_CREATED, [id], *created);
        out.add(&catalogue::APPSTREAM_IMAGE_BUILDER_ROOT_VOLUME_SIZE, [id], 214_748_364_800.0);
    }
    SlotText::new(out.finish().families)
}

/// An inventory of which nothing was known before.
pub(crate) fn join(parts: &[Arc<SlotText>]) -> Inventory {
    Inventory::join(parts, &Inventory::default())
}

/// How long the inventory's text is.
pub(crate) fn length(inventory: &Inventory) -> usize {
    inventory.with(String::new(), Encoding::Identity).0.iter().map(Bytes::len).sum()
}

/// The exporter's own metrics as they are now.
pub(crate) fn own_metrics(telemetry: &Telemetry) -> String {
    let mut own = String::new();
    write_families(&mut own, &telemetry.gather(), Format::Text);
    own
}

/// The exporter's own instruments, as they are after some refreshes and scrapes.
pub(crate) fn telemetry() -> Telemetry {
    let settings: Vec<_> = collectors::ALL
        .iter()
        .map(|entry| collectors::Settings {
            name: entry.name,
            enabled: true,
            refresh_interval: entry.refresh_interval,
            chosen: Vec::new(),
        })
        .collect();
    let build = BuildInfo { version: "1.0.0", revision: "0123456", branch: "main", rustc_version: "1.95.0" };
    let telemetry = Telemetry::new(&prometheus::Registry::new(), build, &settings).expect("registers once");
    let (target, elapsed) = (target(0), Duration::from_millis(20));
    telemetry.target_known(&target);
    for entry in collectors::ALL {
        telemetry.attempt(Attempt { target: &target, operation: entry.operation, elapsed, error: None });
        telemetry.refreshed(entry.name, elapsed, false);
        telemetry.cache_asked(entry.name, true);
    }
    telemetry.request_begun("/metrics");
    telemetry.request_ended("/metrics", Some(200));
    telemetry
}
