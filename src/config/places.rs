//! The settings that name a place: listen addresses, the path of the metrics, AWS's regions, account and endpoint.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::nearest::nearest;
use super::rules::{Rule, Wrong, at_least_one, list, text};
use crate::domain::{AccountId, Region};

/// Addresses to listen on.
pub(crate) fn listen_addresses() -> Rule<Vec<SocketAddr>> {
    at_least_one(list("a list of addresses such as \"127.0.0.1:10046\" or \":10046\", at least one", listen_address))
}

fn listen_address(raw: &str) -> Result<SocketAddr, Wrong> {
    if let Ok(address) = raw.parse() {
        return Ok(address);
    }
    let address = raw.rsplit_once(':').and_then(|(host, port)| {
        let ip = match host {
            // One socket for both families; where the kernel has no IPv6, write 0.0.0.0.
            "" => IpAddr::from(Ipv6Addr::UNSPECIFIED),
            "localhost" => IpAddr::from(Ipv4Addr::LOCALHOST),
            _ => return None,
        };
        Some(SocketAddr::new(ip, decimal(port)?))
    });
    address.ok_or_else(|| Wrong::text(raw).suggest(meant_address(raw)))
}

fn meant_address(raw: &str) -> Option<String> {
    match (decimal(raw), raw.parse::<IpAddr>()) {
        (Some(port), _) => Some(format!(":{port}")),
        (_, Ok(ip)) => Some(SocketAddr::new(ip, 10046).to_string()),
        _ => None,
    }
}

/// A port in digits alone; Rust's own parser takes a plus sign too.
fn decimal(port: &str) -> Option<u16> {
    port.parse().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The path of the metrics.
pub(crate) fn telemetry_path() -> Rule<String> {
    text("a path such as \"/metrics\" of letters, digits and / - . _ ~", |raw| {
        if is_path(raw) && !is_reserved(raw) {
            return Ok(raw.to_owned());
        }
        if is_reserved(raw) {
            return Err(Wrong::text(raw).because("the exporter answers there with something else"));
        }
        let absolute = format!("/{raw}");
        let is_meant = !raw.starts_with('/') && is_path(&absolute) && !is_reserved(&absolute);
        Err(Wrong::text(raw).suggest(is_meant.then_some(absolute)))
    })
}

fn is_path(raw: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let is_segment = |segment: &str| !["", ".", ".."].contains(&segment);
    raw.strip_prefix('/').is_some_and(|rest| rest.bytes().all(is_plain) && rest.split('/').all(is_segment))
}

fn is_reserved(path: &str) -> bool {
    ["/", "/-", "/config", "/probe", "/sd"].contains(&path) || path.starts_with("/-/")
}

/// AWS regions, each once.
pub(crate) fn regions() -> Rule<Vec<Region>> {
    list("a list of region codes such as [\"eu-west-1\"]", |raw| {
        let region = raw.parse().ok().filter(lies_somewhere);
        region.ok_or_else(|| Wrong::text(raw).suggest(nearest(raw, Region::known())))
    })
}

/// A list of regions would refuse the next one, but AWS has named all of them after a direction: `eu-wset-1` is none.
fn lies_somewhere(region: &Region) -> bool {
    let direction = region.as_str().rsplit('-').nth(1).unwrap_or_default();
    let [halves, quarters] = [["north", "south", "central"], ["east", "west", ""]];
    halves.iter().any(|half| direction.strip_prefix(half).is_some_and(|rest| quarters.contains(&rest)))
        || quarters[..2].contains(&direction)
}

/// An account, or none.
pub(crate) fn account() -> Rule<Option<AccountId>> {
    text("an AWS account id of 12 digits in quotes, or \"\" for any", |raw| match raw {
        "" => Ok(None),
        _ => raw.parse().map(Some).map_err(|_| Wrong::text(raw)),
    })
}

/// An endpoint, or none.
pub(crate) fn endpoint() -> Rule<Option<String>> {
    text("a URL such as \"https://vpce.example.com\" without user, query or fragment, or \"\" for AWS's own", |raw| {
        match raw {
            "" => Ok(None),
            _ => check_endpoint(raw).map(|()| Some(raw.to_owned())),
        }
    })
}

fn check_endpoint(raw: &str) -> Result<(), Wrong> {
    let Some((scheme, rest)) = raw.split_once("://") else {
        let secure = format!("https://{raw}");
        let is_meant = is_endpoint_rest(raw);
        return Err(Wrong::text(raw).because("it has no scheme").suggest(is_meant.then_some(secure)));
    };
    match scheme {
        _ if !is_endpoint_rest(rest) => Err(Wrong::text(raw)),
        "https" => Ok(()),
        "http" if is_loopback(host(rest)) => Ok(()),
        "http" => Err(Wrong::text(raw)
            .because("plain http would send signed requests in the clear, and is for loopback only")
            .suggest(Some(format!("https://{rest}")))),
        _ => Err(Wrong::text(raw).because("only https is spoken")),
    }
}

/// `host[:port][/path]`
fn is_endpoint_rest(rest: &str) -> bool {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host(rest);
    let port = &authority[host.len()..];
    let is_port =
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| decimal(port).is_some_and(|port| port > 0));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    is_port && (is_host_name(host) || bracketed(host).is_some()) && path.bytes().all(is_plain)
}

