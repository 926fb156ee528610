//! The `runtime` program: reads flags and environment, and serves until SIGTERM or SIGINT.

use std::net::SocketAddr;

use anyhow::Result;
use clap::Parser;
use edge::StopSignals;
use runtime::{Backend, Config, Limits, Runtime};
use tokio::sync::Semaphore;
use tracing_subscriber::EnvFilter;

/// AWS Lambda on one machine: Invoke API, function URLs and Runtime API.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Where to listen for callers and for functions
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// Hand every call to this Lambda endpoint (`cargo lambda watch`), a bounded number at a time,
    /// and serve no Runtime API
    #[arg(long, env = "UPSTREAM")]
    upstream: Option<String>,
    /// What to log (a tracing filter)
    #[arg(long, env = "LOG", default_value = "info")]
    log: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    edge::log_json(EnvFilter::try_new(&args.log)?, std::io::stderr);
    let files = edge::raise_open_files_max()?.min(Semaphore::MAX_PERMITS);
    let mut stops = StopSignals::new()?;
    let runtime = Runtime::bind(Config {
        listen: args.listen,
        backend: args.upstream.map_or(Backend::Own, Backend::Upstream),
        limits: Limits {
            // The rest is for connections to the upstream and for answers to refused callers.
            connections: files / 2,
            ..Limits::default()
        },
    })
    .await?;
    runtime.serve(stops.next()).await;
    Ok(())
}
