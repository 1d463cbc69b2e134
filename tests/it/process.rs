//! The program itself: what it prints, with which code it leaves, what it does without credentials.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// The program with nothing in its environment but what keeps it off the network.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_euc-exporter"));
    command.args(arguments).env_clear().env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

/// A running exporter that is killed when the test ends, however it ends.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
    log: BufReader<std::process::ChildStderr>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts on a port of the system's choice and learns it from the log.
    fn start(arguments: &[&str]) -> Self {
        Self::start_in(arguments, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn start_in(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = program(&[&["--web.listen-address=127.0.0.1:0"], arguments].concat());
        command.envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut log = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        while !line.contains("msg=listening") {
            line.clear();
            assert!(log.read_line(&mut line).expect("a log") > 0, "it ended before it listened");
        }
        let address =
            line.split("address=").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("an address");
        Self { child, address: address.to_owned(), log }
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// The exit code, within a bound that only a hang reaches, and the rest of the log.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        for _ in 0..1_500 {
            if let Some(status) = self.child.try_wait().expect("a child") {
                let mut log = String::new();
                self.log.read_to_string(&mut log).expect("a log");
                return (status.code(), log);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end");
    }
}

#[test]
fn without_credentials_it_serves_and_says_what_is_wrong() {
    {
        let exporter = Running::start(&[]);
        assert!(exporter.get("/-/healthy").starts_with("HTTP/1.1 200"));
        let metrics = exporter.get("/metrics");
        assert!(metrics.starts_with("HTTP/1.1 200"));
        assert_eq!(metrics.matches(r#"error="credentials"} 1"#).count(), 4, "{metrics}");
        assert!(!metrics.contains("\naws_"), "no series of anything that was never read");
        exporter.signal("TERM");
        let (code, log) = exporter.end();
        assert_eq!(code, Some(0));
        assert!(log.contains("credential") && log.contains("AWS_REGION"), "{log}");
    }
}

#[test]
fn a_signal_ends_it_cleanly() {
    for signal in ["TERM", "INT"] {
        let exporter = Running::start(&[]);
        exporter.signal(signal);
        let (code, log) = exporter.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("stopped"), "{log}");
    }
}

#[test]
fn health_can_be_asked_without_a_shell() {
    let exporter = Running::start(&[]);
    let url = format!("http://{}/-/healthy", exporter.address);
    assert_eq!(run(&["healthcheck", "--url", &url]).status.code(), Some(0));
    let address = format!("--web.listen-address={}", exporter.address);
    assert_eq!(run(&["healthcheck", &address]).status.code(), Some(0), "it derives the URL from the configuration");
    assert_eq!(run(&["healthcheck", "--url", &url.replace("healthy", "nothing")]).status.code(), Some(1));
    drop(exporter);
    let gone = run(&["healthcheck", "--url", &url]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(text(&gone.stderr).contains("refused"), "{}", text(&gone.stderr));
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let exporter = Running::start(&[]);
    let second = run(&[&format!("--web.listen-address={}", exporter.address)]);
    assert_eq!(second.status.code(), Some(1));
    let log = text(&second.stderr);
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains(&exporter.address) && log.contains("in use"), "{log}");
}

#[test]
fn bad_configurations_and_command_lines_leave_with_64() {
    for arguments in [
        &["--config.file=/nowhere/at/all.toml"] as &[&str],
        &["--log.level=loud"],
        &["--no-such-flag"],
        &["--config.check", "--web.telemetry-path=metrics"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{arguments:?}");
    }
    let valid = run(&["--config.check"]);
    assert_eq!((valid.status.code(), text(&valid.stdout).as_str()), (Some(0), "configuration is valid\n"));
    let version = run(&["--version"]);
    assert!(text(&version.stdout).starts_with(concat!("euc-exporter ", env!("CARGO_PKG_VERSION"))));
}
