//! One connection from its first byte to its last: hyper, the deadlines, the drain. Knows no socket and no other
//! connection.

use super::answer;
use super::body::Body;
use super::limits::Limits;
use super::objection::objection;
use super::progress::{Answering, Progress};
use super::stream::Stream;
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// What hyper holds of a head that is not complete. Above its own limit for a target, 64 KiB, so that one that is a
/// little too long is told so.
const BUFFER: usize = 80 * 1024;

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// Client and server agreed on it, or the client broke it.
    Finished(Result<(), hyper::Error>),
    /// The client was too slow.
    TimedOut,
    /// The server is going down and nothing was being answered.
    Drained,
}

/// Serves `io` until its end.
pub(super) async fn serve<IO, H, F>(
    io: IO,
    progress: Arc<Progress>,
    limits: Limits,
    handler: H,
    shutdown: CancellationToken,
) -> End
where
    IO: AsyncRead + AsyncWrite + Send + Unpin,
    H: Fn(Request<Incoming>) -> F + Clone + Send,
    F: Future<Output = Response<Body>> + Send,
{
    let stream = TokioIo::new(Stream::new(io, progress.clone()));
    let answered = progress.clone();
    let service = service_fn(move |request| respond(handler.clone(), answered.clone(), limits, request));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(None) // It would count idle time as well; `Progress` tells the two apart.
            .max_buf_size(BUFFER)
            .serve_connection(stream, service)
    );
    let mut shutdown = pin!(shutdown.cancelled());
    let mut alarm = pin!(sleep(limits.header_timeout));
    let mut draining = false;
    poll_fn(|cx| {
        if !draining && shutdown.as_mut().poll(cx).is_ready() {
            draining = true;
            connection.as_mut().graceful_shutdown();
        }
        if let Poll::Ready(outcome) = connection.as_mut().poll(cx) {
            return Poll::Ready(End::Finished(outcome));
        }
        if draining && progress.waiting_since().is_some() {
            return Poll::Ready(End::Drained);
        }
        let Some(deadline) = progress.deadline(&limits) else { return Poll::Pending };
        if alarm.deadline() != deadline {
            alarm.as_mut().reset(deadline);
        }
        alarm.as_mut().poll(cx).map(|()| End::TimedOut)
    })
    .await
}

async fn respond<H, F>(
    handler: H,
    progress: Arc<Progress>,
    limits: Limits,
    request: Request<Incoming>,
) -> Result<Response<Held>, Infallible>
where
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<Body>>,
{
    let answering = progress.answering();
    let response = match objection(&request, &limits) {
        Some(status) => {
            tracing::debug!(status = status.as_u16(), "refused a request");
            progress.refused();
            answer::closing(answer::error(status))
        }
        None => surviving(async move { handler(request).await }).await,
    };
    Ok(response.map(|body| Held { body, _answering: answering }))
}

/// The answer, or 500 where there is a panic instead.
async fn surviving(answer: impl Future<Output = Response<Body>>) -> Response<Body> {
    let mut answer = pin!(answer);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx))) {
        Ok(poll) => poll,
        Err(_panic) => {
            tracing::error!("panicked while answering a request");
            Poll::Ready(answer::closing(answer::error(StatusCode::INTERNAL_SERVER_ERROR)))
        }
    })
    .await
}

/// A body that says when it was handed over to the last segment.
struct Held {
    body: Body,
    _answering: Answering,
}

