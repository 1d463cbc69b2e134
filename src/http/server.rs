//! Listens, bounds and drains: connections in, a handler's answers out. Knows no route and no metric.
//!
//! Half of it is distrust. A client has a time for its head, a time to read its answer and a size for what it asks;
//! above the cap on connections the most useless one makes room; a request that two servers could read in two ways is
//! refused. What a handler sees is one well-formed head, never a body.

mod answer;
mod body;
mod connection;
mod limits;
mod objection;
mod progress;
mod register;
mod stream;
#[cfg(test)]
mod tests;

pub use answer::{closing, error, html, method_not_allowed, text, typed};
pub use body::Body;
pub use limits::Limits;

use connection::End;
use hyper::body::Incoming;
use hyper::{Request, Response};
use progress::Progress;
use register::Register;
use std::future::Future;
use std::io::{self, ErrorKind, Write as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long to wait after accept() failed: long enough not to burn a core, short enough to be back at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long aborted tasks may take to be gone.
const ABORT_GRACE: Duration = Duration::from_millis(500);
/// What a connection above the cap is told.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n";

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drain {
    /// Every running request was answered to its last byte.
    Complete,
    /// Time was up.
    CutOff {
        /// How many connections were closed in the middle of an answer.
        connections: usize,
    },
}

/// Serves `handler` on all `listeners` until `shutdown`; then accepts no more, closes idle connections, and waits up to
/// `limits.drain` for running requests. When the future is dropped, so are all connections.
///
/// The handler never gets a request with a body. Its panic is answered with 500 and ends that connection alone. To a
/// HEAD request it may answer as to GET: the head is the same, the body is not sent.
pub async fn run<H, F>(listeners: Vec<TcpListener>, limits: Limits, handler: H, shutdown: CancellationToken) -> Drain
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let register = Register::new(limits.connections);
    let _abort = AbortOnDrop(register.clone());
    let mut accepting = JoinSet::new();
    for listener in listeners {
        let entrance =
            Entrance { register: register.clone(), limits, handler: handler.clone(), shutdown: shutdown.clone() };
        accepting.spawn(entrance.accept(listener));
    }
    shutdown.cancelled().await;
    accepting.join_all().await;
    if timeout(limits.drain, register.emptied()).await.is_ok() {
        return Drain::Complete;
    }
    let connections = register.abort();
    tracing::warn!(connections, "cut off requests that did not end in time");
    let _ = timeout(ABORT_GRACE, register.emptied()).await;
    Drain::CutOff { connections }
}

/// What every listener needs to let a connection in.
struct Entrance<H> {
    register: Arc<Register>,
    limits: Limits,
    handler: H,
    shutdown: CancellationToken,
}

impl<H, F> Entrance<H>
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    async fn accept(self, listener: TcpListener) {
        let mut failing = false;
        while let Some(accepted) = self.shutdown.run_until_cancelled(listener.accept()).await {
            match accepted {
                Ok((stream, peer)) => {
                    tracing::debug!(%peer, "accepted a connection");
                    if std::mem::take(&mut failing) {
                        tracing::info!("accepting connections again");
                    }
                    self.admit(stream);
                }
                Err(error) if concerns_one_connection(&error) => tracing::debug!(%error, "lost a connection"),
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(%error, "failed to accept connections");
                    }
                    // Most likely there are no file descriptors left: give one back.
                    self.register.make_room();
                    self.shutdown.run_until_cancelled(sleep(ACCEPT_PAUSE)).await;
                }
            }
        }
    }

    fn admit(&self, stream: TcpStream) {
        if !self.register.has_room() {
            tracing::debug!("refused a connection above the cap");
            refuse(stream);
            return;
        }
        // Without it the last part of an answer waits for the client's acknowledgement; that is all that can be lost.
        let _ = stream.set_nodelay(true);
        let progress = Progress::new();
        let serving =
            connection::serve(stream, progress.clone(), self.limits, self.handler.clone(), self.shutdown.clone());
        self.register.enter(progress, async move { log_end(&serving.await) });
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::Interrupted
    )
}

/// Says 503 as far as that goes without waiting.
fn refuse(stream: TcpStream) {
    let _ = stream.into_std().and_then(|mut stream| stream.write(FULL));
}

fn log_end(end: &End) {
    match end {
        End::Finished(Ok(())) => tracing::debug!("a connection ended"),
        End::Finished(Err(error)) => tracing::debug!(%error, "a connection broke"),
        End::TimedOut => tracing::debug!("closed a connection whose client was too slow"),
        End::Drained => tracing::debug!("closed an idle connection for the shutdown"),
    }
}

struct AbortOnDrop(Arc<Register>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
