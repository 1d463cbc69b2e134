//! Lets the collectors read what is due, each slot in a task of its own, and puts together what is shown.
//!
//! Flows in: a scrape and how long it may wait. Flows out: the inventory. A scrape that goes away does not cancel the
//! refresh that it started. Knows nothing of HTTP.

mod report;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::TaskTracker;

use crate::aws::{Aws, FetchError};
use crate::cache::{Ages, Shown, Slot};
use crate::catalogue;
use crate::clock::Clock;
use crate::collectors::{self, Entry};
use crate::domain::{CollectorName, ErrorClass, Region, Target};
use crate::exposition::{Families, Inventory, Reading, SlotText};
use report::Reporter;
pub use report::SlotStatus;

/// When data is read anew, and how long it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Age, in refresh intervals, from which data that could not be read anew is no longer shown.
    pub stale_after: u32,
    /// Longest that a scrape waits for data that was never read.
    pub max_scrape_wait: Duration,
}

/// Takes note of what the refresher does.
pub trait Observer: fmt::Debug + Send + Sync {
    /// A scrape asked for a collector's data of one target.
    fn cache_asked(&self, collector: CollectorName, hit: bool);
    /// A refresh has ended.
    fn refreshed(&self, collector: CollectorName, elapsed: Duration, failed: bool);
    /// AWS sent a value that this build does not know, or an entry without identifier.
    fn unrecognized(&self, field: &'static str);
}

/// No refresh is given up sooner: a short interval must not make every slow answer a failure.
const LEAST_BUDGET: Duration = Duration::from_mins(1);

/// All slots of all targets.
#[derive(Debug)]
pub struct Refresher {
    settings: Settings,
    collectors: Vec<(&'static Entry, collectors::Settings)>,
    clock: Clock,
    observer: Arc<dyn Observer>,
    targets: watch::Sender<Option<Arc<[Arc<TargetSlots>]>>>,
    /// Counts the refreshes that have settled.
    changes: AtomicU64,
    joined: Mutex<Joined>,
    preparing: AtomicBool,
    refreshes: TaskTracker,
}

/// The last inventory, and for how long it is the right one.
#[derive(Debug, Default)]
struct Joined {
    inventory: Arc<Inventory>,
    targets: Arc<[Arc<TargetSlots>]>,
    changes: u64,
    expires: Option<Instant>,
}

/// One target's slots, one for each enabled collector.
#[derive(Debug)]
struct TargetSlots {
    aws: Arc<Aws>,
    info: Mutex<(Target, Arc<SlotText>)>,
    slots: Vec<CollectorSlot>,
}

#[derive(Debug)]
struct CollectorSlot {
    entry: &'static Entry,
    chosen: Vec<&'static str>,
    budget: Duration,
    slot: Slot,
    reporter: Mutex<Reporter>,
}

impl Refresher {
    /// Has no targets yet; disabled collectors are left out.
    pub fn new(
        settings: Settings,
        collectors: &[collectors::Settings],
        clock: Clock,
        observer: Arc<dyn Observer>,
    ) -> Arc<Self> {
        let enabled = collectors.iter().filter(|collector| collector.enabled).cloned();
        let with_entry = |settings: collectors::Settings| {
            let entry = collectors::ALL.iter().find(|entry| entry.name == settings.name)?;
            Some((entry, settings))
        };
        Arc::new(Self {
            settings,
            collectors: enabled.filter_map(with_entry).collect(),
            clock,
            observer,
            targets: watch::Sender::default(),
            changes: AtomicU64::default(),
            joined: Mutex::default(),
            preparing: AtomicBool::default(),
            refreshes: TaskTracker::new(),
        })
    }

    /// Sets the targets. Until then scrapes wait.
    pub fn set_targets(&self, targets: impl IntoIterator<Item = Arc<Aws>>) {
        let targets = targets.into_iter().map(|aws| Arc::new(self.slots_of(aws))).collect();
        self.targets.send_replace(Some(targets));
    }

    /// Answers a scrape: starts what is due, waits at most `wait` for what was never read, and joins what there is.
    pub async fn scrape(self: &Arc<Self>, wait: Duration) -> Arc<Inventory> {
        let deadline = Instant::now() + wait.min(self.settings.max_scrape_wait);
        let mut known = self.targets.subscribe();
        let targets = match timeout_at(deadline, known.wait_for(Option::is_some)).await {
            Ok(Ok(targets)) => targets.clone().unwrap_or_default(),
            _ => Arc::default(),
        };
        let mut unsettled = self.ask_all(&targets);
        // Past the deadline the answer is whatever has come by then.
        let _ = timeout_at(deadline, async {
            for settled in &mut unsettled {
                let _ = settled.changed().await;
            }
        })
        .await;
        self.join(&targets)
    }

    /// How every slot is doing, for a person to read.
    pub fn status(&self) -> Vec<SlotStatus> {
        let targets = self.targets.borrow().clone().unwrap_or_default();
        let reports = |target: &Arc<TargetSlots>| {
            let of = target.aws.target();
            target.slots.iter().map(|slot| slot.reporter().status(of.clone(), slot.entry.name)).collect::<Vec<_>>()
        };
        targets.iter().flat_map(reports).collect()
    }

    /// Waits until no refresh runs.
    pub async fn idle(&self) {
        self.refreshes.close();
        self.refreshes.wait().await;
        self.refreshes.reopen();
    }

