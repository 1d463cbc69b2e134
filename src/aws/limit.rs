//! Paces the calls to one service of one target, so that consoles and other tools keep their share of AWS's limit.

use std::time::Duration;

use leaky_bucket::RateLimiter;

use super::Rate;

/// Lets calls through at a [`Rate`], first come, first served.
#[derive(Debug)]
pub(super) struct Pace(Option<RateLimiter>);

impl Pace {
    pub(super) fn new(rate: Rate) -> Self {
        let unlimited = rate.per_second <= 0.0;
        Self((!unlimited).then(|| {
            let burst = usize::try_from(rate.burst.max(1)).unwrap_or(usize::MAX);
            RateLimiter::builder()
                .initial(burst)
                .max(burst)
                .refill(1)
                .interval(Duration::from_secs_f64(1.0 / rate.per_second))
                .build()
        }))
    }

    /// Waits for this call's turn.
    pub(super) async fn wait(&self) {
        if let Self(Some(limiter)) = self {
            limiter.acquire_one().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    async fn seconds_for(calls: usize, rate: Rate) -> f64 {
        let pace = Pace::new(rate);
        let start = Instant::now();
        for _ in 0..calls {
            pace.wait().await;
        }
        start.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_the_rest_at_its_pace() {
        let rate = Rate { per_second: 2.0, burst: 5 };
        assert!(seconds_for(5, rate).await < 0.1);
        let seconds = seconds_for(25, rate).await;
        assert!((9.9..=10.2).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn zero_is_no_limit() {
        assert!(seconds_for(10_000, Rate { per_second: 0.0, burst: 1 }).await < 0.1);
    }
}
