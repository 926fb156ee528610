//! How many players per second one Redis core queues and seats, through the real scripts and a pipelining driver.

use anyhow::{Result, bail, ensure};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use lobby::{Assigned, Entered, NewRoom, RoomChange};

use crate::fixture::Fixture;
use crate::rooms::entering;
use crowd::cpu::Use;
use crowd::figures::{spread, table};
use crowd::machine;

/// Concurrent joins on one connection.
pub(crate) const JOINS: usize = 256;
/// Concurrent calls of `assign`: enough that Redis never waits for the driver.
const ASSIGNS: usize = 4;
const SEATS: u64 = 5;

/// Group sizes of twenty players, eight of whom are in groups.
const BLOCK: [usize; 15] = [1, 1, 3, 1, 1, 1, 2, 1, 1, 1, 1, 3, 1, 1, 1];

/// One run: the Redis CPU time for all players.
struct Run {
    join: Use,
    assign: Use,
    /// With 40 % of the players in groups.
    groups: Use,
}

/// Queues `players` players, then seats them, `runs` times.
pub(crate) async fn run(runs: usize, players: u64) -> Result<()> {
    println!("\n## Lobby: {players} players join, and are seated, 50 a call\n");
    let mut all = Vec::new();
    for _ in 0..runs {
        all.push(one(players).await?);
    }
    let per_player = |pick: fn(&Run) -> f64| -> Vec<f64> {
        all.iter()
            .map(|run| pick(run) * 1e6 / players as f64)
            .collect()
    };
    let rate = |pick: fn(&Run) -> f64| -> Vec<f64> {
        all.iter().map(|run| players as f64 / pick(run)).collect()
    };
    let waited =
        |pick: fn(&Run) -> f64| -> Vec<f64> { all.iter().map(|run| pick(run) * 100.0).collect() };
    let row =
        |name: &str, cpu: fn(&Run) -> f64, seconds: fn(&Run) -> f64, wait: fn(&Run) -> f64| {
            vec![
                name.to_owned(),
                spread(&per_player(cpu), 1),
                spread(&rate(cpu), 0),
                spread(&rate(seconds), 0),
                spread(&waited(wait), 0),
            ]
        };
    table(
        &[
            "",
            "Redis CPU µs/player",
            "players/s of a core",
            "players/s seen",
            "waited %",
        ],
        &[
            row(
                "join",
                |r| r.join.cpu,
                |r| r.join.seconds,
                |r| r.join.waited,
            ),
            row(
                "assign",
                |r| r.assign.cpu,
                |r| r.assign.seconds,
                |r| r.assign.waited,
            ),
            row(
                "assign, 40 % in groups of 2 and 3",
                |r| r.groups.cpu,
                |r| r.groups.seconds,
                |r| r.groups.waited,
            ),
            row(
                "both without groups",
                |r| r.join.cpu + r.assign.cpu,
                |r| r.join.seconds + r.assign.seconds,
                |r| r.join.waited.max(r.assign.waited),
            ),
        ],
    );
    println!("\nload {}", machine::load());
    Ok(())
}

async fn one(players: u64) -> Result<Run> {
    let fixture = Fixture::open(r#"{"main":{}}"#).await?.with_relay().await?;
    let names: Vec<String> = (0..players)
        .map(|_| uuid::Uuid::new_v4().to_string())
        .collect();
    let before = fixture.used()?;
    stream::iter(&names)
        .map(|name| Ok(fixture.base.join("main", name)))
        .try_buffer_unordered(JOINS)
        .try_collect::<()>()
        .await?;
    let joined = fixture.used()?;
    let queued = fixture.pool()?.bridge.poll().await?.queued;
    ensure!(queued == players, "{queued} of {players} are queued");

    let start = fixture.used()?;
    let seated = seat_all(&fixture, players).await?;
    let assigned = fixture.used()?;
    ensure!(
        seated.seated == players && seated.skipped == 0,
        "{seated:?} of {players}"
    );
    ensure!(
        seated.started == players / SEATS,
        "{seated:?}: not every room is full"
    );
    fixture.check().await?;
    Ok(Run {
        join: joined.since(&before),
        assign: assigned.since(&start),
        groups: groups(players).await?,
    })
}

/// The Redis CPU time for seating the same number of players, some of them in groups.
async fn groups(players: u64) -> Result<Use> {
    let fixture = Fixture::open(r#"{"main":{}}"#).await?.with_relay().await?;
    let sizes = BLOCK
        .into_iter()
        .cycle()
        .take(players as usize * BLOCK.len() / 20);
    stream::iter(sizes)
        .map(|size| Ok(queue(&fixture, size)))
        .try_buffer_unordered(JOINS)
        .try_collect::<()>()
        .await?;
    let start = fixture.used()?;
    let seated = seat_all(&fixture, players).await?;
    let used = fixture.used()?.since(&start);
    ensure!(
        seated.seated == players && seated.skipped == 0,
        "{seated:?} of {players}"
    );
    fixture.check().await?;
    Ok(used)
}

/// Queues one player, or a group.
async fn queue(fixture: &Fixture, size: usize) -> Result<()> {
    let players: Vec<String> = (0..size)
        .map(|_| uuid::Uuid::new_v4().to_string())
        .collect();
    if size == 1 {
        return fixture.base.join("main", &players[0]).await;
    }
    let rooms = &fixture.base.lobby.rooms;
    let (host, new) = (entering(&players[0]), NewRoom::default());
    let made = rooms.room_create("main", host, &new);
    let Entered::Seated { room, code, .. } = made.await? else {
        bail!("no room");
    };
    for player in &players[1..] {
        rooms.room_join(&code, player, entering(player)).await?;
    }
    rooms
        .room_update(&room, &players[0], RoomChange::Queue(true))
        .await?;
    Ok(())
}

/// Seats players until the queue is empty.
pub(crate) async fn seat_all(fixture: &Fixture, players: u64) -> Result<Assigned> {
    let pool = fixture.pool()?;
    let calls = players.div_ceil(50) + ASSIGNS as u64;
    stream::iter(0..calls)
        .map(|_| pool.assign())
        .buffer_unordered(ASSIGNS)
        .try_fold(Assigned::default(), |mut sum, one| async move {
            sum.seated += one.seated;
            sum.started += one.started;
            sum.skipped += one.skipped;
            Ok(sum)
        })
        .await
        .map_err(Into::into)
}
