//! A real server on loopback, spoken to in raw bytes. Order and closure are asserted, never how long it took.

use super::*;
use bytes::Bytes;
use hyper::StatusCode;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const KEEP: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(20);
/// More than any kernel buffers.
const LARGE: usize = 20_000_000;

struct Server {
    address: SocketAddr,
    shutdown: CancellationToken,
    /// One permit for each answer of `/gated` that may be given.
    gate: Arc<Semaphore>,
    /// One permit for each request to `/gated` or `/hang` that has reached the handler.
    arrived: Arc<Semaphore>,
    /// One permit for each answer of `/large` that the server has let go of.
    released: Arc<Semaphore>,
    task: JoinHandle<Drain>,
}

struct Page {
    bytes: Bytes,
    released: Arc<Semaphore>,
}

impl AsRef<[u8]> for Page {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.released.add_permits(1);
    }
}

async fn start(limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let [gate, arrived, released] = [(); 3].map(|()| Arc::new(Semaphore::new(0)));
    let page = Bytes::from(vec![b'x'; LARGE]);
    let semaphores = (gate.clone(), arrived.clone(), released.clone());
    let handler = move |request: Request<Incoming>| {
        let (gate, arrived, released) = semaphores.clone();
        let page = Bytes::from_owner(Page { bytes: page.clone(), released });
        async move {
            match request.uri().path() {
                "/large" => text(StatusCode::OK, page),
                "/gated" => {
                    arrived.add_permits(1);
                    gate.acquire().await.unwrap().forget();
                    text(StatusCode::OK, page)
                }
                "/hang" => {
                    arrived.add_permits(1);
                    std::future::pending().await
                }
                "/panic" => panic!("as asked"),
                _ => text(StatusCode::OK, format!("{} ok", request.method())),
            }
        }
    };
    let task = tokio::spawn(run(vec![listener], limits, handler, shutdown.clone()));
    Server { address, shutdown, gate, arrived, released, task }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn send(&self, request: impl AsRef<[u8]>) -> TcpStream {
        let mut client = self.connect().await;
        client.write_all(request.as_ref()).await.unwrap();
        client
    }

    /// All that comes back until the server closes.
    async fn exchange(&self, request: impl AsRef<[u8]>) -> String {
        read_to_end(self.send(request).await).await
    }

    async fn status(&self, request: impl AsRef<[u8]>) -> u16 {
        status(&self.exchange(request).await)
    }

    async fn assert_works(&self) {
        assert!(self.exchange(GET).await.ends_with("\r\n\r\nGET ok"));
    }

    async fn arrival(&self) {
        timeout(PATIENCE, self.arrived.acquire()).await.unwrap().unwrap().forget();
    }

    async fn end(self) -> Drain {
        self.shutdown.cancel();
        timeout(PATIENCE, self.task).await.unwrap().unwrap()
    }
}

/// A reset counts as the end.
async fn read_to_end(mut client: TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(PATIENCE, client.read_to_end(&mut bytes)).await.expect("the server closes the connection");
    String::from_utf8(bytes).unwrap()
}

async fn read_some(client: &mut TcpStream) -> String {
    let mut buffer = [0; 4096];
    let count = timeout(PATIENCE, client.read(&mut buffer)).await.expect("an answer").unwrap();
    String::from_utf8_lossy(&buffer[..count]).into_owned()
}

/// 0 for a connection closed without a word.
fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).map_or(0, |status| status.parse().unwrap())
}

fn short() -> Limits {
    let moment = Duration::from_millis(300);
    Limits { header_timeout: moment, idle_timeout: moment, write_timeout: moment, ..Limits::default() }
}

#[tokio::test]
async fn clients_that_do_not_finish_a_header_are_left() {
    let server = start(short()).await;
    for beginning in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        assert_eq!(server.status(beginning).await, 0, "{beginning:?}");
    }
    let mut dripping = server.send("GET / HTTP/1.1\r\nHost: a\r\n").await;
    while dripping.write_all(b"A: b\r\n").await.is_ok() {
        sleep(Duration::from_millis(20)).await;
    }
    server.assert_works().await;
}

