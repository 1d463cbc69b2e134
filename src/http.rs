//! (to come)

pub mod negotiate;
pub mod server;

use std::net::SocketAddr;

/// How the exporter is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Addresses to listen on, at least one.
    pub listen_addresses: Vec<SocketAddr>,
    /// Path of the metrics, absolute, not `/`.
    pub telemetry_path: String,
    /// Scrapes answered at once; more get 503.
    pub max_requests: usize,
}
