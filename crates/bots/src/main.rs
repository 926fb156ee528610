//! Headless players: opponents for whoever waits, and whole matches as a check.

mod brain;
mod demo;
mod demo_bot;
mod matches;
mod plan;
mod play;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Parser};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Headless players for a Skirmish lobby.
#[derive(Debug, Parser)]
#[command(version, group(ArgGroup::new("mode").required(true).args(["keep_waiting", "matches"])))]
struct Args {
    /// The front door.
    #[arg(long, env = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Demo opponents: this many join whoever waits; at most two wait while nobody does.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    keep_waiting: Option<u8>,
    /// Play this many matches side by side to their end, print one JSON line, exit 1 if anything was wrong.
    #[arg(long, value_name = "M", requires = "players")]
    matches: Option<usize>,
    /// Bots in each of those matches.
    #[arg(long, value_name = "P", value_parser = clap::value_parser!(u8).range(3..=5))]
    players: Option<u8>,
    /// Which log lines to print, to standard error.
    #[arg(long, env = "LOG", default_value = "info")]
    log: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let filter = EnvFilter::try_new(&args.log).context("--log")?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let quit = quit()?;
    bots::Client::with_token(&args.url, "").context("--url")?;
    match (args.keep_waiting, args.matches, args.players) {
        (Some(keep), _, _) => {
            demo::keep_waiting(&args.url, keep.into(), quit).await;
            Ok(ExitCode::SUCCESS)
        }
        (None, Some(matches), Some(players)) => tokio::select! {
            summary = matches::run(&args.url, matches, players.into()) => {
                println!("{}", serde_json::to_string(&summary)?);
                Ok(if summary.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            () = quit => bail!("stopped before the end"),
        },
        _ => bail!("either --keep-waiting or --matches with --players"),
    }
}

/// Resolves at the first SIGINT or SIGTERM.
fn quit() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
