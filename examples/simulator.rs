//! Runs the simulator by itself, for clients that are not written in Rust: `simulator [OPTIONS] [WORLD.json]`.
//!
//! Without a world it serves the demo's fleet, standing still. Prints its address, credentials and world as one line of
//! JSON and ends when its input does. Each line of input is a command in JSON, answered with `{"done":true}` or with
//! `{"error":"…"}`, which changes nothing:
//!
//! - `{"world": {…}}` puts another world in place of this one;
//! - `{"fault": {"kind": "access_denied"}}` lays a fault in wait, which `"operation"`, `"region"` and `"times"` narrow;
//! - `{"clear_faults": {}}` takes all faults away, and `--latency`.

use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use euc_exporter::clock::Clock;
use euc_exporter::domain::Region;
use euc_exporter::simulator::{self, Fault, Fleet, Simulator, World, credentials};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Parser)]
struct Options {
    /// The world to serve.
    world: Option<PathBuf>,
    /// How long every answer is held back, such as 50ms.
    #[arg(long, value_parser = humantime::parse_duration)]
    latency: Option<Duration>,
    /// Most objects on a page, in place of 25.
    #[arg(long)]
    page_size: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Command {
    World(Value),
    Fault(Lay),
    ClearFaults {},
}

/// A fault and whom it strikes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lay {
    kind: Kind,
    operation: Option<String>,
    region: Option<String>,
    times: Option<u32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    AccessDenied,
    ExpiredToken,
    Hang,
    InternalError,
    Reset,
    Throttling,
    Unavailable,
    UnrecognizedClient,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Options { world, latency, page_size } = Options::parse();
    let world = match world {
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
    if let Some(latency) = latency {
        simulator.latency(latency);
    }
    if let Some(size) = page_size {
        simulator.page_size(size);
    }
    say(&json!({"url": simulator.url(), "credentials": keys, "world": written}))?;
    let simulator = tokio::task::spawn_blocking(move || obey(simulator)).await??;
    simulator.stop().await;
    Ok(())
}

/// Does what each line of the input says, and gives the simulator back at its end.
fn obey(simulator: Simulator) -> io::Result<Simulator> {
    for line in io::stdin().lock().lines() {
        say(&match execute(&line?, &simulator) {
            Ok(()) => json!({"done": true}),
            Err(problem) => json!({"error": problem.to_string()}),
        })?;
    }
    Ok(simulator)
}

fn execute(line: &str, simulator: &Simulator) -> Result<(), Box<dyn Error>> {
    match serde_json::from_str(line)? {
        Command::World(world) => {
            let world = World::from_json(&world.to_string())?;
            simulator.change(|old| *old = world);
        }
        Command::Fault(lay) => simulator.inject(fault(lay)?),
        Command::ClearFaults {} => simulator.clear_faults(),
    }
    Ok(())
}

fn fault(lay: Lay) -> Result<Fault, Box<dyn Error>> {
    let Lay { kind, operation, region, times } = lay;
    let mut fault = match kind {
        Kind::AccessDenied => Fault::access_denied(),
        Kind::ExpiredToken => Fault::expired_token(),
        Kind::Hang => Fault::hang(),
        Kind::InternalError => Fault::internal_error(),
        Kind::Reset => Fault::reset(),
        Kind::Throttling => Fault::throttling(),
        Kind::Unavailable => Fault::unavailable(),
        Kind::UnrecognizedClient => Fault::unrecognized_client(),
    };
    if let Some(name) = operation {
        let known = simulator::OPERATIONS.into_iter().find(|operation| operation.name == name);
        fault = fault.on(known.ok_or_else(|| format!("no operation {name:?}"))?);
    }
    if let Some(region) = region {
        fault = fault.region(&region.parse::<Region>()?);
    }
    Ok(match times {
        Some(times) => fault.times(times),
        None => fault,
    })
}

fn say(line: &Value) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}
