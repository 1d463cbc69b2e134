//! How long it takes to make an answer: sample lines from objects, the joined inventory, its compression, the exporter's
//! own metrics. Beside it the `prometheus` crate with the same data.
//!
//! `cargo bench --bench exposition` measures time, up to 100,000 series; with `EUC_BENCH_MILLION=1` up to a million.
//! `exposition count STEP SERIES TIMES` does one step so often and nothing else, for callgrind: the difference of two
//! counts is the cost of a step, without that of the start.

mod count;
mod estate;
mod peer;

use std::hint::black_box;
use std::process::ExitCode;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use euc_exporter::exposition::Encoding;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((word, rest)) if word == "count" => count::run(rest),
        _ => {
            divan::main();
            ExitCode::SUCCESS
        }
    }
}

fn sizes() -> Vec<usize> {
    let mut sizes = vec![1_000, 10_000, 100_000];
    sizes.extend(std::env::var_os("EUC_BENCH_MILLION").map(|_| 1_000_000));
    sizes
}

/// Sample lines from objects, target by target.
#[divan::bench(args = sizes(), max_time = 2)]
fn encode(bencher: Bencher<'_, '_>, series: usize) {
    let estate = estate::of(series);
    bencher.counter(ItemsCount::new(series)).bench_local(|| black_box(&estate).encode());
}

/// The same data through the `prometheus` crate, from objects to text.
#[divan::bench(args = sizes(), max_time = 2)]
fn encode_peer(bencher: Bencher<'_, '_>, series: usize) {
    let estate = estate::of(series);
    bencher.counter(ItemsCount::new(series)).bench_local(|| peer::text(&peer::families(black_box(&estate))));
}

/// The `prometheus` crate's text from families that are there already.
#[divan::bench(args = sizes(), max_time = 2)]
fn encode_peer_text_only(bencher: Bencher<'_, '_>, series: usize) {
    let families = peer::families(&estate::of(series));
    bencher.counter(ItemsCount::new(series)).bench_local(|| peer::text(black_box(&families)));
}

/// One inventory of the ready lines of all targets.
#[divan::bench(args = sizes(), max_time = 2)]
fn join(bencher: Bencher<'_, '_>, series: usize) {
    let parts = estate::of(series).encode();
    bencher.counter(ItemsCount::new(series)).bench_local(|| estate::join(black_box(&parts)));
}

/// The first gzip answer of an inventory.
#[divan::bench(args = sizes(), max_time = 2)]
fn gzip(bencher: Bencher<'_, '_>, series: usize) {
    compress(bencher, series, Encoding::Gzip);
}

/// The first zstd answer of an inventory.
#[divan::bench(args = sizes(), max_time = 2)]
fn zstd(bencher: Bencher<'_, '_>, series: usize) {
    compress(bencher, series, Encoding::Zstd);
}

fn compress(bencher: Bencher<'_, '_>, series: usize, encoding: Encoding) {
    let parts = estate::of(series).encode();
    bencher
        .counter(BytesCount::new(estate::length(&estate::join(&parts))))
        .with_inputs(|| estate::join(&parts))
        .bench_local_refs(|inventory| inventory.with(String::new(), encoding));
}

/// What every scrape does anew: the exporter's own metrics.
#[divan::bench]
fn own_metrics(bencher: Bencher<'_, '_>) {
    let telemetry = estate::telemetry();
    bencher.bench_local(|| estate::own_metrics(black_box(&telemetry)));
}

/// A whole compressed answer but for the socket, when the inventory has not changed.
#[divan::bench(args = sizes())]
fn scrape_gzip(bencher: Bencher<'_, '_>, series: usize) {
    let (telemetry, inventory) = (estate::telemetry(), estate::join(&estate::of(series).encode()));
    bencher.bench_local(|| black_box(&inventory).with(estate::own_metrics(&telemetry), Encoding::Gzip));
}
