//! Bodies of answers, among them those that never come to a good end.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Interval, interval};

/// How a body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Whole,
    /// Half of it, then nothing.
    HangHalfway,
    /// A byte at each interval.
    Drip(Duration),
    /// All there is of a longer one that was announced.
    Truncate,
}

/// The bytes of an answer on their way.
pub(super) struct AnswerBody {
    left: Bytes,
    pace: Pace,
}

enum Pace {
    AtOnce,
    /// Nothing after what is left.
    ThenHang {
        unsent: usize,
    },
    ByteByByte(Interval),
    /// Ends early: its length is not told.
    Short,
}

/// How many bytes a truncated body lacks.
pub(super) const LACKING: usize = 100;

impl AnswerBody {
    pub(super) fn new(bytes: Bytes, manner: Manner) -> Self {
        match manner {
            Manner::Whole => Self { left: bytes, pace: Pace::AtOnce },
            Manner::Truncate => Self { left: bytes, pace: Pace::Short },
            Manner::HangHalfway => {
                let half = bytes.slice(..bytes.len() / 2);
                Self { pace: Pace::ThenHang { unsent: bytes.len() - half.len() }, left: half }
            }
            Manner::Drip(every) => {
                let pace = Pace::ByteByByte(interval(every.max(Duration::from_millis(1))));
                Self { left: bytes, pace }
            }
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Self { left, pace } = &mut *self;
        if left.is_empty() {
            return match pace {
                Pace::ThenHang { .. } => Poll::Pending,
                _ => Poll::Ready(None),
            };
        }
        let bytes = match pace {
            Pace::ByteByByte(interval) => {
                ready!(interval.poll_tick(context));
                left.split_to(1)
            }
            _ => std::mem::take(left),
        };
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.left.len();
        let exact = |length: usize| SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX));
        match self.pace {
            Pace::AtOnce | Pace::ByteByByte(_) => exact(left),
            Pace::ThenHang { unsent } => exact(left + unsent),
            Pace::Short => SizeHint::default(),
        }
    }
}
