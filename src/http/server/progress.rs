//! Where a connection stands, and until when it may stand there. Knows no bytes and closes nothing.

use super::limits::Limits;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a refused client may take to read why, before the connection is gone.
const LINGER: Duration = Duration::from_millis(500);
/// A client that has read nothing for this long may have to make room for others.
const SLOW: Duration = Duration::from_secs(1);

/// One connection's state, written by its task and read by whoever looks for room.
#[derive(Debug)]
pub(super) struct Progress(Mutex<State>);

#[derive(Clone, Copy, Debug)]
struct State {
    phase: Phase,
    /// Since when the client has taken no byte of what is to be written.
    stalled: Option<Instant>,
    /// Whether unread bytes of a refused request may lie in the socket.
    refused: bool,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// A head is on its way, or its first byte is waited for on a fresh connection.
    Head(Instant),
    /// A request is being answered.
    Answering,
    /// The answer is given; the next request may come.
    Idle(Instant),
    /// All is said; the client may read it to the end.
    Lingering(Instant),
}

impl Progress {
    /// A fresh connection.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { phase: Phase::Head(Instant::now()), stalled: None, refused: false })))
    }

    /// Bytes came in.
    pub(super) fn received(&self) {
        let mut state = self.lock();
        if let Phase::Idle(_) = state.phase {
            state.phase = Phase::Head(Instant::now());
        }
    }

    /// A request came in whole. Until the returned guard falls, the time is the handler's.
    pub(super) fn answering(self: &Arc<Self>) -> Answering {
        self.lock().phase = Phase::Answering;
        Answering(self.clone())
    }

    /// The request was refused, perhaps before all of it was read.
    pub(super) fn refused(&self) {
        self.lock().refused = true;
    }

    /// The client took some bytes.
    pub(super) fn wrote(&self) {
        let mut state = self.lock();
        state.stalled = None;
        if let Phase::Idle(since) = &mut state.phase {
            *since = Instant::now();
        }
    }

    /// The client takes no bytes just now.
    pub(super) fn stalled(&self) {
        self.lock().stalled.get_or_insert_with(Instant::now);
    }

    /// All is written. Whether what the client still sends should be thrown away, so that it gets to read the answer:
    /// closing a socket with unread bytes takes the answer back.
    pub(super) fn finished(&self) -> bool {
        let mut state = self.lock();
        match state.phase {
            Phase::Lingering(_) => true,
            Phase::Head(_) | Phase::Idle(_) | Phase::Answering => {
                let linger = state.refused || matches!(state.phase, Phase::Head(_));
                state.phase = Phase::Lingering(Instant::now());
                linger
            }
        }
    }

    /// When the connection is to be closed, unless something happens before.
    pub(super) fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let State { phase, stalled, refused: _ } = *self.lock();
        if let Some(since) = stalled {
            return Some(since + limits.write_timeout);
        }
        match phase {
            Phase::Head(since) => Some(since + limits.header_timeout),
            Phase::Idle(since) => Some(since + limits.idle_timeout),
            Phase::Lingering(since) => Some(since + LINGER),
            Phase::Answering => None,
        }
    }

    /// Since when the connection has been waiting for its client to ask, if it has.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        match *self.lock() {
            State { phase: Phase::Head(since) | Phase::Idle(since), stalled: None, .. } => Some(since),
            _ => None,
        }
    }

    /// Since when the client has been too slow a reader, if it is one.
    pub(super) fn slow_since(&self) -> Option<Instant> {
        self.lock().stalled.filter(|since| since.elapsed() >= SLOW)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request is being answered as long as this lives.
#[derive(Debug)]
pub(super) struct Answering(Arc<Progress>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.lock().phase = Phase::Idle(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const LIMITS: Limits = Limits {
        connections: 1,
        header_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_mins(3),
        write_timeout: Duration::from_secs(30),
        drain: Duration::ZERO,
        header_bytes: 0,
        uri_bytes: 0,
    };

    #[track_caller]
    fn assert_left(progress: &Progress, seconds: Option<u64>) {
        let left = progress.deadline(&LIMITS).map(|deadline| deadline.duration_since(Instant::now()).as_secs());
        assert_eq!(left, seconds);
    }

    #[tokio::test(start_paused = true)]
    async fn dripping_bytes_do_not_move_the_deadline_of_a_head() {
        let progress = Progress::new();
        advance(Duration::from_secs(4)).await;
        progress.received();
        assert_left(&progress, Some(6));
    }

    #[tokio::test(start_paused = true)]
    async fn a_running_request_has_no_deadline_here_and_idleness_begins_after_it() {
        let progress = Progress::new();
        let answering = progress.answering();
        assert_left(&progress, None);
        drop(answering);
        assert_left(&progress, Some(180));
        progress.received();
        assert_left(&progress, Some(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_counts_from_the_last_byte_taken() {
        let progress = Progress::new();
        drop(progress.answering());
        progress.stalled();
        advance(Duration::from_secs(20)).await;
        progress.stalled();
        assert_left(&progress, Some(10));
        assert!(progress.waiting_since().is_none() && progress.slow_since().is_some());
        progress.wrote();
        assert_left(&progress, Some(180));
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_refused_or_unfinished_request_makes_the_end_linger() {
        let served = Progress::new();
        drop(served.answering());
        assert!(!served.finished());
        let refused = Progress::new();
        drop(refused.answering());
        refused.refused();
        assert!(refused.finished() && refused.finished());
        assert!(Progress::new().finished());
    }
}
