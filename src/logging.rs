//! Logs to stderr, as logfmt or JSON, at one level; chatty libraries are held at info whatever the level.

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
