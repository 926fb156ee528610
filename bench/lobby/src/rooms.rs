//! Redis CPU time of making a room, and of joining it by its code.

use anyhow::{Result, bail};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use lobby::{Entered, Entering, NewRoom};

use crate::fixture::Fixture;
use crowd::cpu::Use;
use crowd::figures::{spread, table};
use crowd::machine;

/// Concurrent calls on one connection.
const CALLS: usize = 256;
const ROOMS: usize = 4_000;
/// The players who join each room after its host.
const FRIENDS: usize = 3;

/// The results of one run.
struct Run {
    create: Use,
    join: Use,
}

/// Makes rooms and joins players to them, `runs` times.
pub(crate) async fn run(runs: usize) -> Result<()> {
    println!(
        "\n## Rooms that players make: {ROOMS}, which {FRIENDS} friends each join by the code\n"
    );
    let mut all = Vec::new();
    for _ in 0..runs {
        all.push(one().await?);
    }
    let row = |name: &str, calls: usize, pick: fn(&Run) -> &Use| {
        let per_call = |used: &Use| used.cpu * 1e6 / calls as f64;
        let costs: Vec<f64> = all.iter().map(|run| per_call(pick(run))).collect();
        vec![name.to_owned(), spread(&costs, 1)]
    };
    table(
        &["", "Redis CPU µs/call"],
        &[
            row("create", ROOMS, |run| &run.create),
            row("join by code", ROOMS * FRIENDS, |run| &run.join),
        ],
    );
    println!("\nload {}", machine::load());
    Ok(())
}

async fn one() -> Result<Run> {
    let fixture = Fixture::open(r#"{"main":{}}"#).await?;
    // Redis compiles each script at its first call.
    join(&fixture, &create(&fixture).await?).await?;
    let start = fixture.used()?;
    let codes: Vec<String> = stream::iter(0..ROOMS)
        .map(|_| create(&fixture))
        .buffer_unordered(CALLS)
        .try_collect()
        .await?;
    let created = fixture.used()?;
    let friends = codes.iter().flat_map(|code| [code; FRIENDS]);
    stream::iter(friends)
        .map(|code| Ok(join(&fixture, code)))
        .try_buffer_unordered(CALLS)
        .try_collect::<()>()
        .await?;
    let joined = fixture.used()?;
    fixture.check().await?;
    Ok(Run {
        create: created.since(&start),
        join: joined.since(&created),
    })
}

async fn create(fixture: &Fixture) -> Result<String> {
    let player = uuid::Uuid::new_v4().to_string();
    let rooms = &fixture.base.lobby.rooms;
    let new = NewRoom::default();
    let made = rooms.room_create("main", entering(&player), &new);
    match made.await? {
        Entered::Seated { code, .. } => Ok(code),
        other => bail!("no room: {other:?}"),
    }
}

async fn join(fixture: &Fixture, code: &str) -> Result<()> {
    let player = uuid::Uuid::new_v4().to_string();
    let rooms = &fixture.base.lobby.rooms;
    match rooms.room_join(code, &player, entering(&player)).await? {
        Entered::Seated { .. } => Ok(()),
        other => bail!("no seat: {other:?}"),
    }
}

/// A player without optional choices.
pub(crate) fn entering(player: &str) -> Entering<'_> {
    Entering {
        player,
        name: "bench",
        ..Entering::default()
    }
}
