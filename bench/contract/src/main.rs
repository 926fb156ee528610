//! A relay with the registered games and the game of this benchmark.

use std::process::ExitCode;

use clap::Parser;
use contract::Sixteen;
use relay::{Config, GameEntry};
use tracing_subscriber::EnvFilter;

macro_rules! entries {
    ($($game:ty, $bot:ty;)*) => { &[$(GameEntry::of::<$game, $bot>(),)* GameEntry::of::<Sixteen, arena::ArenaBot>()] };
}

const GAMES: &[GameEntry] = registry::each_game!(entries);

fn main() -> anyhow::Result<ExitCode> {
    let mut config = Config::parse();
    config.limits.sockets = edge::raise_open_files_max()? / 2;
    edge::log_json(EnvFilter::try_new(&config.log)?, std::io::stderr);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let ended = runtime.block_on(relay::serve(GAMES, config))?;
    Ok(ended.code().into())
}
