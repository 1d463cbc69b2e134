//! Runs the simulator by itself, for clients that are not written in Rust: `simulator [WORLD.json]`.
//!
//! Without a world it serves the demo's fleet, standing still. Prints its address, credentials and world as one line of
//! JSON and ends when its input does.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use euc_exporter::clock::Clock;
use euc_exporter::simulator::{Fleet, Simulator, World, credentials};
use serde_json::{Map, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let world = match std::env::args_os().nth(1).map(PathBuf::from) {
        Some(path) => World::from_json(&std::fs::read_to_string(path)?)?,
        None => Fleet::new(1, Clock::system().unix_seconds()).world(),
    };
    let keys: Map<_, _> = world
        .account_ids()
        .map(|account| {
            let (access_key, secret) = credentials(account);
            (account.to_string(), json!({"access_key_id": access_key, "secret_access_key": secret}))
        })
        .collect();
    let written = world.to_json();
    let simulator = Simulator::start(world, "127.0.0.1:0".parse()?)?;
    writeln!(std::io::stdout(), "{}", json!({"url": simulator.url(), "credentials": keys, "world": written}))?;
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    simulator.stop().await;
    Ok(())
}
