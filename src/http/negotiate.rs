//! Reads what the client asks for: a format, an encoding, a deadline.
//!
//! Header values go in, small enums come out. Pure: knows nothing of sockets, of metrics or of what the answer will be.
//! No header makes it fail: a piece that cannot be read counts as not sent, and there is always an answer.

mod deadline;
mod encoding;
mod format;
mod list;

pub use deadline::{SCRAPE_TIMEOUT, scrape_deadline};
pub use encoding::{accepted, content_encoding};
pub use format::{Escaping, Negotiated};
