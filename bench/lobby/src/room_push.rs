//! Push latency of rooms that players make: the time from a call to the push on the lobby sockets, through the
//! complete local system.

use std::time::Instant;

use anyhow::Result;
use bots::{Client, Lobby, LobbyMessage};
use crowd::figures::{percentile, table};
use crowd::machine;

use crate::join_latency::{PAUSE, until};

/// In ms since the call, by measurement.
#[derive(Default)]
struct Times {
    create_answered: Vec<f64>,
    create_pushed: Vec<f64>,
    join_answered: Vec<f64>,
    join_pushed: Vec<f64>,
    host_pushed: Vec<f64>,
}

/// Makes `rooms` rooms one after the other; a second player joins each by its code.
pub(crate) async fn run(url: &str, rooms: usize) -> Result<()> {
    println!("\n## Lobby: from a call of a room to the push, {rooms} rooms\n");
    let mut times = Times::default();
    for _ in 0..rooms {
        one(url, &mut times).await?;
        tokio::time::sleep(PAUSE).await;
    }
    let row = |name: &str, ms: &[f64]| -> Vec<String> {
        let figures = [0.5, 0.9, 0.99, 1.0].map(|share| format!("{:.1}", percentile(ms, share)));
        std::iter::once(name.to_owned()).chain(figures).collect()
    };
    table(
        &["ms until", "p50", "p90", "p99", "most"],
        &[
            row("create is answered", &times.create_answered),
            row("`room_joined` is there", &times.create_pushed),
            row("join by code is answered", &times.join_answered),
            row("`room_joined` is there", &times.join_pushed),
            row("the host has `room_updated`", &times.host_pushed),
        ],
    );
    println!("\nload {}", machine::load());
    Ok(())
}

async fn one(url: &str, times: &mut Times) -> Result<()> {
    let (host, mut host_ear) = connected(url).await?;
    let (friend, mut friend_ear) = connected(url).await?;

    let begun = Instant::now();
    let create = async { anyhow::Ok((host.create_room("main").await?, ms_since(begun))) };
    let ((room, answered), pushed) = tokio::try_join!(create, joined(&mut host_ear, begun))?;
    times.create_answered.push(answered);
    times.create_pushed.push(pushed);

    let begun = Instant::now();
    let join = async {
        friend.join_room(&room.code).await?;
        anyhow::Ok(ms_since(begun))
    };
    let (answered, pushed, updated) = tokio::try_join!(
        join,
        joined(&mut friend_ear, begun),
        updated(&mut host_ear, begun)
    )?;
    times.join_answered.push(answered);
    times.join_pushed.push(pushed);
    times.host_pushed.push(updated);

    friend.leave().await?;
    host.leave().await?;
    Ok(())
}

/// A player whose lobby socket is open.
async fn connected(url: &str) -> Result<(Client, Lobby)> {
    let client = Client::guest(url, "bench").await?;
    let mut socket = client.lobby();
    until(&mut socket, |it| matches!(it, LobbyMessage::State(_))).await?;
    Ok((client, socket))
}

async fn joined(socket: &mut Lobby, begun: Instant) -> Result<f64> {
    until(socket, |it| matches!(it, LobbyMessage::RoomJoined { .. })).await?;
    Ok(ms_since(begun))
}

async fn updated(socket: &mut Lobby, begun: Instant) -> Result<f64> {
    until(socket, |it| matches!(it, LobbyMessage::RoomUpdated { .. })).await?;
    Ok(ms_since(begun))
}

fn ms_since(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}
