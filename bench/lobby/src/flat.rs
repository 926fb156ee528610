//! What one join costs Redis, from a thousand players who wait to a million, and from ten open rooms to a hundred thousand.

use anyhow::{Result, ensure};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::house::House;
use crowd::figures::table;
use crowd::machine;

const IN_FLIGHT: usize = 256;
/// Joins that are measured beside so many who wait.
const JOINS: usize = 5_000;
/// Players that are seated beside so many open rooms, in so many calls.
const SEATED: usize = 10;
const CALLS: usize = 100;
/// A room of five opens again when one of five leaves: then it is listed with four.
const POOLS: &str = r#"{"main":{"seats_min":5,"seats_max":5}}"#;
const SEATS: usize = 5;

/// Measures both.
pub(crate) async fn run(is_quick: bool) -> Result<()> {
    let (waiting, rooms): (&[usize], &[usize]) = if is_quick {
        (&[1_000, 10_000, 100_000], &[10, 1_000])
    } else {
        (
            &[1_000, 10_000, 100_000, 1_000_000],
            &[10, 1_000, 10_000, 100_000],
        )
    };
    println!("\n## Lobby: {JOINS} joins beside so many who wait already\n");
    table(
        &["waiting", "Redis CPU µs/join"],
        &among_waiting(waiting).await?,
    );
    println!("\n## Lobby: a join, its seat, and another's leaving, beside so many open rooms\n");
    table(
        &["open rooms", "Redis CPU µs/player"],
        &among_rooms(rooms).await?,
    );
    println!("\nload {}", machine::load());
    Ok(())
}

async fn among_waiting(sizes: &[usize]) -> Result<Vec<Vec<String>>> {
    let house = House::open(r#"{"main":{}}"#).await?;
    let (mut rows, mut waiting) = (Vec::new(), 0);
    for &size in sizes {
        join_all(&house, &names(size - waiting)).await?;
        let new = names(JOINS.min(size));
        let before = house.used()?;
        join_all(&house, &new).await?;
        let used = house.used()?.since(&before);
        waiting = size + new.len();
        let queued = house.pool()?.bridge.poll().await?.queued;
        ensure!(queued == waiting as u64, "{queued} wait, not {waiting}");
        rows.push(vec![
            size.to_string(),
            format!("{:.1}", used.cpu * 1e6 / new.len() as f64),
        ]);
    }
    Ok(rows)
}

async fn among_rooms(sizes: &[usize]) -> Result<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    for &size in sizes {
        let house = House::open(POOLS).await?;
        open_rooms(&house, size).await?;
        let cost = cycles(&house).await?;
        let listed = house.pool()?.bridge.poll().await?.rooms_open;
        ensure!(listed == size as u64, "{listed} rooms are open, not {size}");
        rows.push(vec![size.to_string(), format!("{cost:.1}")]);
    }
    Ok(rows)
}

/// Opens rooms of four. There is no game server, so a full room stays, until one leaves it: then it is listed again.
async fn open_rooms(house: &House, rooms: usize) -> Result<()> {
    let mut leavers = Vec::new();
    for _ in 0..rooms {
        let mut players = names(SEATS);
        join_all(house, &players).await?;
        let seated = house.pool()?.assign().await?.seated;
        ensure!(seated == SEATS as u64, "{seated} of {SEATS} are seated");
        leavers.extend(players.pop());
    }
    leave_all(house, &leavers).await?;
    let listed = house.pool()?.bridge.poll().await?.rooms_open;
    ensure!(
        listed == rooms as u64,
        "{listed} rooms are open, not {rooms}"
    );
    Ok(())
}

/// Ten join, are seated in ten of the rooms, and leave: as many rooms are open as before. µs of Redis a player.
async fn cycles(house: &House) -> Result<f64> {
    let before = house.used()?;
    for _ in 0..CALLS {
        let players = names(SEATED);
        join_all(house, &players).await?;
        let seated = house.pool()?.assign().await?.seated;
        ensure!(seated == SEATED as u64, "{seated} of {SEATED} are seated");
        leave_all(house, &players).await?;
    }
    let used = house.used()?.since(&before);
    Ok(used.cpu * 1e6 / (CALLS * SEATED) as f64)
}

async fn leave_all(house: &House, players: &[String]) -> Result<()> {
    stream::iter(players)
        .map(|player| Ok(house.base.lobby.players.queue_leave(player, None)))
        .try_buffer_unordered(IN_FLIGHT)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    Ok(())
}

async fn join_all(house: &House, players: &[String]) -> Result<()> {
    stream::iter(players)
        .map(|player| Ok(house.base.join("main", player)))
        .try_buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await
}

fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|_| uuid::Uuid::new_v4().to_string())
        .collect()
}
