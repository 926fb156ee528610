//! Seats for the players: the real lobby puts them into real matches.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use crowd::fixture::Fixture;
use lobby::Status;

/// No match begins before its room is full.
pub(crate) const POOLS: &str = r#"{"main":{"seats_min":5,"seats_max":5}}"#;
const PATIENCE: Duration = Duration::from_secs(30);

/// The address of a seat in a match.
pub(crate) struct Endpoint {
    /// `host:port`.
    pub(crate) address: String,
    /// The path, including the ticket.
    pub(crate) path: String,
    pub(crate) room: String,
}

/// Queues players for a room of this pool, seats them, and fetches their tickets.
pub(crate) async fn seat(fixture: &Fixture, pool: &str, players: usize) -> Result<Vec<Endpoint>> {
    let players = queue(fixture, pool, players).await?;
    let mut endpoints = Vec::new();
    for player in &players {
        endpoints.push(endpoint(fixture, pool, player).await?);
    }
    Ok(endpoints)
}

/// Queues players for a room of this pool, and seats them.
pub(crate) async fn queue(fixture: &Fixture, pool: &str, players: usize) -> Result<Vec<String>> {
    let players: Vec<String> = (0..players)
        .map(|_| uuid::Uuid::new_v4().to_string())
        .collect();
    for player in &players {
        fixture.join(pool, player).await?;
    }
    fixture.lobby.pool(pool)?.assign().await?;
    Ok(players)
}

/// Waits until the player's match has a server.
pub(crate) async fn endpoint(fixture: &Fixture, pool: &str, player: &str) -> Result<Endpoint> {
    let until = Instant::now() + PATIENCE;
    loop {
        let me = fixture.lobby.players.me(player).await?;
        if let (Status::Playing, Some(game)) = (me.status, &me.game) {
            let url = game.url.trim_start_matches("ws://");
            let (address, path) = url.split_once('/').context("a game url")?;
            return Ok(Endpoint {
                address: address.to_owned(),
                path: format!("/{path}?ticket={}", game.ticket),
                room: me.room.context("a room")?,
            });
        }
        if Instant::now() > until {
            bail!("a player is not seated: {me:?}");
        }
        fixture.lobby.pool(pool)?.assign().await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
