//! An answer's bytes: segments that are shared, never copied. Knows nothing of what they say.

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Ready segments, sent one after another under one Content-Length. A clone costs a reference count.
#[derive(Clone, Debug, Default)]
pub struct Body {
    segments: Arc<[Bytes]>,
    /// One more segment, which no other answer shares.
    last: Bytes,
    sent: usize,
    left: u64,
}

impl Body {
    /// How many bytes are still to be sent.
    pub fn len(&self) -> u64 {
        self.left
    }

    /// Whether nothing is left to send.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }
}

impl From<(Arc<[Bytes]>, Bytes)> for Body {
    /// Segments that other answers share, and one that they do not.
    fn from((segments, last): (Arc<[Bytes]>, Bytes)) -> Self {
        let left = segments.iter().chain([&last]).map(|segment| segment.len() as u64).sum();
        Self { segments, last, sent: 0, left }
    }
}

impl From<Vec<Bytes>> for Body {
    fn from(segments: Vec<Bytes>) -> Self {
        Self::from((segments.into(), Bytes::new()))
    }
}

impl From<Bytes> for Body {
    fn from(segment: Bytes) -> Self {
        Self::from((Arc::default(), segment))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text))
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::from(Bytes::from_static(text.as_bytes()))
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        while self.left > 0 {
            let segment = self.segments.get(self.sent).unwrap_or(&self.last).clone();
            self.sent += 1;
            self.left -= segment.len() as u64;
            if !segment.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(segment))));
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;
    use hyper::body::Body as _;

    #[tokio::test]
    async fn the_segments_come_in_order_and_the_size_is_known() {
        let body = Body::from(vec![Bytes::from("one,"), Bytes::new(), Bytes::from("two")]);
        assert_eq!(body.size_hint().exact(), Some(7));
        assert_eq!(body.collect().await.expect("infallible").to_bytes(), "one,two");
    }

    #[tokio::test]
    async fn a_clone_starts_over_with_the_same_memory() {
        let text = Bytes::from(vec![b'x'; 1024]);
        let body = Body::from(text.clone());
        let frame = body.clone().frame().await.expect("one").expect("infallible").into_data().expect("data");
        assert_eq!(frame.as_ptr(), text.as_ptr());
        assert_eq!(body.len(), 1024);
    }

    #[test]
    fn no_bytes_are_an_ended_body() {
        for body in [Body::default(), Body::from(""), Body::from(vec![Bytes::new()])] {
            assert!(body.is_end_stream());
            assert_eq!(body.size_hint().exact(), Some(0));
        }
    }
}
