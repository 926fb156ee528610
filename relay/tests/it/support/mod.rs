//! Test support: a Redis, a server, players.

mod client;
mod fragile;
mod http;
mod lambda;
mod loud;
mod process;
mod replay;
mod slow;
mod steady;
mod turns;
mod web_client;
mod world;

pub(crate) use client::{Client, Raw};
pub(crate) use http::{get, metric, request};
pub(crate) use lambda::FakeLambda;
pub(crate) use process::{Process, free_address, healthy};
pub(crate) use replay::check_replay;
pub(crate) use slow::HANGING_SECONDS;
pub(crate) use testkit::Redis;
pub(crate) use web_client::{
    Received, WebClient, closed, eager_endpoint, input as web_input, unread_session,
};
pub(crate) use world::{Seated, World};

use std::time::{Duration, Instant};

use arena::{Arena, ArenaBot};
use game::RandomBot;
use relay::GameEntry;

use fragile::Fragile;
use loud::Loud;
use slow::Slow;
use steady::Steady;
pub(crate) use turns::Turns;

/// The games of the tests' servers; the pools of most tests play the first one.
pub(crate) const GAMES: &[GameEntry] = &[
    GameEntry::of::<Arena, ArenaBot>(),
    GameEntry::of::<Fragile, RandomBot>(),
    GameEntry::of::<Loud, RandomBot>(),
    GameEntry::of::<Slow, RandomBot>(),
    GameEntry::of::<Steady, RandomBot>(),
    GameEntry::of::<Turns, RandomBot>(),
    GameEntry::of::<registry::cards::Cards, registry::cards::CardsBot>(),
    GameEntry::of::<registry::swarm::Swarm, registry::swarm::SwarmBot>(),
];

/// Maximum time for any condition; no test measures time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Polls until there is a result.
pub(crate) async fn until<T>(what: &str, mut poll: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(result) = poll().await {
            return result;
        }
        assert!(Instant::now() < deadline, "waited too long: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Awaits with a time limit.
pub(crate) async fn soon<T>(what: &str, wait: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.unwrap_or_else(|_| panic!("waited too long: {what}"))
}
