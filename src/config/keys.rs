//! The table of every key: name, default, what is expected, what it means, its flag, and how it enters [`Config`].
//!
//! From here come the layer of defaults, the check for unknown keys, the help of the command line,
//! docs/configuration.md and config.example.toml. The keys of collectors come from [`collectors::ALL`].

use std::time::Duration;

use figment::value::Value;

use super::places::{account, endpoint, listen_addresses, regions, telemetry_path};
use super::rules::{Rule, Shape, Wrong, boolean, calls_per_second, duration, whole, word, words};
use super::{Config, aws, collectors};
use crate::logging::{Format, Level};

/// Prefix of the environment variables; two underscores stand between the levels of a key.
pub const ENVIRONMENT_PREFIX: &str = "EUC_EXPORTER__";

/// One setting.
pub struct Key {
    /// Its full name, such as `web.max_requests`.
    pub path: String,
    /// Its default, as TOML.
    pub default: String,
    /// The form of its value; fits after "expected".
    pub expected: String,
    /// What it means, one sentence.
    pub help: String,
    /// Its flag on the command line without the dashes, if it has one.
    pub flag: Option<&'static str>,
    pub(super) shape: Shape,
    pub(super) apply: Apply,
}

/// Reads a value into the configuration.
pub(super) type Apply = Box<dyn Fn(&Value, &mut Config) -> Result<(), Vec<Wrong>>>;

impl Key {
    /// Its environment variable.
    pub fn variable(&self) -> String {
        format!("{ENVIRONMENT_PREFIX}{}", self.path.to_ascii_uppercase().replace('.', "__"))
    }

    fn flag(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }
}

fn key<T: 'static>(
    path: impl Into<String>,
    default: impl Into<String>,
    rule: Rule<T>,
    set: impl Fn(&mut Config, T) + 'static,
    help: impl Into<String>,
) -> Key {
    let Rule { shape, expected, parse } = rule;
    let apply = move |value: &Value, config: &mut Config| {
        set(config, parse(value)?);
        Ok(())
    };
    let (path, default, help) = (path.into(), default.into(), help.into());
    Key { path, default, expected, help, flag: None, shape, apply: Box::new(apply) }
}

/// Every key, in the order of the documents.
pub fn all() -> Vec<Key> {
    let collectors = collectors::ALL.iter().enumerate().flat_map(|(index, entry)| of_collector(index, entry));
    of_process().into_iter().chain(of_aws()).chain(of_cache()).chain(collectors).collect()
}

#[rustfmt::skip] // A row is read as a row.
fn of_process() -> Vec<Key> {
    vec![
        key("web.listen_address", r#"["127.0.0.1:10046"]"#, listen_addresses(), |to, it| to.http.listen_addresses = it,
            "Addresses to listen on; `:10046` is every interface, IPv6 and IPv4 (where the kernel has no IPv6, write `0.0.0.0:10046`).")
            .flag("web.listen-address"),
        key("web.telemetry_path", r#""/metrics""#, telemetry_path(), |to, it| to.http.telemetry_path = it,
            "Path under which the metrics are served.")
            .flag("web.telemetry-path"),
        key("web.max_requests", "40", whole(1..=100_000), |to, it| to.http.max_requests = usize::try_from(it).unwrap_or(usize::MAX),
            "Scrapes that are answered at the same time; one more gets 503.")
            .flag("web.max-requests"),
        key("web.max_scrape_wait", r#""9s""#, duration(MILLISECONDS_100..=MINUTES_5, "9s"), |to, it| to.refresh.max_scrape_wait = it,
            "Longest that a scrape waits for data that was never read; the scrape timeout that Prometheus sends shortens it."),
        key("log.level", r#""info""#, word(LEVELS), |to, it| to.logging.level = it,
            "Least severe events that are logged.")
            .flag("log.level"),
        key("log.format", r#""logfmt""#, word(FORMATS), |to, it| to.logging.format = it,
            "Form of a log line.")
            .flag("log.format"),
    ]
}