impl hyper::body::Body for Held {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, IoSlice};
    use std::sync::Mutex;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex};
    use tokio::task::JoinHandle;
    use tokio::time::{Instant, advance};

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    fn start(body: Body) -> (DuplexStream, JoinHandle<(End, Instant)>) {
        let (client, server) = duplex(1024);
        let handler = move |_| std::future::ready(answer::text(StatusCode::OK, body.clone()));
        let connection = serve(server, Progress::new(), Limits::default(), handler, CancellationToken::new());
        (client, tokio::spawn(async { (connection.await, Instant::now()) }))
    }

    async fn assert_timed_out(connection: JoinHandle<(End, Instant)>, begin: Instant, expected: f64) {
        let (end, at) = connection.await.expect("no panic");
        let seconds = at.duration_since(begin).as_secs_f64();
        assert!(matches!(end, End::TimedOut), "{end:?}");
        assert!((seconds - expected).abs() < 0.01, "{seconds} s, not {expected} s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_left_after_ten_seconds() {
        let (_client, connection) = start(Body::default());
        let begin = Instant::now();
        assert_timed_out(connection, begin, 10.0).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_dripping_header_gets_no_more_time_than_none() {
        let (mut client, connection) = start(Body::default());
        let begin = Instant::now();
        let dripping = async {
            client.write_all(b"GET / HTTP/1.1\r\n").await?;
            loop {
                client.write_all(b"A: b\r\n").await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let result: io::Result<()> = dripping.await;
        assert!(result.is_err());
        assert_timed_out(connection, begin, 10.0).await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_kept_for_three_minutes() {
        let (mut client, connection) = start(Body::from("ok"));
        let mut buffer = [0; 1024];
        for _ in 0..3 {
            advance(Duration::from_secs(9)).await;
            client.write_all(REQUEST).await.expect("open");
            assert!(client.read(&mut buffer).await.expect("open") > 0);
            advance(Duration::from_secs(150)).await;
        }
        let begin = Instant::now();
        assert_timed_out(connection, begin, 30.0).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_header_has_ten_seconds_again() {
        let (mut client, connection) = start(Body::from("ok"));
        client.write_all(REQUEST).await.expect("open");
        assert!(client.read(&mut [0; 1024]).await.expect("open") > 0);
        advance(Duration::from_mins(1)).await;
        client.write_all(b"GET / HT").await.expect("open");
        let begin = Instant::now();
        assert_timed_out(connection, begin, 10.0).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_reading_is_left_after_thirty_seconds() {
        let (mut client, connection) = start(Body::from("x".repeat(100_000)));
        client.write_all(REQUEST).await.expect("open");
        for _ in 0..10 {
            advance(Duration::from_secs(20)).await;
            assert!(client.read(&mut [0; 1024]).await.expect("open") > 0);
        }
        let begin = Instant::now();
        assert_timed_out(connection, begin, 30.0).await;
    }

    /// Sends one request, and notes where the bytes lie that are written.
    struct Wire {
        request: &'static [u8],
        written: Arc<Mutex<Vec<(usize, usize)>>>,
    }

    impl AsyncRead for Wire {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            if self.request.is_empty() {
                return Poll::Pending;
            }
            buffer.put_slice(std::mem::take(&mut self.request));
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Wire {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            self.written.lock().unwrap().push((bytes.as_ptr().addr(), bytes.len()));
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let written = slices.iter().map(|slice| self.as_mut().poll_write(cx, slice));
            Poll::Ready(Ok(written.map(|poll| if let Poll::Ready(Ok(count)) = poll { count } else { 0 }).sum()))
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_large_answer_reaches_the_socket_from_where_it_lies() {
        let page = Bytes::from(vec![b'x'; 20_000_000]);
        let body = Body::from(page.clone());
        let written = Arc::<Mutex<Vec<_>>>::default();
        let wire = Wire { request: b"GET / HTTP/1.0\r\n\r\n", written: written.clone() };
        let handler = move |_| std::future::ready(answer::text(StatusCode::OK, body.clone()));
        serve(wire, Progress::new(), Limits::default(), handler, CancellationToken::new()).await;
        let written = written.lock().unwrap();
        let (start, end) = (page.as_ptr().addr(), page.as_ptr().addr() + page.len());
        let (shared, copied): (Vec<_>, Vec<_>) =
            written.iter().partition::<Vec<_>, _>(|(address, _)| (start..end).contains(address));
        assert_eq!(shared.iter().map(|(_, length)| length).sum::<usize>(), page.len());
        assert!(copied.iter().map(|(_, length)| length).sum::<usize>() < 512, "more than the head: {copied:?}");
    }
}
