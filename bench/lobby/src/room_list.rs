//! The list of rooms: the duration of a page among 10,000 listed rooms, with two range conditions.

use std::time::Instant;

use anyhow::{Result, ensure};
use crowd::figures::{percentile, table};
use crowd::machine;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use lobby::{Entered, MetaValue, NewRoom, RoomQuery};

use crate::fixture::Fixture;
use crate::rooms::entering;

const ROOMS: u32 = 10_000;
/// Concurrent calls while the rooms are made.
const MAKES: usize = 64;
const POOLS: &str =
    r#"{"main":{"seats_min":2,"seats_max":8,"meta":{"level":"int","mode":"text"}}}"#;
/// A search that finds a fifth of the rooms, and one that finds few: hardly more than a page.
const SEARCHES: [&str; 2] = ["level:gte:60,free:gte:4", "level:gte:98,free:gte:7"];

/// Makes the rooms, and reads `calls` pages of each search.
pub(crate) async fn run(calls: usize) -> Result<()> {
    println!(
        "\n## Lobby: a page of 20 of {ROOMS} listed rooms, sorted by players, {calls} calls each\n"
    );
    let fixture = Fixture::open(POOLS).await?;
    stream::iter(0..ROOMS)
        .map(|n| Ok(make(&fixture, n)))
        .try_buffer_unordered(MAKES)
        .try_collect::<()>()
        .await?;
    let mut rows = Vec::new();
    for search in SEARCHES {
        rows.push(measure(&fixture, search, calls).await?);
    }
    table(
        &["where", "rooms", "p50 ms", "p99 ms", "Redis CPU µs"],
        &rows,
    );
    println!("\nload {}", machine::load());
    Ok(())
}

async fn make(fixture: &Fixture, n: u32) -> Result<()> {
    let player = uuid::Uuid::new_v4().to_string();
    let mode = ["solo", "duo", "squad"][n as usize % 3].to_owned();
    let new = NewRoom {
        is_listed: true,
        seats: Some(2 + n % 7),
        meta: [
            ("level".to_owned(), MetaValue::Int(i64::from(n / 7 % 100))),
            ("mode".to_owned(), MetaValue::Text(mode)),
        ]
        .into(),
        ..NewRoom::default()
    };
    let rooms = &fixture.base.lobby.rooms;
    let entered = rooms.room_create("main", entering(&player), &new).await?;
    ensure!(matches!(entered, Entered::Seated { .. }), "{entered:?}");
    Ok(())
}

async fn measure(fixture: &Fixture, search: &str, calls: usize) -> Result<Vec<String>> {
    let pool = fixture.pool()?;
    let query = RoomQuery::new("arena").filtered(&pool.settings(), search);
    let query = query.and_then(|query| query.sorted(&pool.settings(), "-players"));
    let query = query.map_err(anyhow::Error::msg)?;
    let rooms = &fixture.base.lobby.rooms;
    let found = rooms.room_list("main", &query).await?.rooms.len();
    let (mut times, before) = (Vec::with_capacity(calls), fixture.used()?);
    for _ in 0..calls {
        let begun = Instant::now();
        rooms.room_list("main", &query).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let used = fixture.used()?.since(&before);
    Ok(vec![
        format!("`{search}`"),
        found.to_string(),
        format!("{:.2}", percentile(&times, 0.5)),
        format!("{:.2}", percentile(&times, 0.99)),
        format!("{:.0}", used.cpu * 1e6 / calls as f64),
    ])
}
