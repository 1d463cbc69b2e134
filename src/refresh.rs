//! (to come)

use std::time::Duration;

/// When data is read anew, and how long it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Age, in refresh intervals, from which data that could not be read anew is no longer shown.
    pub stale_after: u32,
    /// Longest that a scrape waits for data that was never read.
    pub max_scrape_wait: Duration,
}
