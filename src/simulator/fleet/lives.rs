//! The lives of the demo's objects as tables: from which state to which others, how likely, after how long.

/// A kind of object that lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    WorkspacesImage,
    Association,
    Builder,
    AppstreamImage,
}

/// Where an object goes when it is gone.
pub(super) const GONE: &str = "";

/// One state: how long an object stays, in seconds, and what may follow, with weights.
pub(super) struct Stage {
    pub(super) state: &'static str,
    pub(super) stay: (u32, u32),
    pub(super) next: &'static [(&'static str, u32)],
}

const fn stage(state: &'static str, stay: (u32, u32), next: &'static [(&'static str, u32)]) -> Stage {
    Stage { state, stay, next }
}

static WORKSPACES_IMAGE: [Stage; 3] = [
    stage("PENDING", (240, 900), &[("AVAILABLE", 7), ("ERROR", 3)]),
    stage("AVAILABLE", (3600, 10_800), &[("AVAILABLE", 3), (GONE, 1)]),
    stage("ERROR", (1200, 3600), &[(GONE, 1)]),
];

static ASSOCIATION: [Stage; 9] = [
    stage("PENDING_INSTALL", (60, 300), &[("PENDING_INSTALL_DEPLOYMENT", 1)]),
    stage("PENDING_INSTALL_DEPLOYMENT", (120, 600), &[("INSTALLING", 1)]),
    stage("INSTALLING", (300, 900), &[("COMPLETED", 4), ("ERROR", 1)]),
    stage("COMPLETED", (3600, 14_400), &[("PENDING_UNINSTALL", 1)]),
    stage("ERROR", (1200, 3600), &[("PENDING_INSTALL", 1), ("PENDING_UNINSTALL", 1)]),
    stage("PENDING_UNINSTALL", (60, 300), &[("PENDING_UNINSTALL_DEPLOYMENT", 1)]),
    stage("PENDING_UNINSTALL_DEPLOYMENT", (120, 600), &[("UNINSTALLING", 1)]),
    stage("UNINSTALLING", (120, 600), &[("REMOVED", 1)]),
    stage("REMOVED", (300, 900), &[("PENDING_INSTALL", 3), (GONE, 1)]),
];

static BUILDER: [Stage; 14] = [
    stage("PENDING", (120, 600), &[("RUNNING", 6), ("UPDATING_AGENT", 2), ("FAILED", 1)]),
    stage("UPDATING_AGENT", (180, 600), &[("RUNNING", 1)]),
    stage(
        "RUNNING",
        (900, 3600),
        &[("SNAPSHOTTING", 4), ("STOPPING", 3), ("REBOOTING", 1), ("PENDING_SYNCING_APPS", 1)],
    ),
    stage("REBOOTING", (60, 180), &[("RUNNING", 1)]),
    stage("PENDING_SYNCING_APPS", (60, 180), &[("SYNCING_APPS", 1)]),
    stage("SYNCING_APPS", (120, 600), &[("RUNNING", 1)]),
    stage("SNAPSHOTTING", (600, 1200), &[("STOPPING", 1)]),
    stage("STOPPING", (60, 240), &[("STOPPED", 1)]),
    stage("STOPPED", (1800, 5400), &[("PENDING", 6), ("UPDATING", 1), ("DELETING", 1)]),
    stage("UPDATING", (120, 600), &[("STOPPED", 1)]),
    stage("FAILED", (1200, 3600), &[("DELETING", 2), ("PENDING", 1)]),
    stage("DELETING", (60, 240), &[(GONE, 1)]),
    stage("PENDING_IMAGE_IMPORT", (300, 1200), &[("PENDING_QUALIFICATION", 1)]),
    stage("PENDING_QUALIFICATION", (300, 1200), &[("PENDING", 3), ("FAILED", 1)]),
];

static APPSTREAM_IMAGE: [Stage; 8] = [
    stage("PENDING", (600, 1800), &[("AVAILABLE", 5), ("FAILED", 1)]),
    stage("COPYING", (600, 1800), &[("AVAILABLE", 5), ("FAILED", 1)]),
    stage("IMPORTING", (300, 1200), &[("VALIDATING", 1)]),
    stage("VALIDATING", (180, 600), &[("CREATING", 4), ("FAILED", 1)]),
    stage("CREATING", (300, 1200), &[("AVAILABLE", 1)]),
    stage("AVAILABLE", (5400, 14_400), &[("AVAILABLE", 2), ("DELETING", 1)]),
    stage("FAILED", (1200, 3600), &[("DELETING", 1)]),
    stage("DELETING", (60, 300), &[(GONE, 1)]),
];

impl Kind {
    /// Every state of the kind.
    pub(super) fn stages(self) -> &'static [Stage] {
        match self {
            Self::WorkspacesImage => &WORKSPACES_IMAGE,
            Self::Association => &ASSOCIATION,
            Self::Builder => &BUILDER,
            Self::AppstreamImage => &APPSTREAM_IMAGE,
        }
    }

    /// The stage of a state.
    pub(super) fn stage(self, state: &str) -> &'static Stage {
        self.stages().iter().find(|stage| stage.state == state).expect("lives lead only to states of their table")
    }

    /// The fewest and the most living objects of the kind in a region.
    pub(super) fn population(self) -> (usize, usize) {
        match self {
            Self::WorkspacesImage => (10, 15),
            Self::Association => (12, 20),
            Self::Builder | Self::AppstreamImage => (8, 12),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_life_leads_to_states_of_its_table() {
        for kind in [Kind::WorkspacesImage, Kind::Association, Kind::Builder, Kind::AppstreamImage] {
            for stage in kind.stages() {
                for (next, weight) in stage.next {
                    assert!(*weight > 0, "{kind:?} {next}");
                    assert!(*next == GONE || kind.stage(next).state == *next);
                }
            }
        }
    }
}
