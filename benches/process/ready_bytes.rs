//! A peer of the exporter: hyper, and two files that are read once. `ready_bytes PLAIN GZIP` prints its address and
//! serves until its input ends; whoever accepts gzip gets the second file. Without files it does nothing, so that
//! `cargo bench` goes on.

use std::convert::Infallible;
use std::error::Error;
use std::io::Write as _;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<_> = std::env::args_os().skip(1).filter(|argument| argument != "--bench").collect();
    let [plain, gzip] = files.as_slice() else { return Ok(()) };
    let (plain, gzip) = (Bytes::from(std::fs::read(plain)?), Bytes::from(std::fs::read(gzip)?));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    tokio::spawn(serve(listener, plain, gzip));
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    Ok(())
}

async fn serve(listener: TcpListener, plain: Bytes, gzip: Bytes) {
    while let Ok((stream, _)) = listener.accept().await {
        // A lost option costs speed, not an answer.
        let _ = stream.set_nodelay(true);
        let (plain, gzip) = (plain.clone(), gzip.clone());
        let answer = service_fn(move |request: Request<_>| {
            let answer = answer(&request, &plain, &gzip);
            async move { Ok::<_, Infallible>(answer) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

fn answer(request: &Request<hyper::body::Incoming>, plain: &Bytes, gzip: &Bytes) -> Response<Full<Bytes>> {
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let is_gzip = accepted.is_some_and(|accepted| accepted.contains("gzip"));
    let mut response = Response::new(Full::new(if is_gzip { gzip } else { plain }.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    if is_gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