fn host(rest: &str) -> &str {
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.find(']') {
        Some(end) if authority.starts_with('[') => &authority[..=end],
        _ => authority.split(':').next().unwrap_or_default(),
    }
}

fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    host.split('.').all(is_label)
}

fn bracketed(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || bracketed(host).is_some_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listen_address_is_written_as_prometheus_exporters_do() {
        for (raw, address) in [
            ("127.0.0.1:10046", "127.0.0.1:10046"),
            (":10046", "[::]:10046"),
            ("[::1]:10046", "[::1]:10046"),
            ("localhost:10046", "127.0.0.1:10046"),
            (":0", "[::]:0"),
        ] {
            assert_eq!(listen_address(raw).expect(raw).to_string(), address);
        }
        for raw in ["", ":", "10046", "127.0.0.1", "127.0.0.1:", ":65536", ":+1", "example.com:80", "::1:80:", "*:80"] {
            assert!(listen_address(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn a_region_lies_in_some_direction() {
        for raw in Region::known().chain(["mx-central-1", "eusc-de-east-1", "ap-southeast-7", "cn-northwest-1"]) {
            assert!(raw.parse().is_ok_and(|region| lies_somewhere(&region)), "{raw}");
        }
        for raw in ["eu-wset-1", "eu-ireland-1", "us-easst-1"] {
            assert!(!raw.parse().is_ok_and(|region| lies_somewhere(&region)), "{raw}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for raw in [
            "https://vpce-1.workspaces.eu-west-1.vpce.amazonaws.com",
            "https://proxy.example.com:8443/aws/",
            "http://localhost:4566",
            "http://127.0.0.2:4566",
            "http://[::1]:4566/",
        ] {
            assert!(check_endpoint(raw).is_ok(), "{raw}");
        }
        for raw in [
            "http://example.com",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
            "https://user@example.com",
            "https://example.com?x=1",
            "https://example.com#x",
            "https://example.com:0",
            "https://example.com:port",
            "https://",
            "https:///path",
            "https://exa mple.com",
            "ftp://localhost",
            "HTTPS//example.com",
        ] {
            assert!(check_endpoint(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn a_telemetry_path_hides_nothing_else() {
        for raw in ["/metrics", "/prefix/metrics", "/m_1.x~"] {
            assert!(is_path(raw) && !is_reserved(raw), "{raw}");
        }
        for raw in ["", "/", "metrics", "/a b", "/a?b", "/a#b", "/a/", "//a", "/a/../b", "/é", "/-/healthy", "/config"]
        {
            assert!(!is_path(raw) || is_reserved(raw), "{raw}");
        }
    }
}
