//! From samples to the bytes of an answer: sample lines, families, the joined inventory, its compression.
//!
//! Pure: no clock, no AWS, no HTTP. Both text formats share every sample line; they differ in the headers of counters
//! and in OpenMetrics' last line, so the inventory, all gauges, is one text for both.

mod families;
mod gzip;
mod inventory;
mod own;
mod sample;

pub use families::{Families, Note, Reading};
pub use gzip::{Deflated, deflate, gzip_member};
pub use inventory::{Inventory, SlotText};
pub use own::{Format, write_families};
