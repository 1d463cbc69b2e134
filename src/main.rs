//! The program: reads the command line and the environment, runs a command, leaves with an exit code.

use std::error::Error;
use std::io;
use std::process::ExitCode;

#[cfg(feature = "demo")]
use euc_exporter::app::demo;
use euc_exporter::app::{App, RunError, healthcheck, listen};
use euc_exporter::aws::Identity;
use euc_exporter::cli::{self, Command, EXIT_USAGE, Invocation};
use euc_exporter::clock::Clock;
use euc_exporter::config::Config;
use euc_exporter::logging;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os()) {
        Ok(invocation) => invocation,
        Err(answer) => {
            // Nothing is left to be told when the terminal is gone.
            let _ = answer.print();
            return ExitCode::from(cli::exit_code(&answer));
        }
    };
    let Invocation { command, config_file, flags } = invocation;
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let config = match Config::load(config_file.as_deref(), environment, &flags) {
        Ok(config) => config,
        Err(problems) => {
            say(&mut io::stderr(), &problems.to_string());
            return ExitCode::from(EXIT_USAGE);
        }
    };
    if command == Command::Check {
        say(&mut io::stdout(), "configuration is valid");
        return ExitCode::SUCCESS;
    }
    let clock = Clock::system();
    logging::init(config.logging, clock).expect("nobody else logs in this process");
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(cause) => return fail("start the runtime", &cause),
    };
    let code = runtime.block_on(run(command, config));
    runtime.shutdown_background();
    code
}

async fn run(command: Command, config: Config) -> ExitCode {
    // Before anything listens: a signal that finds no handler kills.
    let (Ok(terminate), Ok(interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        error!("failed to listen for signals");
        return ExitCode::FAILURE;
    };
    let stop = CancellationToken::new();
    let work = async {
        match command {
            Command::Healthcheck { url } => {
                let url = url.or_else(|| cli::health_url(&config.http)).unwrap_or_default();
                healthcheck::ask(&url).await.map_err(Box::<dyn Error>::from)
            }
            #[cfg(feature = "demo")]
            Command::Demo(demo) => {
                let print = |text: &str| say(&mut io::stdout(), text);
                match demo_options(demo) {
                    Ok(options) => demo::run(options, config, print, stop.clone()).await.map_err(Into::into),
                    Err(cause) => Err(cause.into()),
                }
            }
            Command::Serve | Command::Check => serve(config, stop.clone()).await.map_err(Box::<dyn Error>::from),
        }
    };
    tokio::select! {
        outcome = work => match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(cause) => fail("run", cause.as_ref()),
        },
        () = told_twice(terminate, interrupt, &stop) => ExitCode::FAILURE,
    }
}

/// Reads the worlds that the command line names.
#[cfg(feature = "demo")]
fn demo_options(demo: cli::Demo) -> io::Result<demo::Options> {
    let cli::Demo { seed, speed, worlds } = demo;
    let read = |path: std::path::PathBuf| match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path.display().to_string(), text)),
        Err(cause) => Err(io::Error::new(cause.kind(), format!("read {}: {cause}", path.display()))),
    };
    let worlds = worlds.into_iter().map(read).collect::<io::Result<_>>()?;
    Ok(demo::Options { seed, speed, worlds })
}

async fn serve(config: Config, stop: CancellationToken) -> Result<(), RunError> {
    let listeners = listen(&config.http.listen_addresses).await?;
    App::new(config, Identity::Environment, Clock::system())?.serve(listeners, stop).await;
    Ok(())
}

/// The first SIGTERM or SIGINT lets running scrapes finish; the second returns.
async fn told_twice(mut terminate: Signal, mut interrupt: Signal, stop: &CancellationToken) {
    for _ in 0..2 {
        tokio::select! {
            _ = terminate.recv() => info!(signal = "SIGTERM", "told to stop"),
            _ = interrupt.recv() => info!(signal = "SIGINT", "told to stop"),
        }
        stop.cancel();
    }
}

/// Logs an error with its causes.
fn fail(what: &str, cause: &(dyn Error + 'static)) -> ExitCode {
    let causes: Vec<String> =
        std::iter::successors(Some(cause), |cause| (**cause).source()).map(ToString::to_string).collect();
    error!(error = causes.join(": "), "failed to {what}");
    ExitCode::FAILURE
}

/// Writes a line. Nobody is left to be told when that fails.
fn say(out: &mut dyn io::Write, text: &str) {
    let _ = writeln!(out, "{}", text.trim_end());
    let _ = out.flush();
}
