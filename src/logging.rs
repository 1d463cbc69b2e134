//! Logs to stderr, as logfmt or JSON, at one level; chatty libraries are held at info whatever the level.
//!
//! Whatever AWS or a client puts into a field, an event is one line, and a line is no more than one event.

mod line;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::SetGlobalDefaultError;
use tracing::{Level as Severity, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use self::line::Line;
use crate::clock::Clock;

/// How the exporter logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The least severe events that are written.
    pub level: Level,
    /// The form of a line.
    pub format: Format,
}

/// Severity of an event, least severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Each page and each answer.
    Debug,
    /// Life cycle.
    Info,
    /// Degraded.
    Warn,
    /// Someone must act.
    Error,
}

/// Form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `key=value` pairs.
    Logfmt,
    /// One JSON object a line.
    Json,
}

/// The targets of libraries that log access key ids, tokens and bodies below info.
const CHATTY: [&str; 5] = ["aws_", "h2", "hyper", "rustls", "tower"];

/// Makes the process log to stderr.
///
/// # Errors
///
/// The process logs already.
pub fn init(settings: Settings, clock: Clock) -> Result<(), SetGlobalDefaultError> {
    tracing::subscriber::set_global_default(subscriber(settings, clock, std::io::stderr))
}

/// A subscriber that writes its lines to `writer`, each in one piece.
pub fn subscriber<W>(settings: Settings, clock: Clock, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let Settings { level, format } = settings;
    let lines = tracing_subscriber::fmt::layer()
        .fmt_fields(Line { format, clock })
        .event_format(Line { format, clock })
        .with_writer(writer)
        // It would report a closed stderr on stderr, and panic.
        .log_internal_errors(false);
    tracing_subscriber::registry().with(filter(level)).with(lines)
}