    fn slots_of(&self, aws: Arc<Aws>) -> TargetSlots {
        let slots = self.collectors.iter().map(|(entry, settings)| {
            let due = settings.refresh_interval;
            let ages = Ages { due, expired: due.saturating_mul(self.settings.stale_after) };
            CollectorSlot {
                entry,
                chosen: settings.chosen.clone(),
                budget: ages.expired.max(LEAST_BUDGET),
                slot: Slot::new(ages),
                reporter: Mutex::default(),
            }
        });
        let target = aws.target();
        TargetSlots { slots: slots.collect(), info: Mutex::new((target.clone(), info_text(&target))), aws }
    }

    /// Asks every slot, starts the refreshes that are due and says which to wait for.
    fn ask_all(self: &Arc<Self>, targets: &Arc<[Arc<TargetSlots>]>) -> Vec<watch::Receiver<()>> {
        let now = Instant::now();
        let mut unsettled = Vec::new();
        for target in targets.iter() {
            for (index, collector) in target.slots.iter().enumerate() {
                let answer = collector.slot.ask(now);
                self.observer.cache_asked(collector.entry.name, answer.fresh);
                if answer.start {
                    self.refreshes.spawn(self.clone().refresh(target.clone(), index));
                }
                unsettled.extend(answer.wait);
            }
        }
        unsettled
    }

    async fn refresh(self: Arc<Self>, target: Arc<TargetSlots>, index: usize) {
        let collector = &target.slots[index];
        let (begun, begun_at) = (Instant::now(), self.clock.unix_seconds());
        let reading = collector.read(target.aws.clone()).await;
        let elapsed = begun.elapsed();

        self.observer.refreshed(collector.entry.name, elapsed, reading.is_err());
        for (field, _) in reading.iter().flat_map(|reading| &reading.unrecognized) {
            self.observer.unrecognized(field);
        }
        let of = target.aws.target();
        let status = {
            let mut reporter = collector.reporter();
            reporter.report(&of, collector.entry.name, begun_at, elapsed, &reading);
            reporter.series(&of, collector.entry.name)
        };
        let text = reading.ok().map(|reading| Arc::new(SlotText::new(reading.families)));
        collector.slot.settle(Instant::now(), text, Arc::new(status));
        self.changes.fetch_add(1, Ordering::Release);
        collector.slot.announce();
        self.prepare().await;
    }

    /// Joins what has changed and compresses it as it was asked for before, so that the next scrape need not. Refreshes
    /// that end meanwhile are taken along by the one that is at it.
    async fn prepare(self: &Arc<Self>) {
        if self.preparing.swap(true, Ordering::AcqRel) {
            return;
        }
        loop {
            let targets = self.targets.borrow().clone().unwrap_or_default();
            let before = self.joined().inventory.clone();
            let changes = self.changes.load(Ordering::Acquire);
            let inventory = self.join(&targets);
            let compressing = tokio::task::spawn_blocking(move || inventory.prepare_like(&before));
            // Left undone, it is the next scrape's to do.
            let _ = compressing.await;
            if self.changes.load(Ordering::Acquire) == changes {
                break;
            }
        }
        self.preparing.store(false, Ordering::Release);
    }

    /// The inventory as of now: the last one, unless something has changed or expired since.
    fn join(&self, targets: &Arc<[Arc<TargetSlots>]>) -> Arc<Inventory> {
        let now = Instant::now();
        let mut joined = self.joined();
        let changes = self.changes.load(Ordering::Acquire);
        let outdated = joined.expires.is_some_and(|expires| expires <= now);
        if joined.changes != changes || outdated || !Arc::ptr_eq(&joined.targets, targets) {
            let (parts, expires) = parts(targets, now);
            let inventory = Arc::new(Inventory::join(&parts, &joined.inventory));
            *joined = Joined { inventory, targets: targets.clone(), changes, expires };
        }
        joined.inventory.clone()
    }

    fn joined(&self) -> MutexGuard<'_, Joined> {
        self.joined.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What every slot shows, in the targets' order, and when the first of it expires.
fn parts(targets: &[Arc<TargetSlots>], now: Instant) -> (Vec<Arc<SlotText>>, Option<Instant>) {
    let (mut parts, mut first_to_expire) = (Vec::new(), None);
    for target in targets {
        parts.push(target.info());
        for collector in &target.slots {
            let Shown { resources, status, expires } = collector.slot.shown(now);
            parts.extend(resources);
            parts.push(status);
            first_to_expire = first_to_expire.into_iter().chain(expires).min();
        }
    }
    (parts, first_to_expire)
}

impl TargetSlots {
    /// The target's own series; written anew when the account becomes known.
    fn info(&self) -> Arc<SlotText> {
        let target = self.aws.target();
        let mut info = self.info.lock().unwrap_or_else(PoisonError::into_inner);
        if info.0 != target {
            *info = (target.clone(), info_text(&target));
        }
        info.1.clone()
    }
}

fn info_text(target: &Target) -> Arc<SlotText> {
    let mut families = Families::new(target);
    let partition = target.region.as_ref().map_or("", Region::partition);
    families.add(&catalogue::TARGET_INFO, ["", partition], 1.0);
    Arc::new(SlotText::new(families.finish().families))
}

impl CollectorSlot {
    /// Reads within the budget; a panic is one more failure.
    async fn read(&self, aws: Arc<Aws>) -> Result<Reading, FetchError> {
        let reading = AssertUnwindSafe(self.entry.read(aws, self.chosen.clone())).catch_unwind();
        match timeout(self.budget, reading).await {
            Ok(Ok(reading)) => reading,
            Ok(Err(_panic)) => Err(FetchError::plain(ErrorClass::Other, "the collector panicked")),
            Err(_elapsed) => Err(FetchError::plain(
                ErrorClass::Timeout,
                format!("gave up after {}", humantime::format_duration(self.budget)),
            )),
        }
    }

    fn reporter(&self) -> MutexGuard<'_, Reporter> {
        self.reporter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
