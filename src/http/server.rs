//! Answers, and the bounds on whoever asks for them. Knows no route and no metric.

mod answer;
mod body;
mod limits;

pub use answer::{closing, error, html, method_not_allowed, text, typed};
pub use body::Body;
pub use limits::Limits;
