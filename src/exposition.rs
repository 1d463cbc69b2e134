//! From samples to the bytes of an answer: sample lines, families, the joined inventory, its compression.
//!
//! Pure: no clock, no AWS, no HTTP. Both text formats share every sample line; they differ in the headers of counters
//! and in OpenMetrics' last line, so the inventory, all gauges, is one text for both.

mod families;
mod gzip;
mod inventory;
mod own;
mod sample;
mod zstd;

pub use families::{Families, Note, Reading};
pub use inventory::{Inventory, SlotText};
pub use own::{Format, write_families};

/// How an answer's bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As they are.
    Identity,
    /// One gzip member.
    Gzip,
    /// Zstandard frames.
    Zstd,
}
