//! How long Prometheus will wait for this scrape. Knows nothing of what fills the time.

use hyper::header::HeaderName;
use std::time::Duration;

/// The header in which Prometheus says after how many seconds it gives a scrape up.
pub const SCRAPE_TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// Taken off for the way back to Prometheus.
const MARGIN: Duration = Duration::from_millis(500);
/// The shortest time in which an answer from memory is ready.
const SHORTEST: Duration = Duration::from_millis(50);
/// No scrape interval is longer; what asks for more is no scrape timeout.
const LONGEST_SECONDS: f64 = 86_400.0;

/// How long the answer to this scrape may take: the value of [`SCRAPE_TIMEOUT`] less half a second, never under 50 ms.
///
/// Nothing is said (`None`) by a value that is no number, not above zero, or above a day.
pub fn scrape_deadline(value: Option<impl AsRef<[u8]>>) -> Option<Duration> {
    let value = value?;
    let seconds: f64 = std::str::from_utf8(value.as_ref()).ok()?.trim().parse().ok()?;
    if !(seconds > 0.0 && seconds <= LONGEST_SECONDS) {
        return None;
    }
    Some(Duration::from_secs_f64(seconds).saturating_sub(MARGIN).max(SHORTEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_leaves_half_a_second_for_the_way_back() {
        for (header, milliseconds) in [("10", 9500), ("10.000000", 9500), (" 2.5 ", 2000), ("86400", 86_399_500)] {
            assert_eq!(scrape_deadline(Some(header)), Some(Duration::from_millis(milliseconds)), "{header}");
        }
    }

    #[test]
    fn a_tiny_timeout_still_leaves_time_for_an_answer_from_memory() {
        for header in ["0.5", "0.51", "0.001", "1e-300"] {
            assert_eq!(scrape_deadline(Some(header)), Some(SHORTEST), "{header}");
        }
    }

    #[test]
    fn a_timeout_that_makes_no_sense_is_ignored() {
        for header in ["", "0", "-0", "-1", "NaN", "inf", "-inf", "infinity", "1e300", "86400.1", "ten", "10s", "1 0"] {
            assert_eq!(scrape_deadline(Some(header)), None, "{header}");
        }
        assert_eq!(scrape_deadline(Some([b'1', 0xff])), None);
        assert_eq!(scrape_deadline(None::<&str>), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_deadline_panic(header: Vec<u8>, seconds: f64) {
            scrape_deadline(Some(header));
            let deadline = scrape_deadline(Some(seconds.to_string()));
            assert!(deadline.is_none_or(|deadline| deadline >= SHORTEST));
        }
    }
}
