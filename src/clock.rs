//! The wall clock, passed in so that tests can set it. The only reader of the system's time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// Tells the time of day, as Unix seconds.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Source);

#[derive(Clone, Copy, Debug)]
enum Source {
    System,
    Anchored { instant: Instant, unix: Duration },
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that shows `unix` seconds now and from here on moves with tokio's time, paused or not.
    pub fn starting_at(unix: f64) -> Self {
        Self(Source::Anchored { instant: Instant::now(), unix: Duration::from_secs_f64(unix) })
    }

    /// Seconds since 1970, to the millisecond.
    pub fn unix_seconds(&self) -> f64 {
        let since_epoch = match self.0 {
            #[expect(clippy::disallowed_methods, reason = "this file owns the wall clock")]
            Source::System => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            Source::Anchored { instant, unix } => unix + instant.elapsed(),
        };
        Duration::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)).as_secs_f64()
    }
}
