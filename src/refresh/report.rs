//! What there is to say about one slot's refreshes: the collector's own series, the log's lines, the status page's row.
//! The log gets changes, not states.

use std::collections::BTreeSet;
use std::time::Duration;

use tracing::{info, warn};

use crate::aws::FetchError;
use crate::catalogue;
use crate::domain::{CollectorName, Target, Text};
use crate::exposition::{Families, Note, Reading, SlotText};

/// Remembers the last refresh of one slot, and what the log has been told.
#[derive(Debug, Default)]
pub(super) struct Reporter {
    last: Option<Last>,
    last_success: Option<f64>,
    objects: usize,
    notes: BTreeSet<Note>,
    unrecognized: BTreeSet<(&'static str, Option<Text>)>,
}

#[derive(Debug)]
struct Last {
    elapsed: Duration,
    error: Option<FetchError>,
}

/// How one slot is doing.
#[derive(Clone, Debug)]
pub struct SlotStatus {
    /// Which target.
    pub target: Target,
    /// Which collector.
    pub collector: CollectorName,
    /// Whether the last refresh was good; `None` before the first has ended.
    pub success: Option<bool>,
    /// Why it failed.
    pub error: Option<String>,
    /// How many objects were read last.
    pub objects: usize,
    /// Unix seconds at which they were read.
    pub last_success: Option<f64>,
    /// What AWS says of objects in trouble.
    pub notes: Vec<Note>,
}

impl Reporter {
    /// Takes an outcome and logs what is new about it.
    pub(super) fn report(
        &mut self,
        target: &Target,
        collector: CollectorName,
        begun_at: f64,
        elapsed: Duration,
        reading: &Result<Reading, FetchError>,
    ) {
        match reading {
            Ok(reading) => {
                self.log_recovery(target, collector, elapsed, reading.objects);
                self.log_news(target, collector, reading);
                self.last_success = Some(begun_at);
                self.objects = reading.objects;
            }
            Err(error) => self.log_failure(target, collector, elapsed, error),
        }
        self.last = Some(Last { elapsed, error: reading.as_ref().err().cloned() });
    }

    /// The collector's own series.
    pub(super) fn series(&self, target: &Target, collector: CollectorName) -> SlotText {
        let mut families = Families::new(target);
        if let Some(Last { elapsed, error }) = &self.last {
            families.add(&catalogue::COLLECTOR_SUCCESS, [collector.0], f64::from(u8::from(error.is_none())));
            if let Some(error) = error {
                families.add(&catalogue::COLLECTOR_ERROR, [collector.0, error.class.as_str()], 1.0);
            }
            families.add(&catalogue::COLLECTOR_DURATION, [collector.0], elapsed.as_secs_f64());
        }
        families.add_some(&catalogue::COLLECTOR_LAST_SUCCESS, [collector.0], self.last_success);
        SlotText::new(families.finish().families)
    }

    pub(super) fn status(&self, target: Target, collector: CollectorName) -> SlotStatus {
        let error = self.last.as_ref().and_then(|last| last.error.as_ref());
        SlotStatus {
            target,
            collector,
            success: self.last.as_ref().map(|last| last.error.is_none()),
            error: error.map(ToString::to_string),
            objects: self.objects,
            last_success: self.last_success,
            notes: self.notes.iter().cloned().collect(),
        }
    }

    fn log_recovery(&self, target: &Target, collector: CollectorName, elapsed: Duration, items: usize) {
        if matches!(&self.last, Some(Last { error: None, .. })) {
            return;
        }
        info!(
            collector = collector.0,
            account_id = target.account_label(),
            region = target.region_label(),
            items,
            elapsed_ms = elapsed.as_millis(),
            "collector reads good data"
        );
    }

    /// Logs a failure unless the one before was of the same class and code.
    fn log_failure(&self, target: &Target, collector: CollectorName, elapsed: Duration, error: &FetchError) {
        let before = self.last.as_ref().and_then(|last| last.error.as_ref());
        if before.is_some_and(|before| (before.class, &before.code) == (error.class, &error.code)) {
            return;
        }
        warn!(
            collector = collector.0,
            account_id = target.account_label(),
            region = target.region_label(),
            operation = error.operation.map_or("", |operation| operation.name),
            elapsed_ms = elapsed.as_millis(),
            class = error.class.as_str(),
            error = %error,
            request_id = error.request_id.as_deref().unwrap_or_default(),
            "collector failed; the last good data is kept until it is too old"
        );
    }

    fn log_news(&mut self, target: &Target, collector: CollectorName, reading: &Reading) {
        let (account_id, region) = (target.account_label(), target.region_label());
        let notes: BTreeSet<Note> = reading.notes.iter().cloned().collect();
        for Note { object, code, message } in notes.difference(&self.notes) {
            info!(collector = collector.0, account_id, region, object, code, reason = message, "AWS explains a state");
        }
        let unrecognized: BTreeSet<_> = reading.unrecognized.iter().cloned().collect();
        for (field, value) in unrecognized.difference(&self.unrecognized) {
            let value = Text::label(value.as_ref());
            warn!(collector = collector.0, account_id, region, field, value, "AWS sent a value unknown to this build");
        }
        self.notes = notes;
        self.unrecognized = unrecognized;
    }
}