#[rustfmt::skip] // A row is read as a row.
fn of_aws() -> Vec<Key> {
    let timeout = |example| duration(MILLISECONDS_10..=MINUTES_10, example);
    let burst = || whole(1..=10_000);
    vec![
        key("aws.account_id", r#""""#, account(), |to, it| to.aws.account_id = it,
            "The account that the credentials must belong to; empty: any."),
        key("aws.regions", "[]", regions(), |to, it| to.aws.regions = it,
            "Regions to read; empty: the region of `AWS_REGION`, of `AWS_DEFAULT_REGION`, or else the one that the AWS SDK finds."),
        key("aws.endpoint_url", r#""""#, endpoint(), |to, it| to.aws.endpoint_url = it,
            "A VPC endpoint or test server to call instead of the public endpoints of AWS, for every service; empty: `AWS_ENDPOINT_URL`, if set; plain http is refused but for loopback."),
        key("aws.connect_timeout", r#""3s""#, timeout("3s"), |to, it| to.aws.connect_timeout = it,
            "Longest time to open a connection to AWS."),
        key("aws.attempt_timeout", r#""10s""#, timeout("10s"), |to, it| to.aws.attempt_timeout = it,
            "Longest time for one HTTP request to AWS and its answer; not shorter than connect_timeout."),
        key("aws.operation_timeout", r#""30s""#, timeout("30s"), |to, it| to.aws.operation_timeout = it,
            "Longest time for one call of an AWS operation with all its retries; not shorter than attempt_timeout."),
        key("aws.max_attempts", "3", whole(1..=10), |to, it| to.aws.max_attempts = it,
            "How often one call is tried at most; 1 is no retry."),
        key("aws.rate.workspaces.per_second", "1.0", calls_per_second(), |to, it| to.aws.workspaces_rate.per_second = it,
            "WorkSpaces calls a second in the long run, for each account and region."),
        key("aws.rate.workspaces.burst", "4", burst(), |to, it| to.aws.workspaces_rate.burst = it,
            "WorkSpaces calls that may go at once after a rest."),
        key("aws.rate.appstream.per_second", "5.0", calls_per_second(), |to, it| to.aws.appstream_rate.per_second = it,
            "AppStream calls a second in the long run, for each account and region."),
        key("aws.rate.appstream.burst", "10", burst(), |to, it| to.aws.appstream_rate.burst = it,
            "AppStream calls that may go at once after a rest."),
    ]
}

#[rustfmt::skip] // A row is read as a row.
fn of_cache() -> Vec<Key> {
    vec![
        key("cache.stale_after", "4", whole(1..=1000), |to, it| to.refresh.stale_after = it,
            "Age, in refresh intervals, from which data that could not be read anew is no longer shown."),
    ]
}

fn of_collector(index: usize, entry: &collectors::Entry) -> Vec<Key> {
    let collectors::Entry { name, help, refresh_interval, filter, .. } = entry;
    let path = |key: &str| format!("collectors.{name}.{key}");
    let interval = humantime::format_duration(*refresh_interval).to_string();
    let mut keys = vec![
        key(
            path("enabled"),
            "true",
            boolean(),
            move |to, it| to.collectors[index].enabled = it,
            format!("Whether this collector runs. It reads: {help}"),
        ),
        key(
            path("refresh_interval"),
            format!("\"{interval}\""),
            duration(SECOND..=DAYS_7, &interval),
            move |to, it| to.collectors[index].refresh_interval = it,
            "Age from which a scrape has the data of this collector read anew.",
        ),
    ];
    keys.extend(filter.map(|filter| {
        let default: Vec<String> = filter.default.iter().map(|word| format!("\"{word}\"")).collect();
        let set = move |to: &mut Config, it| to.collectors[index].chosen = it;
        key(path(filter.key), format!("[{}]", default.join(", ")), words(filter.allowed), set, filter.help)
    }));
    keys
}

const LEVELS: &[(&str, Level)] =
    &[("debug", Level::Debug), ("info", Level::Info), ("warn", Level::Warn), ("error", Level::Error)];
const FORMATS: &[(&str, Format)] = &[("logfmt", Format::Logfmt), ("json", Format::Json)];

const MILLISECONDS_10: Duration = Duration::from_millis(10);
const MILLISECONDS_100: Duration = Duration::from_millis(100);
const SECOND: Duration = Duration::from_secs(1);
const MINUTES_5: Duration = Duration::from_mins(5);
const MINUTES_10: Duration = Duration::from_mins(10);
const DAYS_7: Duration = Duration::from_hours(7 * 24);

/// What every field holds until the defaults are read into it.
pub(super) fn blank() -> Config {
    let nothing = aws::Rate { per_second: 0.0, burst: 0 };
    let of_collector = |entry: &collectors::Entry| collectors::Settings {
        name: entry.name,
        enabled: false,
        refresh_interval: Duration::ZERO,
        chosen: Vec::new(),
    };
    Config {
        http: super::http::Settings { listen_addresses: Vec::new(), telemetry_path: String::new(), max_requests: 0 },
        logging: super::logging::Settings { level: Level::Error, format: Format::Json },
        aws: aws::Settings {
            account_id: None,
            regions: Vec::new(),
            endpoint_url: None,
            connect_timeout: Duration::ZERO,
            attempt_timeout: Duration::ZERO,
            operation_timeout: Duration::ZERO,
            max_attempts: 0,
            workspaces_rate: nothing,
            appstream_rate: nothing,
        },
        refresh: super::refresh::Settings { stale_after: 0, max_scrape_wait: Duration::ZERO },
        collectors: collectors::ALL.iter().map(of_collector).collect(),
    }
}
