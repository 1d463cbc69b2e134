//! One event as one line: `ts`, `level`, `msg`, then the fields of the event and of the spans around it.
//!
//! tracing-logfmt leaves control characters such as U+009B bare, escapes others as `\u{1b}`, which logfmt readers
//! refuse, and calls the message `message`; so both forms are written here, alike. Quoted values are JSON strings in
//! both: every logfmt reader takes those.

use std::error::Error;
use std::fmt::{self, Debug, Write};
use std::time::{Duration, UNIX_EPOCH};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

use super::Format;
use crate::clock::Clock;

/// Longest value in bytes; an error that quotes a page of HTML does not fill the disk.
const MAX_BYTES: usize = 1024;

/// Writes events, and the fields of spans, in one of the two forms.
pub(super) struct Line {
    pub(super) format: Format,
    pub(super) clock: Clock,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let now = UNIX_EPOCH + Duration::from_secs_f64(self.clock.unix_seconds());
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let mut message = Message(String::new());
        event.record(&mut message);

        let mut head = String::new();
        let mut fields = Fields { format: self.format, out: &mut head, result: Ok(()) };
        fields.text("ts", &humantime::format_rfc3339_millis(now).to_string());
        fields.text("level", &level);
        fields.text("msg", &message.0);
        // Our own messages are told apart by their words; a library's need its name.
        if !event.metadata().target().starts_with(env!("CARGO_CRATE_NAME")) {
            fields.text("target", event.metadata().target());
        }
        event.record(&mut fields);
        fields.result?;
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            if let Some(formatted) = span.extensions().get::<FormattedFields<N>>() {
                head.push_str(formatted);
            }
        }
        // Every field begins with its separator, and the first has nothing to be separated from.
        match self.format {
            Format::Logfmt => writeln!(out, "{}", &head[1..]),
            Format::Json => writeln!(out, "{{{}}}", &head[1..]),
        }
    }
}

impl<'writer> FormatFields<'writer> for Line {
    fn format_fields<R: RecordFields>(&self, mut out: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = Fields { format: self.format, out: &mut out, result: Ok(()) };
        fields.record(&mut visitor);
        visitor.result
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &tracing::span::Record<'_>,
    ) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

const MESSAGE: &str = "message";

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == MESSAGE {
            self.0 = format!("{value:?}");
        }
    }
}

struct Fields<'a> {
    format: Format,
    out: &'a mut dyn Write,
    result: fmt::Result,
}

impl Fields<'_> {
    fn text(&mut self, name: &str, value: &str) {
        let value = cut(value);
        match self.format {
            Format::Logfmt if is_bare(&value) => self.bare(name, &value),
            _ => self.bare(name, &quoted(&value)),
        }
    }

    fn bare(&mut self, name: &str, value: &str) {
        let written = match self.format {
            _ if name == MESSAGE => Ok(()),
            Format::Logfmt => write!(self.out, " {name}={value}"),
            Format::Json => write!(self.out, ",{}:{value}", quoted(name)),
        };
        self.result = self.result.and(written);
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field.name(), &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field.name(), &value.to_string());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // NaN and the infinities are no numbers in JSON.
        if value.is_finite() {
            self.bare(field.name(), &value.to_string());
        } else {
            self.text(field.name(), &value.to_string());
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field.name(), &value.to_string());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field.name(), &value.to_string());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field.name(), &value.to_string());
    }
}

fn cut(value: &str) -> std::borrow::Cow<'_, str> {
    const MARK: &str = "…";
    if value.len() <= MAX_BYTES {
        return value.into();
    }
    format!("{}{MARK}", &value[..value.floor_char_boundary(MAX_BYTES - MARK.len())]).into()
}

fn is_bare(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|char| !needs_escape(char) && !char.is_whitespace() && char != '=')
}

fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for char in value.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if needs_escape(char) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    // Writing to a String never fails.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

/// Besides JSON's own: what moves a terminal's cursor, breaks lines for some readers, or turns the text around.
fn needs_escape(char: char) -> bool {
    matches!(char, '"' | '\\' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || char.is_control()
}
