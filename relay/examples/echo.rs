//! The game server for the Autobahn suite, with a path that echoes. It needs no Redis.

use clap::Parser;
use relay::{Config, GameServer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = GameServer::<arena::Arena>::start(Config::parse()).await?;
    println!("{}", server.address());
    // Runs until it is killed.
    std::future::pending().await
}
