//! The simulator's sockets: accepts, reads requests, sends what was decided, closes or resets.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Shared;
use super::body::{AnswerBody, LACKING, Manner};
use super::call::Call;
use super::render;
use super::state::{Outcome, Page, Plan};

/// The largest request that is read; the largest real ones are a few kilobytes.
const LONGEST_REQUEST: usize = 1 << 20;

/// How long accepting rests after an error, which is most likely a lack of file descriptors.
const REST: Duration = Duration::from_millis(100);

/// Accepts connections until told to stop.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken, tasks: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                tasks.spawn(stop.clone().run_until_cancelled_owned(converse(stream, Arc::clone(&shared))));
            }
            Err(_) => tokio::time::sleep(REST).await,
        }
    }
}

/// Serves one connection to its end.
async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    // Small answers must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answer: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(respond(Arc::clone(&shared), request));
        answer
    });
    let mut connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    let end = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let is_reset = |error: &hyper::Error| error.source().is_some_and(<dyn Error>::is::<Reset>);
    if end.as_ref().is_err_and(is_reset) {
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

/// The connection is to be reset.
#[derive(Debug)]
struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("reset by a fault")
    }
}

impl Error for Reset {}

async fn respond(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<AnswerBody>, Reset> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        let page = shared.lock().published.get(parts.uri.path()).cloned();
        return Ok(send(page.map_or_else(nothing_here, show), Manner::Whole));
    }
    let Ok(body) = Limited::new(body, LONGEST_REQUEST).collect().await else {
        return Ok(send(render::raw(413, "text/plain", Bytes::from_static(b"too large\n")), Manner::Whole));
    };
    let call = Call::read(&parts, &body.to_bytes());
    let Plan { delay, outcome } = shared.lock().decide(&call);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match outcome {
        Outcome::Answer(response, manner) => Ok(send(response, manner)),
        Outcome::Hang => std::future::pending().await,
        Outcome::Reset => Err(Reset),
    }
}

fn show(page: Page) -> Response<Bytes> {
    render::raw(200, &page.content_type, page.text)
}

fn nothing_here() -> Response<Bytes> {
    render::raw(404, "text/plain", Bytes::from_static(b"not found\n"))
}

fn send(response: Response<Bytes>, manner: Manner) -> Response<AnswerBody> {
    let (mut parts, bytes) = response.into_parts();
    if manner == Manner::Truncate {
        parts.headers.insert(CONTENT_LENGTH, (bytes.len() + LACKING).into());
    }
    Response::from_parts(parts, AnswerBody::new(bytes, manner))
}
