//! The `relay` binary: serves rooms of all registered games until it is asked to stop.

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Parser;
use relay::{Config, Ended, GameEntry};
use tokio::sync::Semaphore;
use tracing_subscriber::EnvFilter;

macro_rules! entries {
    ($($game:ty, $bot:ty;)*) => { &[$(GameEntry::of::<$game, $bot>()),*] };
}

const GAMES: &[GameEntry] = registry::each_game!(entries);

fn main() -> ExitCode {
    let mut config = Config::parse();
    match sockets_max() {
        Ok(sockets) => config.limits.sockets = sockets,
        Err(error) => eprintln!("relay: the limit on open files stays as it is: {error}"),
    }
    match run(config) {
        Ok(ended) => ended.code().into(),
        Err(error) => {
            // One line, regardless of `RUST_BACKTRACE`: an operator reads it.
            eprintln!("relay: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Raises the limit on open files as far as the system allows, and returns how many of them
/// players' connections may use. The rest is for Redis, functions, workers and handshakes.
fn sockets_max() -> anyhow::Result<usize> {
    let files = edge::raise_open_files_max()?.min(Semaphore::MAX_PERMITS);
    Ok((files / 2).max(files.saturating_sub(512)))
}

fn run(config: Config) -> anyhow::Result<Ended> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| anyhow!("LOG: {error}"))?;
    edge::log_json(filter, std::io::stderr);
    // Two threads, so that a burst of handshakes does not delay the lease. Ticks run on other
    // threads.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("control")
        .enable_all()
        .build()?;
    let served = runtime.block_on(relay::serve(GAMES, config));
    // Does not wait for a game that never returns.
    runtime.shutdown_background();
    Ok(served?)
}