fn filter(level: Level) -> Targets {
    let severity = match level {
        Level::Debug => Severity::DEBUG,
        Level::Info => Severity::INFO,
        Level::Warn => Severity::WARN,
        Level::Error => Severity::ERROR,
    };
    let held = LevelFilter::from_level(severity.min(Severity::INFO));
    Targets::new().with_default(severity).with_targets(CHATTY.map(|target| (target, held)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};
    use tracing::{debug, error, info, info_span, warn};

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no test panics while writing").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: Level, format: Format, events: impl FnOnce()) -> String {
        let captured = Captured::default();
        let writer = captured.clone();
        let clock = Clock::starting_at(1_700_000_000.25);
        let subscriber = subscriber(Settings { level, format }, clock, move || writer.clone());
        tracing::subscriber::with_default(subscriber, events);
        let bytes = captured.0.lock().expect("no test panics while writing").clone();
        String::from_utf8(bytes).expect("a log is UTF-8")
    }

    fn without_time(line: &str) -> &str {
        line.split_once(' ').map_or("", |(_, rest)| rest)
    }

    fn json(line: &str) -> serde_json::Value {
        serde_json::from_str(line).expect(line)
    }

    const HOSTILE: &str = "a\nlevel=error \u{1b}[31m\"},{\"x\":1} \\ \u{85}\u{9b}\u{2028}\u{202e}\u{0}\t=";

    #[test]
    fn a_logfmt_line_has_time_level_message_and_fields() {
        let log = logged(Level::Info, Format::Logfmt, || {
            info!(collector = "workspaces_images", items = 3, elapsed_ms = 1.5, error = %"no such host", "refreshed");
        });
        assert!(log.starts_with("ts=2023-11-14T22:13:20.2") && log.ends_with('\n'), "{log}");
        let rest =
            "level=info msg=refreshed collector=workspaces_images items=3 elapsed_ms=1.5 error=\"no such host\"\n";
        assert_eq!(without_time(&log), rest);
    }

    #[test]
    fn a_json_line_has_the_same_names() {
        let log = logged(Level::Info, Format::Json, || {
            warn!(items = 3, elapsed_ms = 1.5, nan = f64::NAN, full = true, error = %"no such host", "refresh failed");
        });
        let json = json(&log);
        assert!(json["ts"].as_str().is_some_and(|ts| ts.starts_with("2023-11-14T22:13:20.2")), "{log}");
        assert_eq!((&json["level"], &json["msg"]), (&"warn".into(), &"refresh failed".into()));
        assert_eq!((&json["items"], &json["elapsed_ms"], &json["full"]), (&3.into(), &1.5.into(), &true.into()));
        assert_eq!((&json["nan"], &json["error"]), (&"NaN".into(), &"no such host".into()));
    }

    #[test]
    fn a_hostile_text_stays_in_its_field() {
        let events = || error!(image_name = HOSTILE, error = ?HOSTILE, "{HOSTILE}");
        let logfmt = logged(Level::Info, Format::Logfmt, events);
        assert_eq!(logfmt.lines().count(), 1, "{logfmt}");
        assert!(!logfmt.trim_end().chars().any(|char| char.is_control() || "\u{2028}\u{202e}".contains(char)));
        let name = logfmt.split_once("image_name=").and_then(|(_, rest)| rest.split_once(" error=")).expect("fields").0;
        assert_eq!(json(name), HOSTILE, "a quoted value is read like a JSON string");

        let line = logged(Level::Info, Format::Json, events);
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(!line.trim_end().chars().any(|char| char.is_control() || "\u{2028}\u{202e}".contains(char)));
        assert_eq!((&json(&line)["image_name"], &json(&line)["msg"]), (&HOSTILE.into(), &HOSTILE.into()));
        assert_eq!(json(&line)["level"], "error");
    }

    #[test]
    fn a_long_text_is_cut() {
        let log = logged(Level::Info, Format::Json, || info!(error = "é".repeat(100_000), "failed"));
        let error = json(&log)["error"].as_str().map(str::to_owned).expect("a text");
        assert!(error.len() <= 1024 && error.ends_with('…'), "{} bytes", error.len());
    }

    #[test]
    fn fields_of_spans_are_fields_of_their_events() {
        for (format, expected) in [
            (Format::Logfmt, "level=info msg=done items=1 account_id=012345678901 region=eu-west-1 page=2\n"),
            (
                Format::Json,
                "\"msg\":\"done\",\"items\":1,\"account_id\":\"012345678901\",\"region\":\"eu-west-1\",\"page\":2}\n",
            ),
        ] {
            let log = logged(Level::Info, format, || {
                let outer = info_span!("target", account_id = "012345678901", region = tracing::field::Empty);
                outer.record("region", "eu-west-1");
                outer.in_scope(|| info_span!("call", page = 2).in_scope(|| info!(items = 1, "done")));
            });
            assert!(log.ends_with(expected), "{log}");
        }
    }

    #[test]
    fn the_level_holds_back_what_is_less_severe() {
        let events = || {
            debug!("d");
            info!("i");
            warn!("w");
            error!("e");
        };
        for (level, lines) in [(Level::Debug, 4), (Level::Info, 3), (Level::Warn, 2), (Level::Error, 1)] {
            assert_eq!(logged(level, Format::Logfmt, events).lines().count(), lines, "{level:?}");
        }
    }

    #[test]
    fn libraries_that_log_secrets_are_held_at_info() {
        let log = logged(Level::Debug, Format::Logfmt, || {
            debug!(target: "aws_config::profile", "AKIAIOSFODNN7EXAMPLE");
            debug!(target: "aws_smithy_runtime::client", "AKIAIOSFODNN7EXAMPLE");
            debug!(target: "hyper_util::client", "AKIAIOSFODNN7EXAMPLE");
            debug!(target: "rustls::client", "AKIAIOSFODNN7EXAMPLE");
            info!(target: "aws_config::profile", "loaded");
        });
        assert_eq!(without_time(&log), "level=info msg=loaded target=aws_config::profile\n");
        let log = logged(Level::Error, Format::Logfmt, || info!(target: "aws_config::profile", "loaded"));
        assert_eq!(log, "");
    }

    #[test]
    fn a_closed_stderr_is_survived() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let settings = Settings { level: Level::Info, format: Format::Json };
        let subscriber = subscriber(settings, Clock::system(), || Closed);
        tracing::subscriber::with_default(subscriber, || info!("nobody reads this"));
    }
}
