//! The open connections: how many there may be, and who makes room for a new one. Knows nothing of what they say.

use super::progress::Progress;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

/// All open connections of a server.
#[derive(Debug)]
pub(super) struct Register {
    capacity: usize,
    tasks: TaskTracker,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    progress: Arc<Progress>,
    /// Absent for the moment in which the task is being started.
    task: Option<AbortHandle>,
}

impl Register {
    /// No connections yet, and never more than `capacity`.
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self { capacity, tasks: TaskTracker::new(), open: Mutex::default() })
    }

    /// Whether one more connection may come. Room is made for it where one can be spared.
    pub(super) fn has_room(&self) -> bool {
        self.lock().connections.len() < self.capacity || self.make_room()
    }

    /// Runs a connection as a task of its own.
    pub(super) fn enter(
        self: &Arc<Self>,
        progress: Arc<Progress>,
        connection: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = {
            let mut open = self.lock();
            open.next += 1;
            let id = open.next;
            open.connections.insert(id, Entry { progress, task: None });
            id
        };
        let leave = Leave { register: self.clone(), id };
        // Not under the lock: a runtime that is ending drops the task, and with it `leave`, at once.
        let task = self.tasks.spawn(async move {
            let _leave = leave;
            connection.await;
        });
        if let Some(entry) = self.lock().connections.get_mut(&id) {
            entry.task = Some(task.abort_handle());
        }
    }

    /// Closes the connection that can best be spared: the one that has waited longest for its client to ask, else the
    /// one whose client has longest read nothing. Where all are at work, none is closed.
    pub(super) fn make_room(&self) -> bool {
        let mut open = self.lock();
        let started = || open.connections.iter().filter(|(_, entry)| entry.task.is_some());
        let oldest = |since: fn(&Progress) -> Option<tokio::time::Instant>| {
            started().filter_map(|(id, entry)| Some((since(&entry.progress)?, *id))).min().map(|(_, id)| id)
        };
        let spared = oldest(Progress::waiting_since).or_else(|| oldest(Progress::slow_since));
        let entry = spared.and_then(|id| open.connections.remove(&id));
        drop(open);
        match entry.and_then(|entry| entry.task) {
            Some(task) => {
                tracing::debug!("closed a connection to make room");
                task.abort();
                true
            }
            None => false,
        }
    }

    /// Resolves once no connection is left.
    pub(super) async fn emptied(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Closes all connections, whatever they do, and says how many.
    pub(super) fn abort(&self) -> usize {
        let entries = std::mem::take(&mut self.lock().connections);
        entries.values().filter_map(|entry| entry.task.as_ref()).for_each(AbortHandle::abort);
        entries.len()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a connection off the register, however its task ends.
struct Leave {
    register: Arc<Register>,
    id: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.register.lock().connections.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::advance;

    fn entered(register: &Arc<Register>) -> Arc<Progress> {
        let progress = Progress::new();
        register.enter(progress.clone(), std::future::pending());
        progress
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_waiting_makes_room_and_never_one_at_work() {
        let register = Register::new(2);
        let older = entered(&register);
        advance(Duration::from_secs(1)).await;
        let newer = entered(&register);
        let _work = older.answering();
        assert!(register.has_room());
        assert_eq!((Arc::strong_count(&older) > 1, register.lock().connections.len()), (true, 1));
        drop(newer);
        let _more_work = entered(&register).answering();
        assert!(!register.has_room());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_makes_room_when_nobody_waits() {
        let register = Register::new(1);
        let reader = entered(&register);
        let _work = reader.answering();
        reader.stalled();
        assert!(!register.has_room());
        advance(Duration::from_secs(1)).await;
        assert!(register.has_room());
    }

    #[tokio::test]
    async fn a_connection_that_ends_leaves_the_register() {
        let register = Register::new(1);
        register.enter(Progress::new(), async {});
        register.emptied().await;
        assert!(register.lock().connections.is_empty());
    }
}
