//! Wires the floors together and runs them until told to stop.

#[cfg(feature = "demo")]
pub mod demo;
pub mod healthcheck;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use prometheus::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::aws::{Access, Aws, Identity, environment_region};
use crate::cli;
use crate::clock::Clock;
use crate::config::Config;
use crate::http::Site;
use crate::http::server::{self, Limits};
use crate::refresh::Refresher;
use crate::telemetry::Telemetry;

/// Why the exporter could not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An address cannot be listened on.
    #[error("listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Two instruments have one name.
    #[error("register the exporter's own metrics")]
    Register(#[from] prometheus::Error),
}

/// The exporter, wired but not on the network.
#[derive(Debug)]
pub struct App {
    config: Config,
    access: Arc<Access>,
    refresher: Arc<Refresher>,
    telemetry: Arc<Telemetry>,
}

impl App {
    /// Calls nobody yet.
    ///
    /// # Errors
    /// When two instruments have one name.
    pub fn new(config: Config, identity: Identity, clock: Clock) -> Result<Self, RunError> {
        let telemetry = Arc::new(Telemetry::new(&Registry::new(), cli::BUILD, &config.collectors)?);
        let access = Arc::new(Access::new(config.aws.clone(), identity, telemetry.clone()));
        let refresher = Refresher::new(config.refresh, &config.collectors, clock, telemetry.clone());
        Ok(Self { config, access, refresher, telemetry })
    }

    /// What answers scrapes.
    pub fn refresher(&self) -> &Arc<Refresher> {
        &self.refresher
    }

    /// Serves until `shutdown` is cancelled and the running scrapes have ended. The sockets listen before anybody looks
    /// for credentials or a region.
    pub async fn serve(self, listeners: Vec<TcpListener>, shutdown: CancellationToken) {
        for address in listeners.iter().filter_map(|listener| listener.local_addr().ok()) {
            info!(%address, telemetry_path = self.config.http.telemetry_path, "listening");
        }
        let region = tokio::spawn(set_targets(self.config.aws.regions, self.access, self.refresher.clone()));
        let site = Site::new(self.config.http, cli::BUILD.version, self.refresher, self.telemetry, shutdown.clone());
        let answer = move |request| site.clone().answer(request);
        server::run(listeners, Limits::default(), answer, shutdown).await;
        region.abort();
        info!("stopped");
    }
}

/// Opens every configured address.
///
/// # Errors
/// The first address that cannot be listened on.
pub async fn listen(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, RunError> {
    let mut listeners = Vec::new();
    for address in addresses {
        let listener = TcpListener::bind(address).await;
        listeners.push(listener.map_err(|source| RunError::Listen { address: *address, source })?);
    }
    Ok(listeners)
}

/// Makes a target of each region, of the environment's when none is configured.
async fn set_targets(mut regions: Vec<crate::domain::Region>, access: Arc<Access>, refresher: Arc<Refresher>) {
    if regions.is_empty() {
        regions.extend(environment_region().await);
    }
    regions.sort_unstable();
    if regions.is_empty() {
        warn!("no region: set aws.regions, AWS_REGION or the profile's region");
        refresher.set_targets([Arc::new(Aws::new(access, None))]);
    } else {
        refresher.set_targets(regions.into_iter().map(|region| Arc::new(Aws::new(access.clone(), Some(region)))));
    }
}