#[tokio::test]
async fn an_idle_connection_is_left_after_its_answer() {
    let server = start(short()).await;
    assert!(server.exchange(KEEP).await.ends_with("GET ok"));
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        client.write_all(KEEP.as_bytes()).await.unwrap();
        assert!(read_some(&mut client).await.ends_with("GET ok"));
    }
    let pipelined = server.exchange([KEEP, KEEP, GET].concat()).await;
    assert_eq!(pipelined.matches("GET ok").count(), 3);
}

#[tokio::test]
async fn a_header_too_large_is_431_and_a_target_too_long_414() {
    let server = start(Limits::default()).await;
    let field = |bytes| format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(bytes));
    let target = |bytes| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(bytes));
    let fields = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(200));
    for (request, expected) in
        [(field(64 << 10), 431), (fields, 431), (target(9 << 10), 414), (target(70_000), 414), (field(17 << 10), 431)]
    {
        assert_eq!(server.status(&request).await, expected, "{} bytes", request.len());
    }
    server.assert_works().await;
}

#[tokio::test]
async fn a_megabyte_of_header_is_refused_unread() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    let flood = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(1 << 20));
    let _ = client.write_all(flood.as_bytes()).await;
    assert!(matches!(status(&read_to_end(client).await), 431 | 0));
    server.assert_works().await;
}

