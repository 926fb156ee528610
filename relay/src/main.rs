//! The `relay` binary: reads its configuration, names the game, and serves until it is told to stop.

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Parser;
use relay::{Config, GameServer};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    match run(Config::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, whatever `RUST_BACKTRACE` says: it is for whoever started this.
            eprintln!("relay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log);
    tracing_subscriber::fmt()
        .with_env_filter(filter.map_err(|error| anyhow!("LOG: {error}"))?)
        .with_writer(std::io::stderr)
        .init();
    // Two threads: a burst of handshakes must not delay the lease. The ticks have threads of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("control")
        .enable_all()
        .build()?;
    let served = runtime.block_on(serve(config));
    // A room that never returns from its step must not keep the process.
    runtime.shutdown_background();
    served
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = tokio::select! {
        server = GameServer::<arena::Arena>::start(config) => server?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    server.shutdown().await;
    Ok(())
}
