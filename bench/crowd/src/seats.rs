//! Seats for the players: the real lobby puts them into real matches.

use anyhow::{Context, Result};
use bots::GameTicket;
use crowd::fixture::Fixture;

/// No match begins before its room is full.
pub(crate) const POOLS: &str = r#"{"main":{"seats_min":5,"seats_max":5}}"#;

/// The address of a seat in a match.
pub(crate) struct Endpoint {
    /// `host:port`.
    pub(crate) address: String,
    /// The path, including the ticket.
    pub(crate) path: String,
    pub(crate) room: String,
}

/// Queues players for a room of this pool, seats them, and waits until their match has a server.
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
    let (room, game) = fixture.ticket(pool, player).await?;
    let url = game.url.trim_start_matches("ws://");
    let (address, path) = url.split_once('/').context("a game url")?;
    Ok(Endpoint {
        address: address.to_owned(),
        path: format!("/{path}?ticket={}", game.ticket),
        room,
    })
}

/// Queues players for a room of this pool, seats them, and fetches their tickets.
pub(crate) async fn tickets(
    fixture: &Fixture,
    pool: &str,
    players: usize,
) -> Result<Vec<GameTicket>> {
    let players = queue(fixture, pool, players).await?;
    let mut tickets = Vec::new();
    for player in &players {
        tickets.push(fixture.ticket(pool, player).await?.1);
    }
    Ok(tickets)
}