#[tokio::test]
async fn whatever_two_servers_could_read_in_two_ways_is_400_and_the_end() {
    let server = start(Limits::default()).await;
    let second = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n";
    for (name, head) in [
        ("TE and CL", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
        ("CL and TE", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("two CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello"),
        ("CL list", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 5\r\n\r\nhello"),
        ("signed CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"),
        ("xchunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("TE list", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        ("TE gzip", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("TE in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("folded", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
        ("space before colon", "GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n"),
        ("bare LF", "GET / HTTP/1.1\nHost: a\n\n"),
        ("one bare LF", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
        ("LF for the end", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        ("bare CR", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
        ("NUL", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"),
        ("no Host", "GET / HTTP/1.1\r\n\r\n"),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        ("HTTP/0.9", "GET /\r\n\r\n"),
        ("HTTP/2 in clear", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ] {
        let answer = server.exchange([head, second].concat()).await;
        // hyper knows the preface of HTTP/2 and closes without a word.
        let expected = if name == "HTTP/2 in clear" { 0 } else { 400 };
        assert_eq!(
            (status(&answer), answer.matches("HTTP/1").count()),
            (expected, usize::from(expected > 0)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_bare_line_feed_in_two_pieces_is_refused_at_once() {
    let server = start(Limits::default()).await;
    let mut client = server.send("GET / HTTP/1.1").await;
    sleep(Duration::from_millis(20)).await;
    client.write_all(b"\nHost: a\n\n").await.unwrap();
    assert_eq!(status(&read_to_end(client).await), 400);
}

#[tokio::test]
async fn a_body_is_refused_without_being_read() {
    let server = start(Limits::default()).await;
    let mut client = server.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n").await;
    let sent = async {
        let mut sent = 0;
        while sent < 10_000_000
            && let Ok(count) = client.write(&[0; 8 << 10]).await
        {
            sent += count;
        }
        sent
    };
    assert!(timeout(PATIENCE, sent).await.unwrap() < 10_000_000, "the kernels' buffers are all that is filled");
    let head = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
    for body in ["", "hello", "hello, more than announced"] {
        assert_eq!(server.status([head, body].concat()).await, 413, "{body}");
    }
    let expecting = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    assert_eq!(server.status(expecting).await, 413);
    let empty = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert!(server.exchange(empty).await.ends_with("POST ok"));
}

#[tokio::test]
async fn odd_methods_reach_the_handler_and_harm_nothing() {
    let server = start(Limits::default()).await;
    for method in ["FOO", "TRACE", "DELETE", "OPTIONS", "get"] {
        let answer = server.exchange(format!("{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.ends_with(&format!("{method} ok")), "{answer}");
    }
    assert_eq!(server.status("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n").await, 200);
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n\r\n";
    assert!(server.exchange(upgrade).await.ends_with("GET ok"));
    server.assert_works().await;
}

#[tokio::test]
async fn head_has_the_length_of_get_and_no_body() {
    let server = start(Limits::default()).await;
    let answer = server.exchange("HEAD /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.contains(&format!("content-length: {LARGE}\r\n")) && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn a_panic_is_500_and_ends_only_its_own_connection() {
    let server = start(Limits::default()).await;
    let mut other = server.send(KEEP).await;
    assert_eq!(status(&read_some(&mut other).await), 200);
    assert_eq!(server.status("GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").await, 500);
    other.write_all(KEEP.as_bytes()).await.unwrap();
    assert_eq!(status(&read_some(&mut other).await), 200);
}

#[tokio::test]
async fn slow_readers_are_left_and_hinder_nobody() {
    let server = start(Limits { write_timeout: Duration::from_millis(300), ..Limits::default() }).await;
    let mut readers = Vec::new();
    for _ in 0..20 {
        readers.push(server.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await);
    }
    server.assert_works().await;
    // Those of the slow ones, and the one that was made for `/` in vain.
    let released = server.released.acquire_many(21);
    timeout(PATIENCE, released).await.expect("all answers are given up").unwrap().forget();
    for reader in readers {
        assert!(read_to_end(reader).await.len() < LARGE);
    }
}

#[tokio::test]
async fn idle_connections_make_room_for_one_that_works() {
    let server = start(Limits { connections: 100, ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..1000 {
        idle.push(server.connect().await);
        if idle.len() % 100 == 0 {
            server.assert_works().await;
        }
    }
    let mut ends: JoinSet<_> = idle.into_iter().map(read_to_end).collect();
    for _ in 0..900 {
        assert_eq!(ends.join_next().await.unwrap().unwrap(), "");
    }
}

#[tokio::test]
async fn a_thousand_idle_connections_below_the_cap_stay() {
    let server = start(Limits { connections: 1100, ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..1000 {
        idle.push(server.send("GET / HTTP/1.1\r\n").await);
    }
    server.assert_works().await;
    let mut oldest = idle.swap_remove(0);
    oldest.write_all(b"Host: a\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(read_to_end(oldest).await.ends_with("GET ok"));
}

#[tokio::test]
async fn above_the_cap_a_new_connection_gets_503_while_all_are_at_work() {
    let server = start(Limits { connections: 2, ..Limits::default() }).await;
    let gated = "GET /gated HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let running = [server.send(gated).await, server.send(gated).await];
    server.arrival().await;
    server.arrival().await;
    assert_eq!(status(&read_to_end(server.connect().await).await), 503);
    server.gate.add_permits(2);
    for client in running {
        assert!(read_to_end(client).await.len() > LARGE);
    }
    server.assert_works().await;
}

#[tokio::test]
async fn a_shutdown_waits_for_running_requests_to_their_last_byte_and_takes_no_more() {
    let server = start(Limits { drain: PATIENCE, ..Limits::default() }).await;
    let mut idle = server.send(KEEP).await;
    assert_eq!(status(&read_some(&mut idle).await), 200);
    let half = server.send("GET / HT").await;
    let running = server.send("GET /gated HTTP/1.1\r\nHost: a\r\n\r\n").await;
    server.arrival().await;
    server.shutdown.cancel();
    assert_eq!(read_to_end(idle).await, "");
    assert_eq!(read_to_end(half).await, "");
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    server.gate.add_permits(1);
    let answer = read_to_end(running).await;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.len());
    assert!(answer.contains("connection: close") && body == Some(LARGE));
    assert_eq!(server.end().await, Drain::Complete);
}

#[tokio::test]
async fn a_request_that_hangs_does_not_hold_the_shutdown_up() {
    let server = start(Limits { drain: Duration::from_millis(50), ..Limits::default() }).await;
    let hung = server.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n").await;
    server.arrival().await;
    assert_eq!(server.end().await, Drain::CutOff { connections: 1 });
    assert_eq!(read_to_end(hung).await, "");
}

#[tokio::test]
async fn a_dropped_server_leaves_no_connection_behind() {
    let server = start(Limits::default()).await;
    let hung = server.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n").await;
    server.arrival().await;
    server.task.abort();
    assert_eq!(read_to_end(hung).await, "");
}
