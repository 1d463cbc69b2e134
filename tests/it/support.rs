//! An exporter and a simulator in one process, and the few words that tests speak with them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use euc_exporter::app::App;
use euc_exporter::aws::{Credentials, Identity, Rate};
use euc_exporter::clock::Clock;
use euc_exporter::config::Config;
use euc_exporter::domain::Operation;
use euc_exporter::simulator::{Inventory, Simulator, World, credentials};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-west-1";

/// Sunday, 22 November 2026, 12:00 UTC: what the exporters of these tests take for the time of their start.
pub(crate) const START: f64 = 1_795_348_800.0;

/// A world of one account in one region.
pub(crate) fn world(build: impl FnOnce(Inventory) -> Inventory) -> World {
    World::new().account(ACCOUNT, |account| account.region(REGION, build))
}

/// A simulator on a port of the system's choice.
pub(crate) fn simulator(world: World) -> Simulator {
    Simulator::start(world, ([127, 0, 0, 1], 0).into()).expect("a free port on loopback")
}

pub(crate) fn image(number: usize) -> Value {
    json!({"ImageId": format!("wsi-{number:09}"), "Name": format!("image {number}"), "State": "AVAILABLE"})
}

pub(crate) fn builder(number: usize) -> Value {
    json!({"Name": format!("builder-{number:04}"), "State": "STOPPED", "Platform": "WINDOWS_SERVER_2022"})
}

pub(crate) fn appstream_image(number: usize) -> Value {
    json!({"Arn": format!("arn:aws:appstream:{REGION}:{ACCOUNT}:image/image-{number:04}"),
           "Name": format!("image-{number:04}"), "State": "AVAILABLE", "Visibility": "PRIVATE"})
}

/// An exporter that serves, until it is dropped.
pub(crate) struct Exporter {
    address: SocketAddr,
    stop: CancellationToken,
    pub(crate) serving: JoinHandle<()>,
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Exporter {
    /// Starts one for the first account of the simulator, in all its regions, without limits on calls.
    pub(crate) async fn start(simulator: &Simulator) -> Self {
        Self::start_with(simulator, |_| {}).await
    }

    /// Starts one whose configuration is changed first.
    pub(crate) async fn start_with(simulator: &Simulator, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with_token(simulator, None, change).await
    }

    /// Starts one whose keys come with a session token.
    pub(crate) async fn start_with_token(
        simulator: &Simulator,
        token: Option<&str>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let world = simulator.world();
        let account = world.account_ids().next().expect("a world has an account").clone();
        let unlimited = Rate { per_second: 0.0, burst: 1 };
        let mut config = Config::default();
        config.aws.endpoint_url = Some(simulator.url());
        config.aws.regions = world.regions(&account).cloned().collect();
        config.aws.workspaces_rate = unlimited;
        config.aws.appstream_rate = unlimited;
        change(&mut config);

        let (access_key, secret) = credentials(&account);
        let identity = Identity::Keys(Credentials::new(access_key, secret, token.map(str::to_owned), None, "test"));
        let app = App::new(config, identity, Clock::starting_at(START)).expect("registers once");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let serving = tokio::spawn(app.serve(vec![listener], stop.clone()));
        Self { address, stop, serving }
    }

    /// The metrics as text.
    pub(crate) async fn scrape(&self) -> String {
        let answer = self.get("/metrics", "").await;
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.body).expect("metrics are UTF-8")
    }

    pub(crate) async fn get(&self, path: &str, headers: &str) -> Answer {
        self.send("GET", path, headers).await
    }

    /// Sends a request; `headers` are lines that end in CRLF.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.expect("the exporter listens");
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n", self.address);
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.expect("answered");
        Answer::parse(&bytes)
    }

    /// Tells it to stop.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
        let head = std::str::from_utf8(&bytes[..end]).expect("an ASCII head");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status line");
        let headers =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// The sample lines of AWS's resources.
pub(crate) fn resources(scrape: &str) -> Vec<&str> {
    scrape.lines().filter(|line| line.starts_with("aws_")).collect()
}

/// The lines of one family that have all of these parts.
pub(crate) fn lines<'a>(scrape: &'a str, family: &str, parts: &[&str]) -> Vec<&'a str> {
    let of_family = |line: &&str| line.strip_prefix(family).is_some_and(|rest| rest.starts_with(['{', ' ']));
    scrape.lines().filter(of_family).filter(|line| parts.iter().all(|part| line.contains(part))).collect()
}

/// The value of the only series of a family that has all of these parts.
pub(crate) fn value(scrape: &str, family: &str, parts: &[&str]) -> f64 {
    let found = lines(scrape, family, parts);
    assert_eq!(found.len(), 1, "{family} {parts:?}: {found:?}");
    found[0].rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// How the last refresh of a collector went: `success`, `failed: CLASS`, or `none yet`.
pub(crate) fn outcome(scrape: &str, collector: &str) -> String {
    let part = format!("collector=\"{collector}\"");
    match lines(scrape, "euc_exporter_collector_success", &[&part]).as_slice() {
        [] => "none yet".to_owned(),
        [line] if line.ends_with(" 1") => "success".to_owned(),
        [_] => {
            let errors = lines(scrape, "euc_exporter_collector_error", &[&part]);
            assert_eq!(errors.len(), 1, "{errors:?}");
            let class = errors[0].split("error=\"").nth(1).and_then(|rest| rest.split('"').next());
            format!("failed: {}", class.expect("a class"))
        }
        more => panic!("{more:?}"),
    }
}

/// Lets time jump without waiting for it. Needs a runtime of one thread.
pub(crate) async fn jump(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// Scrapes until the text satisfies the condition, at most five seconds.
pub(crate) async fn scrape_until(exporter: &Exporter, condition: impl Fn(&str) -> bool) -> String {
    for _ in 0..250 {
        let scrape = exporter.scrape().await;
        if condition(&scrape) {
            return scrape;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came: {}", exporter.scrape().await);
}

/// How many requests of an operation came.
pub(crate) fn calls(simulator: &Simulator, operation: Operation) -> usize {
    simulator.count(operation)
}
