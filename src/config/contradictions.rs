//! Settings that are right each by itself, and cannot be right together.

use std::time::Duration;

use super::problem::Problem;
use super::{Config, Found};
use crate::collectors::{self, Entry};

/// What contradicts what; keys that are wrong already are not judged again.
pub(super) fn find(config: &Config, found: &Found) -> Vec<Problem> {
    let aws = &config.aws;
    let connect = ("aws.connect_timeout", aws.connect_timeout);
    let attempt = ("aws.attempt_timeout", aws.attempt_timeout);
    let operation = ("aws.operation_timeout", aws.operation_timeout);
    [
        longer_than(connect, attempt, found),
        longer_than(attempt, operation, found),
        listened_twice(config, found),
        all_disabled(config, found),
    ]
    .into_iter()
    .flatten()
    .chain(collectors::ALL.iter().filter_map(|entry| lacks_its_need(entry, config, found)))
    .collect()
}

fn longer_than(inner: (&str, Duration), outer: (&str, Duration), found: &Found) -> Option<Problem> {
    let ((inner, inner_time), (outer, outer_time)) = (inner, outer);
    let ((inner_origin, inner_shown), (outer_origin, outer_shown)) = (found.good(inner)?, found.good(outer)?);
    (inner_time > outer_time).then(|| Problem {
        origin: inner_origin.clone(),
        key: inner.to_owned(),
        value: Some(inner_shown),
        message: format!("longer than {outer} = {outer_shown} ({outer_origin}), which contains it"),
        suggestion: None,
    })
}

/// Port 0 is any free port, so it may stand there twice; one socket on every interface takes the port from all others.
fn listened_twice(config: &Config, found: &Found) -> Option<Problem> {
    let addresses = &config.http.listen_addresses;
    let (origin, _) = found.good("web.listen_address")?;
    let everywhere = addresses.iter().find(|every| {
        let shares_port = |other: &&std::net::SocketAddr| other.port() == every.port() && other.port() != 0;
        every.ip().is_unspecified() && every.is_ipv6() && addresses.iter().filter(shares_port).count() > 1
    })?;
    Some(Problem {
        origin: origin.clone(),
        key: "web.listen_address".to_owned(),
        value: Some(format!("\"{everywhere}\"")),
        message: "is every interface, so no other address can have its port".to_owned(),
        suggestion: None,
    })
}

/// A collector that builds on another's findings finds nothing without it.
fn lacks_its_need(entry: &Entry, config: &Config, found: &Found) -> Option<Problem> {
    let enabled = |name| config.collectors.iter().any(|collector| collector.enabled && collector.name == name);
    let need = entry.needs.filter(|need| enabled(entry.name) && !enabled(*need))?;
    let key = format!("collectors.{}.enabled", entry.name);
    let (disabled, _) = found.good(&format!("collectors.{need}.enabled"))?;
    let (_, value) = found.good(&key)?;
    Some(Problem {
        origin: disabled.clone(),
        key,
        value: Some(value),
        message: format!("asks about what {need} has found, which is disabled; disable both or none"),
        suggestion: None,
    })
}

fn all_disabled(config: &Config, found: &Found) -> Option<Problem> {
    let switches: Option<Vec<_>> = config
        .collectors
        .iter()
        .map(|collector| found.good(&format!("collectors.{}.enabled", collector.name)).map(|(origin, _)| origin))
        .collect();
    let last = switches?.into_iter().max()?.clone();
    config.collectors.iter().all(|collector| !collector.enabled).then(|| Problem {
        origin: last,
        key: "collectors".to_owned(),
        value: None,
        message: "every collector is disabled, expected at least one with enabled = true".to_owned(),
        suggestion: None,
    })
}
