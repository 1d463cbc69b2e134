//! The demo: simulator and exporter in one process, without account, credentials or network.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{App, RunError, listen};
use crate::aws::{Credentials, Identity, Rate};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::{AccountId, Region};
use crate::simulator::{Fleet, InvalidWorld, Simulator, World, credentials, live};

/// What to show.
#[derive(Clone, Debug)]
pub struct Options {
    /// Number that the fleet grows from.
    pub seed: u64,
    /// How many times faster than real time the fleet lives.
    pub speed: f64,
    /// Worlds to show instead, each with the name of its file: they stand still.
    pub worlds: Vec<(String, String)>,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A world cannot be read.
    #[error("read the world")]
    World(#[from] InvalidWorld),
    /// A world has nobody to ask for.
    #[error("read the world: it has no account")]
    NoAccount,
    /// The simulator cannot listen.
    #[error("start the simulator")]
    Simulator(#[source] io::Error),
    /// The exporter cannot run.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Data is read anew this often, so that a graph shows what happens.
const REFRESH_INTERVAL: Duration = Duration::from_secs(5);

/// The region of a world that does not name its own.
const DEFAULT_REGION: &str = "eu-west-1";

/// Shows the fleet until `stop` is cancelled; `print` tells where to look.
///
/// # Errors
/// Why there is no demo.
pub async fn run(
    options: Options,
    mut config: Config,
    print: impl Fn(&str),
    stop: CancellationToken,
) -> Result<(), DemoError> {
    let clock = Clock::system();
    let fleet = options.worlds.is_empty().then(|| Fleet::new(options.seed, clock.unix_seconds()));
    let world = match &fleet {
        Some(fleet) => fleet.world(),
        None => read_worlds(&options.worlds, &config)?,
    };
    let account = world.account_ids().next().cloned().ok_or(DemoError::NoAccount)?;
    let listeners = listen(&config.http.listen_addresses).await?;
    let addresses: Vec<SocketAddr> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
    let regions = world.regions(&account).cloned().collect();
    let simulator = Simulator::start(world, (Ipv4Addr::LOCALHOST, 0).into()).map_err(DemoError::Simulator)?;
    configure(&mut config, &simulator, regions);
    simulator.publish("/prometheus.yml", "application/yaml", prometheus_configuration(&addresses, &config));
    print(&announcement(&account, &config, &addresses, &simulator));

    let app = App::new(config, Identity::Keys(keys_of(&account)), clock)?;
    let living = async {
        match fleet {
            Some(fleet) => live(fleet, &simulator, options.speed, clock, stop.clone()).await,
            None => stop.cancelled().await,
        }
    };
    tokio::join!(app.serve(listeners, stop.clone()), living);
    simulator.stop().await;
    Ok(())
}

fn read_worlds(texts: &[(String, String)], config: &Config) -> Result<World, InvalidWorld> {
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let region = config.aws.regions.first().cloned();
    let region = region.unwrap_or_else(|| DEFAULT_REGION.parse().expect("a region's code"));
    World::from_texts(&texts, &region)
}

/// Keys that the simulator takes for the account's own. They open nothing else.
fn keys_of(account: &AccountId) -> Credentials {
    let (access_key, secret) = credentials(account);
    Credentials::new(access_key, secret, None, None, "demo")
}

/// Points the exporter at the simulator, which has no limits and is read often.
fn configure(config: &mut Config, simulator: &Simulator, regions: Vec<Region>) {
    let unlimited = Rate { per_second: 0.0, burst: 1 };
    config.aws.account_id = None;
    config.aws.endpoint_url = Some(simulator.url());
    config.aws.regions = regions;
    config.aws.workspaces_rate = unlimited;
    config.aws.appstream_rate = unlimited;
    for collector in &mut config.collectors {
        collector.refresh_interval = collector.refresh_interval.min(REFRESH_INTERVAL);
    }
}

fn announcement(account: &AccountId, config: &Config, addresses: &[SocketAddr], simulator: &Simulator) -> String {
    let regions: Vec<&str> = config.aws.regions.iter().map(Region::as_str).collect();
    let mut lines = vec![format!("A made-up AWS on loopback: account {account} in {}.\n", regions.join(" and "))];
    for address in addresses {
        lines.push(format!("  exporter       http://{address}/"));
        lines.push(format!("  metrics        http://{address}{}", config.http.telemetry_path));
    }
    lines.push(format!("  for Prometheus {}/prometheus.yml", simulator.url()));
    lines.push("\nStop it with Ctrl-C.".to_owned());
    lines.join("\n")
}

/// A whole configuration for a Prometheus on this host.
fn prometheus_configuration(addresses: &[SocketAddr], config: &Config) -> String {
    let targets: Vec<String> = addresses.iter().map(|address| format!("\"{address}\"")).collect();
    format!(
        "global:\n  scrape_interval: 5s\nscrape_configs:\n  - job_name: euc-exporter\n    metrics_path: \"{}\"\n    \
         static_configs:\n      - targets: [{}]\n",
        config.http.telemetry_path,
        targets.join(", ")
    )
}
