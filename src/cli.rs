//! The command line: which command, and the flags that configure it, in the words of other Prometheus exporters.
//!
//! Only takes arguments apart. What a flag's value must be is the configuration's business, so that a bad flag is
//! reported together with a bad file. Names, help and defaults of those flags come from the table of keys.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand};

use crate::config::keys::{self, Key};
use crate::http;
use crate::telemetry::BuildInfo;

/// Exit code of a bad configuration or command line, after sysexits.h.
pub const EXIT_USAGE: u8 = 64;

/// What the program was built from.
pub static BUILD: BuildInfo = BuildInfo {
    version: env!("CARGO_PKG_VERSION"),
    revision: env!("EUC_EXPORTER_REVISION"),
    branch: env!("EUC_EXPORTER_BRANCH"),
    rustc_version: env!("EUC_EXPORTER_RUSTC_VERSION"),
};

/// What the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// What to do.
    pub command: Command,
    /// The configuration file, if one was named.
    pub config_file: Option<PathBuf>,
    /// The flags that configure, by name without dashes: the uppermost layer of the configuration.
    pub flags: Vec<(&'static str, Vec<String>)>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Answer scrapes until told to stop.
    Serve,
    /// Check the configuration and do nothing else.
    Check,
    /// Show a made-up fleet without AWS.
    #[cfg(feature = "demo")]
    Demo(Demo),
    /// Ask a running exporter whether it is healthy.
    Healthcheck {
        /// The URL to ask; that of the configured listen address when `None`.
        url: Option<String>,
    },
}

/// Which made-up fleet, and how fast it lives.
#[cfg(feature = "demo")]
#[derive(Args, Clone, Debug, PartialEq)]
pub struct Demo {
    /// Number that the fleet grows from; the same number grows the same fleet
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How many times faster than real time the fleet lives
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// A world to show instead: JSON in the shape of the AWS command line's own output; repeatable
    #[arg(long = "world", value_name = "FILE")]
    pub worlds: Vec<PathBuf>,
}

#[cfg(feature = "demo")]
fn speed(raw: &str) -> Result<f64, String> {
    let speed = raw.parse::<f64>().ok().filter(|speed| speed.is_finite() && *speed > 0.0);
    speed.ok_or_else(|| "expected a number above 0".to_owned())
}

/// Takes the arguments apart; the first is the program's name.
///
/// # Errors
///
/// A bad command line, or that the user wants to see the help or the version: print it, then leave with [`exit_code`].
pub fn parse<A: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = A>) -> Result<Invocation, clap::Error> {
    let CommandLine { asked, config_file, check, layer } = CommandLine::try_parse_from(arguments)?;
    let command = match asked {
        _ if check => Command::Check,
        None => Command::Serve,
        #[cfg(feature = "demo")]
        Some(Asked::Demo(demo)) => Command::Demo(demo),
        Some(Asked::Healthcheck { url }) => Command::Healthcheck { url },
    };
    Ok(Invocation { command, config_file, flags: layer.given() })
}

/// The exit code that belongs to what [`parse`] returned: 0 for help and version.
pub fn exit_code(error: &clap::Error) -> u8 {
    if error.use_stderr() { EXIT_USAGE } else { 0 }
}

/// The URL under which this host reaches an exporter with these settings. One that listens on every interface is asked
/// over IPv4, which a container without IPv6 has, too.
pub fn health_url(settings: &http::Settings) -> Option<String> {
    let mut address = *settings.listen_addresses.first()?;
    if address.ip().is_unspecified() {
        address.set_ip([127, 0, 0, 1].into());
    }
    Some(format!("http://{address}/-/healthy"))
}

/// The definition of the command line, for help and documents.
pub fn definition() -> clap::Command {
    CommandLine::command()
}

