//! The game server for the Autobahn suite, with a path that echoes. It needs no Redis.

use clap::Parser;
use relay::{Config, GameEntry, GameServer};

const GAMES: &[GameEntry] = &[GameEntry::of::<arena::Arena, arena::ArenaBot>()];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = GameServer::start(GAMES, Config::parse()).await?;
    println!("{}", server.address());
    // Runs until it is killed.
    std::future::pending().await
}
