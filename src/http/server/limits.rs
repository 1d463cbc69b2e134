//! The bounds that keep one client from costing the others.

use std::time::Duration;

/// How much one client, and all of them together, may take. The defaults suit a handful of Prometheus servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once, 512. Above it the one that has waited longest for its client makes room; where none
    /// waits, the new one gets 503.
    pub connections: usize,
    /// From the connection, or from the first byte of a later request, to the end of the head: 10 s.
    pub header_timeout: Duration,
    /// From one answer to the next request: 3 min, longer than a sensible scrape interval.
    pub idle_timeout: Duration,
    /// For how long a client may take none of its answer: 30 s.
    pub write_timeout: Duration,
    /// How long running requests may take to end after the shutdown began: 5 s.
    pub drain: Duration,
    /// All names and values of a request's header together: 16 KiB, else 431. Their number may be 100.
    pub header_bytes: usize,
    /// The request's target: 8 KiB, else 414.
    pub uri_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(3),
            write_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(5),
            header_bytes: 16 * 1024,
            uri_bytes: 8 * 1024,
        }
    }
}
