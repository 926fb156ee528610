//! Seats for the players: the real lobby puts them into real matches.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use crowd::fixture::Fixture;
use lobby::Status;

/// Nobody's match is to begin before the room is full.
pub(crate) const POOLS: &str = r#"{"main":{"seats_min":5,"seats_max":5}}"#;
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a seat in a match is taken.
pub(crate) struct Endpoint {
    /// `host:port`.
    pub(crate) address: String,
    /// With the ticket.
    pub(crate) path: String,
}

/// Queues five for a room, seats them, and fetches their tickets.
pub(crate) async fn seat(fixture: &Fixture) -> Result<Vec<Endpoint>> {
    let players: Vec<String> = (0..5).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    for player in &players {
        fixture.join("main", player).await?;
    }
    fixture.lobby.pool("main")?.assign().await?;
    let mut endpoints = Vec::new();
    for player in &players {
        endpoints.push(endpoint(fixture, player).await?);
    }
    Ok(endpoints)
}

async fn endpoint(fixture: &Fixture, player: &str) -> Result<Endpoint> {
    let until = Instant::now() + PATIENCE;
    loop {
        let me = fixture.lobby.players.me(player).await?;
        if let (Status::Playing, Some(game)) = (me.status, me.game) {
            let url = game.url.trim_start_matches("ws://");
            let (address, path) = url.split_once('/').context("a game url")?;
            return Ok(Endpoint {
                address: address.to_owned(),
                path: format!("/{path}?ticket={}", game.ticket),
            });
        }
        if Instant::now() > until {
            bail!("a player is not seated");
        }
        fixture.lobby.pool("main")?.assign().await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
