//! Steps without a clock, for a tool that counts instructions.

use std::hint::black_box;
use std::io::Write as _;
use std::process::ExitCode;

use euc_exporter::exposition::Encoding;

use crate::{estate, peer};

/// Prepares a step for so many series and does it so often: `STEP SERIES TIMES`.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let [step, series, times] = arguments else { return usage() };
    let (Ok(series), Ok(times)) = (series.parse(), times.parse()) else { return usage() };
    let estate = estate::of(series);
    match step.as_str() {
        "encode" => repeat(times, || drop(black_box(black_box(&estate).encode()))),
        "encode_peer" => repeat(times, || drop(black_box(peer::text(&peer::families(black_box(&estate)))))),
        "join" => {
            let parts = estate.encode();
            repeat(times, || drop(black_box(estate::join(black_box(&parts)))));
        }
        "gzip" | "zstd" => {
            let encoding = if step == "gzip" { Encoding::Gzip } else { Encoding::Zstd };
            let parts = estate.encode();
            repeat(times, || drop(black_box(estate::join(&parts).with(String::new(), encoding))));
        }
        "scrape_gzip" => {
            let (telemetry, inventory) = (estate::telemetry(), estate::join(&estate.encode()));
            repeat(times, || drop(black_box(inventory.with(estate::own_metrics(&telemetry), Encoding::Gzip))));
        }
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn repeat(times: usize, mut step: impl FnMut()) {
    for _ in 0..times {
        step();
    }
}

fn usage() -> ExitCode {
    let usage = "usage: count encode|encode_peer|join|gzip|zstd|scrape_gzip SERIES TIMES";
    // Nothing is left to be told when the terminal is gone.
    let _ = writeln!(std::io::stderr(), "{usage}");
    ExitCode::from(64)
}