#[derive(Parser)]
#[command(
    name = "euc-exporter",
    version = version(),
    about = "Prometheus exporter for the golden images of Amazon WorkSpaces and AppStream 2.0",
    after_help = "Exit codes: 0 clean, 1 failure, 64 bad configuration or command line.",
    disable_help_subcommand = true
)]
struct CommandLine {
    #[command(subcommand)]
    asked: Option<Asked>,
    /// Configuration file, TOML; an environment variable overrides it, a flag overrides both
    #[arg(long = "config.file", value_name = "FILE", global = true, help_heading = "Configuration")]
    config_file: Option<PathBuf>,
    /// Check the configuration, report all that is wrong with it, and do nothing else
    #[arg(long = "config.check", action = ArgAction::SetTrue, global = true, help_heading = "Configuration")]
    check: bool,
    #[command(flatten)]
    layer: Layer,
}

#[derive(Subcommand)]
enum Asked {
    /// Show a made-up fleet: simulator and exporter in one process, no AWS account, no network
    #[cfg(feature = "demo")]
    Demo(Demo),
    /// Ask a running exporter whether it is healthy: exit 0 if so, 1 if not
    Healthcheck {
        /// URL to ask [default: /-/healthy on the first listen address of the configuration]
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
}

/// The flags of the table of keys.
#[derive(Args)]
struct Layer {
    #[arg(long = LISTEN_ADDRESS, value_name = "ADDRESS", help = help(LISTEN_ADDRESS), global = true, help_heading = "Web")]
    listen_address: Vec<String>,
    #[arg(long = TELEMETRY_PATH, value_name = "PATH", help = help(TELEMETRY_PATH), global = true, help_heading = "Web")]
    telemetry_path: Option<String>,
    #[arg(long = MAX_REQUESTS, value_name = "N", help = help(MAX_REQUESTS), global = true, help_heading = "Web")]
    max_requests: Option<String>,
    #[arg(long = LOG_LEVEL, value_name = "LEVEL", help = help(LOG_LEVEL), global = true, help_heading = "Log")]
    log_level: Option<String>,
    #[arg(long = LOG_FORMAT, value_name = "FORMAT", help = help(LOG_FORMAT), global = true, help_heading = "Log")]
    log_format: Option<String>,
}

const LISTEN_ADDRESS: &str = "web.listen-address";
const TELEMETRY_PATH: &str = "web.telemetry-path";
const MAX_REQUESTS: &str = "web.max-requests";
const LOG_LEVEL: &str = "log.level";
const LOG_FORMAT: &str = "log.format";

impl Layer {
    fn given(self) -> Vec<(&'static str, Vec<String>)> {
        let Self { listen_address, telemetry_path, max_requests, log_level, log_format } = self;
        let mut given = vec![
            (LISTEN_ADDRESS, listen_address),
            (TELEMETRY_PATH, telemetry_path.into_iter().collect()),
            (MAX_REQUESTS, max_requests.into_iter().collect()),
            (LOG_LEVEL, log_level.into_iter().collect()),
            (LOG_FORMAT, log_format.into_iter().collect()),
        ];
        given.retain(|(_, values)| !values.is_empty());
        given
    }
}

fn help(flag: &str) -> String {
    let Some(Key { help, default, expected, .. }) = keys::all().into_iter().find(|key| key.flag == Some(flag)) else {
        return String::new();
    };
    format!("{} ({expected}) [default: {}]", help.trim_end_matches('.').replace('`', ""), bare(&default))
}

/// A default as one writes it after a flag.
fn bare(default: &str) -> &str {
    default.trim_matches(['[', ']', '"'])
}

fn version() -> String {
    let BuildInfo { version, revision, branch, rustc_version } = BUILD;
    format!("{version} (branch: {branch}, revision: {revision}, rustc: {rustc_version})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Invocation {
        parse([&["euc-exporter"], arguments].concat()).expect("a good command line")
    }

    fn refused(arguments: &[&str]) -> clap::Error {
        parse([&["euc-exporter"], arguments].concat()).expect_err("a bad command line")
    }

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn no_argument_serves_by_default() {
        let expected = Invocation { command: Command::Serve, config_file: None, flags: Vec::new() };
        assert_eq!(parsed(&[]), expected);
    }

    #[test]
    fn flags_become_a_layer_of_the_configuration() {
        let invocation = parsed(&[
            "--config.file",
            "euc.toml",
            "--web.listen-address=:1",
            "--web.listen-address",
            ":2",
            "--web.max-requests=-1",
            "--log.level=loud",
        ]);
        assert_eq!(invocation.config_file, Some(PathBuf::from("euc.toml")));
        let expected = [
            ("web.listen-address", vec![":1".to_owned(), ":2".to_owned()]),
            ("web.max-requests", vec!["-1".to_owned()]),
            ("log.level", vec!["loud".to_owned()]),
        ];
        assert_eq!(invocation.flags, expected);
    }

    #[test]
    fn global_flags_work_after_the_subcommand_too() {
        let invocation = parsed(&["healthcheck", "--web.listen-address", ":1", "--url", "http://localhost/x"]);
        assert_eq!(invocation.command, Command::Healthcheck { url: Some("http://localhost/x".to_owned()) });
        assert_eq!(invocation.flags, [("web.listen-address", vec![":1".to_owned()])]);
        assert_eq!(parsed(&["--config.check"]).command, Command::Check);
    }

    #[cfg(feature = "demo")]
    #[test]
    fn the_demo_has_a_seed_a_speed_and_worlds() {
        let Command::Demo(demo) = parsed(&["demo"]).command else { panic!("the demo was asked for") };
        assert_eq!(demo, Demo { seed: 1, speed: 1.0, worlds: Vec::new() });
        let arguments = ["demo", "--seed", "7", "--speed", "60", "--world", "a.json", "--world", "b.json"];
        let Command::Demo(demo) = parsed(&arguments).command else { panic!("the demo was asked for") };
        assert_eq!(demo, Demo { seed: 7, speed: 60.0, worlds: vec!["a.json".into(), "b.json".into()] });
        for speed in ["0", "-1", "NaN", "inf", "fast"] {
            assert_eq!(exit_code(&refused(&["demo", &format!("--speed={speed}")])), EXIT_USAGE, "{speed}");
        }
    }

    #[test]
    fn a_bad_command_line_is_a_usage_error_and_help_is_none() {
        for arguments in [["--nonsense"], ["serve"], ["--log.level"], ["--config.check=yes"]] {
            assert_eq!(exit_code(&refused(&arguments)), EXIT_USAGE, "{arguments:?}");
        }
        for arguments in [["--help"], ["-h"], ["--version"]] {
            assert_eq!(exit_code(&refused(&arguments)), 0, "{arguments:?}");
        }
    }

    #[test]
    fn every_flag_of_the_table_exists_and_shows_its_default() {
        let help = definition().term_width(0).render_long_help().to_string();
        for key in keys::all() {
            let Some(flag) = key.flag else { continue };
            assert!(help.contains(&format!("--{flag} <")), "{flag}");
            assert!(help.contains(&format!("[default: {}]", bare(&key.default))), "{flag}");
        }
    }

    #[test]
    fn the_version_names_branch_and_revision() {
        let version = refused(&["--version"]).to_string();
        for part in ["euc-exporter ", BUILD.version, BUILD.branch, BUILD.revision, BUILD.rustc_version] {
            assert!(version.contains(part), "{version}");
        }
    }

    #[test]
    fn health_is_asked_on_loopback_when_every_interface_is_listened_on() {
        for (listen, url) in [
            ("127.0.0.1:10046", "http://127.0.0.1:10046/-/healthy"),
            ("0.0.0.0:1", "http://127.0.0.1:1/-/healthy"),
            ("[::]:1", "http://127.0.0.1:1/-/healthy"),
        ] {
            let mut settings = crate::config::Config::default().http;
            settings.listen_addresses = vec![listen.parse().expect(listen)];
            assert_eq!(health_url(&settings).as_deref(), Some(url));
        }
    }
}
