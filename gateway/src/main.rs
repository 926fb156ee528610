//! The `gateway` program: reads flags and environment, and serves until SIGTERM or SIGINT.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use edge::StopSignals;
use gateway::{Config, Gateway, Limits, Routes};
use tokio::sync::Semaphore;
use tracing_subscriber::EnvFilter;

/// API Gateway WebSocket APIs on your machine: a WebSocket becomes function invocations, plus
/// `@connections`.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Where to listen for web sockets and for `/@connections`
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:3001")]
    listen: SocketAddr,
    /// Where functions are invoked: what `cargo lambda watch` listens on
    #[arg(long, env = "INVOKE_URL", default_value = "http://127.0.0.1:9000")]
    invoke_url: String,
    /// The function of the route $connect
    #[arg(long, env = "CONNECT_FUNCTION", default_value = "socket-connect")]
    connect: String,
    /// The function of the route $disconnect
    #[arg(long, env = "DISCONNECT_FUNCTION", default_value = "socket-disconnect")]
    disconnect: String,
    /// The function of the route $default
    #[arg(long, env = "DEFAULT_FUNCTION", default_value = "socket-message")]
    default: String,
    /// Close a connection on which nothing moved for this long
    #[arg(long, env = "IDLE_MS", default_value_t = 600_000)]
    idle_ms: u64,
    /// Close a connection that is this old
    #[arg(long, env = "MAX_MS", default_value_t = 7_200_000)]
    max_ms: u64,
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
    let gateway = Gateway::bind(config(args, files)).await?;
    gateway.serve(stops.next()).await;
    Ok(())
}

/// The most file descriptors that are reserved for anything other than sockets.
const RESERVE_MAX: usize = 4_096;

fn config(args: Args, files: usize) -> Config {
    let limits = Limits::default();
    let reserve = (files / 2).min(RESERVE_MAX);
    Config {
        listen: args.listen,
        invoke_url: args.invoke_url,
        routes: Routes {
            connect: args.connect,
            disconnect: args.disconnect,
            default: args.default,
        },
        limits: Limits {
            idle: Duration::from_millis(args.idle_ms),
            life: Duration::from_millis(args.max_ms),
            // Each kind has a separate share, so that no kind can take the descriptors of another. The remaining 1/8
            // of the reserve is for the process itself.
            sockets: files - reserve,
            invocations: (reserve / 4).max(1),
            connections: (reserve / 8 * 5).max(1),
            ..limits
        },
    }
}
