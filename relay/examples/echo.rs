//! The game server of the Autobahn suite: the door and the sockets as they are, and a path that echoes. It needs no Redis.

use clap::Parser;
use relay::{Config, GameServer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = GameServer::<arena::Arena>::start(Config::parse()).await?;
    println!("{}", server.address());
    // Until whoever started it ends it.
    std::future::pending().await
}
