//! Keeps the last good text of one slot, a target seen by a collector, and decides when it is to be read anew.
//!
//! Flows in: questions with their time, outcomes of refreshes. Flows out: whether to start a refresh, whether to wait for
//! it, what to show. Knows nothing of AWS or HTTP, and starts nothing itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::exposition::SlotText;

/// When the text of a slot is due and when it is no longer shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ages {
    /// From this age on, a question starts a refresh.
    pub due: Duration,
    /// From this age on, the text is not shown and counts as never read.
    pub expired: Duration,
}

/// The pause after the first failure; it doubles with each further one, up to [`Ages::due`].
const FIRST_PAUSE: Duration = Duration::from_secs(15);

/// Nobody watches a slot that is asked less often than this: Prometheus itself looks back no further for a sample.
const UNWATCHED_AFTER: Duration = Duration::from_mins(5);

/// One slot.
#[derive(Debug)]
pub struct Slot {
    ages: Ages,
    state: Mutex<State>,
    settled: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    good: Option<Good>,
    status: Arc<SlotText>,
    refreshing: bool,
    failures: u32,
    not_before: Option<Instant>,
    asked: Option<Instant>,
}

#[derive(Debug)]
struct Good {
    text: Arc<SlotText>,
    at: Instant,
}

/// What follows from a question.
#[derive(Debug)]
pub struct Answer {
    /// The text is younger than its refresh interval.
    pub fresh: bool,
    /// The asker has to start a refresh, and to [settle](Slot::settle) and [announce](Slot::announce) it whatever
    /// happens.
    pub start: bool,
    /// There is nothing worth showing until this tells of the end of the running refresh.
    pub wait: Option<watch::Receiver<()>>,
}

/// What a slot shows.
#[derive(Debug)]
pub struct Shown {
    /// The resources' series; `None` when never read or expired.
    pub resources: Option<Arc<SlotText>>,
    /// The collector's own series, which never go.
    pub status: Arc<SlotText>,
    /// When the resources' series go unless they are read anew.
    pub expires: Option<Instant>,
}

impl Slot {
    /// An empty slot.
    pub fn new(ages: Ages) -> Self {
        Self { ages, state: Mutex::default(), settled: watch::Sender::default() }
    }

    /// Asks for the text.
    ///
    /// A text that is due is shown at once while its refresh runs. Only two askers wait: the one who would see nothing
    /// at all, and the one who comes so rarely that what he is shown would be as old as his last visit.
    pub fn ask(&self, now: Instant) -> Answer {
        let mut state = self.state();
        let age = state.age(now);
        let fresh = age.is_some_and(|age| age < self.ages.due);
        let paused = state.not_before.is_some_and(|not_before| now < not_before);
        let start = !fresh && !state.refreshing && !paused;
        state.refreshing |= start;

        let rarely_asked = self.ages.due.min(UNWATCHED_AFTER);
        let unwatched = state.asked.replace(now).is_none_or(|asked| now - asked > rarely_asked);
        let nothing_to_show = age.is_none_or(|age| age >= self.ages.expired);
        let worth_waiting = (state.refreshing && nothing_to_show) || (start && unwatched);
        Answer { fresh, start, wait: worth_waiting.then(|| self.settled.subscribe()) }
    }

    /// Takes the outcome of a refresh: the new text, or `None` for a failure, which leaves the last good one. Who waits
    /// for it is told by [`Slot::announce`], once the caller is ready for him.
    pub fn settle(&self, now: Instant, text: Option<Arc<SlotText>>, status: Arc<SlotText>) {
        let mut state = self.state();
        state.refreshing = false;
        state.status = status;
        if let Some(text) = text {
            state.good = Some(Good { text, at: now });
            state.failures = 0;
            state.not_before = None;
        } else {
            let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(state.failures)).min(self.ages.due);
            state.failures = state.failures.saturating_add(1);
            state.not_before = Some(now + pause);
        }
    }

    /// Wakes everybody who waits for a refresh.
    pub fn announce(&self) {
        self.settled.send_replace(());
    }

    /// What to show now.
    pub fn shown(&self, now: Instant) -> Shown {
        let state = self.state();
        let presentable = state.age(now).is_some_and(|age| age < self.ages.expired);
        let good = state.good.as_ref().filter(|_| presentable);
        Shown {
            resources: good.map(|good| good.text.clone()),
            status: state.status.clone(),
            expires: good.map(|good| good.at + self.ages.expired),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn age(&self, now: Instant) -> Option<Duration> {
        self.good.as_ref().map(|good| now - good.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGES: Ages = Ages { due: Duration::from_mins(2), expired: Duration::from_mins(8) };

    /// A slot and the start of its time; `ask(10)` asks ten seconds after.
    struct Story {
        slot: Slot,
        start: Instant,
    }

    impl Story {
        fn begin() -> Self {
            Self { slot: Slot::new(AGES), start: Instant::now() }
        }

        /// Starts, waits, fresh?
        fn ask(&self, seconds: u64) -> (bool, bool, bool) {
            let Answer { fresh, start, wait } = self.slot.ask(self.start + Duration::from_secs(seconds));
            (start, wait.is_some(), fresh)
        }

        fn settle(&self, seconds: u64, good: bool) {
            let text = good.then(Arc::default);
            self.slot.settle(self.start + Duration::from_secs(seconds), text, Arc::default());
        }

        fn shows(&self, seconds: u64) -> bool {
            self.slot.shown(self.start + Duration::from_secs(seconds)).resources.is_some()
        }
    }

    #[test]
    fn a_cold_slot_is_waited_for_and_refreshed_once() {
        let story = Story::begin();
        assert_eq!(story.ask(0), (true, true, false));
        assert_eq!(story.ask(1), (false, true, false), "a second asker shares the refresh");
        story.settle(2, true);
        assert_eq!(story.ask(3), (false, false, true));
        assert!(story.shows(3));
    }

    #[test]
    fn a_due_slot_shows_its_last_text_at_once() {
        let story = Story::begin();
        story.ask(0);
        story.settle(0, true);
        assert_eq!(story.ask(60), (false, false, true));
        assert_eq!(story.ask(119), (false, false, true));
        assert_eq!(story.ask(120), (true, false, false));
        assert_eq!(story.ask(121), (false, false, false));
        assert!(story.shows(121));
    }

    #[test]
    fn a_rare_visitor_waits_for_what_is_due() {
        let story = Story::begin();
        story.ask(0);
        story.settle(1, true);
        assert_eq!(story.ask(300), (true, true, false), "not expired, yet nobody has looked for an interval");
        story.settle(301, false);
        assert_eq!(story.ask(310), (false, false, false), "a pause is not waited for");
        assert!(story.shows(310));
    }

    #[test]
    fn failures_pause_ever_longer_up_to_the_interval() {
        let story = Story::begin();
        story.ask(0);
        let mut now = 0;
        for pause in [15, 30, 60, 120, 120] {
            story.settle(now, false);
            assert_eq!(story.ask(now + pause - 1), (false, false, false), "nothing to wait for during a pause");
            assert!(story.ask(now + pause).0);
            now += pause;
        }
        story.settle(now, true);
        assert_eq!(story.ask(now), (false, false, true));
    }

    #[test]
    fn an_expired_slot_counts_as_never_read() {
        let story = Story::begin();
        story.ask(0);
        story.settle(0, true);
        story.ask(400);
        story.settle(400, false);
        assert!(story.shows(479));
        assert!(!story.shows(480));
        assert_eq!(story.ask(480), (true, true, false));
    }
}
