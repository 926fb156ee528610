//! The `bots` program: demo opponents, whole matches as a check, or rooms full of bots as a load.

mod demo;
mod demo_bot;
mod matches;
mod measure;
mod plan;
mod play;
mod rooms;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bots::Transport;
use clap::{ArgGroup, Parser};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Headless players for a Skirmish lobby.
#[derive(Debug, Parser)]
#[command(version, group(ArgGroup::new("mode").required(true).args(["keep_waiting", "matches", "rooms"])))]
struct Args {
    /// The front door.
    #[arg(long, env = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The pool that they join. `--keep-waiting` takes several: `--pool a --pool b`.
    #[arg(long = "pool", value_name = "NAME", default_value = "main")]
    pools: Vec<String>,
    /// Demo opponents: in each pool, this many join a person who waits; at most two wait otherwise.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    keep_waiting: Option<u8>,
    /// Play this many matches side by side to their end, print one JSON line, exit 1 if anything
    /// failed.
    #[arg(long, value_name = "M", requires = "players")]
    matches: Option<usize>,
    /// Bots in each of those matches: within the pool's `seats_min` and `seats_max`.
    #[arg(long, value_name = "P", value_parser = clap::value_parser!(u8).range(1..=64))]
    players: Option<u8>,
    /// Keep this many full rooms playing, print one JSON line, exit 1 if anything failed.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    rooms: Option<u16>,
    /// How long the rooms are measured, once all of them play.
    #[arg(long, value_name = "S", default_value_t = 30, requires = "rooms")]
    seconds: u64,
    /// How the messages of a match travel.
    #[arg(long, value_enum, default_value_t = TransportName::Websocket, conflicts_with = "keep_waiting")]
    transport: TransportName,
    #[command(flatten)]
    link: LinkArgs,
    /// Which log lines to print, to standard error.
    #[arg(long, env = "LOG", default_value = "info")]
    log: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum TransportName {
    Websocket,
    /// Fails where the game server has none
    Webtransport,
}

impl TransportName {
    fn transport(self) -> Transport {
        match self {
            Self::Websocket => Transport::WebSocket,
            Self::Webtransport => Transport::WebTransport,
        }
    }
}

/// The simulated link to the game server, of TCP.
#[derive(Debug, clap::Args)]
#[group(requires = "rooms", conflicts_with = "transport")]
struct LinkArgs {
    /// Added to a round trip, half of it each way.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(..=10_000))]
    latency_ms: Option<u32>,
    /// Greatest random delay added each way.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(..=10_000))]
    jitter_ms: Option<u32>,
    /// Percent of the segments of TCP that are lost, and sent again.
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent)]
    loss: Option<f64>,
    /// Kilobits a second, each way.
    #[arg(long, value_name = "KBIT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    bandwidth: Option<u32>,
}

impl LinkArgs {
    fn link(&self) -> bots::SimulatedLink {
        let ms = |ms: Option<u32>| Duration::from_millis(ms.unwrap_or(0).into());
        bots::SimulatedLink {
            latency: ms(self.latency_ms),
            jitter: ms(self.jitter_ms),
            loss: self.loss.unwrap_or(0.0) / 100.0,
            bandwidth: self.bandwidth.map(|kbit| kbit * 1000),
        }
    }
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
    if let Some(keep) = args.keep_waiting {
        demo::keep_waiting(&args.url, &args.pools, keep.into(), quit).await;
        return Ok(ExitCode::SUCCESS);
    }
    tokio::select! {
        outcome = counted(&args) => {
            let (summary, is_fine) = outcome?;
            println!("{summary}");
            Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        () = quit => bail!("stopped before the end"),
    }
}

/// Runs matches or rooms; returns a JSON line and whether nothing failed.
async fn counted(args: &Args) -> anyhow::Result<(String, bool)> {
    let [pool] = &args.pools[..] else {
        bail!("--matches and --rooms take one --pool");
    };
    // A first guest shows at once whether the lobby answers and allows guests.
    let client = bots::Client::guest(&args.url, "Bot").await?;
    let pools = client.pools().await?;
    let seats = pools
        .iter()
        .find(|known| known.name == *pool)
        .with_context(|| format!("there is no pool {pool}"))?;
    let transport = args.transport.transport();
    match (args.matches, args.players, args.rooms) {
        (Some(matches), Some(players), _) => {
            check_players(seats, players)?;
            let size = (matches, players.into());
            let summary = matches::run((&args.url, pool), size, transport).await;
            Ok((serde_json::to_string(&summary)?, summary.errors.is_empty()))
        }
        (_, _, Some(rooms)) => {
            let link = args.link.link();
            let size = (rooms.into(), seats.seats_max.into());
            let summary =
                rooms::run((&args.url, pool), size, args.seconds, (link, transport)).await;
            Ok((serde_json::to_string(&summary)?, summary.errors.is_empty()))
        }
        _ => bail!("either --keep-waiting, or --matches with --players, or --rooms"),
    }
}

/// A match of this many players starts only if its pool allows them.
fn check_players(pool: &bots::Pool, players: u8) -> anyhow::Result<()> {
    let bots::Pool {
        name,
        game,
        seats_min,
        seats_max,
    } = pool;
    if !(*seats_min..=*seats_max).contains(&players) {
        bail!(
            "--players {players}: a match of {game} in the pool {name} has {seats_min} to {seats_max} players"
        );
    }
    Ok(())
}

fn parse_percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(percent) if (0.0..=50.0).contains(&percent) => Ok(percent),
        _ => Err("a percentage, 0 to 50".to_owned()),
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
