//! The cost of seating and of a renewal with two game servers and one pool, and with a large fleet and many pools.

use anyhow::{Result, ensure};
use crowd::cpu::Use;
use crowd::figures::{spread, table};
use crowd::machine;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use lobby::RelayInfo;

use crate::fixture::Fixture;
use crate::seating::seat_all;

/// Few enough to be seated well within a lease.
const PLAYERS: u64 = 5000;
const RENEWALS: usize = 4000;
/// Concurrent calls on one connection.
const CALLS: usize = 64;

struct Run {
    assign: Use,
    renewals: Use,
}

/// Measures both fleets `runs` times.
pub(crate) async fn run(runs: usize) -> Result<()> {
    println!(
        "\n## Lobby: the same with a large fleet, {PLAYERS} players and {RENEWALS} renewals\n"
    );
    let mut rows = Vec::new();
    for (relays, pools) in [(2, 1), (2000, 100)] {
        let mut all = Vec::new();
        for _ in 0..runs {
            all.push(one(relays, pools).await?);
        }
        let per = |pick: fn(&Run) -> Use, count: f64| {
            let figures = all.iter().map(|run| pick(run).cpu * 1e6 / count);
            spread(&figures.collect::<Vec<f64>>(), 1)
        };
        rows.push(vec![
            format!("{relays} relays, {pools} pools"),
            per(|run| run.assign, PLAYERS as f64),
            per(|run| run.renewals, RENEWALS as f64),
        ]);
    }
    table(
        &["Redis CPU", "assign, µs/player", "renewal of a relay, µs"],
        &rows,
    );
    println!("\nload {}", machine::load());
    Ok(())
}

async fn one(relays: usize, pools: usize) -> Result<Run> {
    let others = (1..pools).map(|i| format!(r#","other-{i}":{{}}"#));
    let pools = format!(r#"{{"main":{{}}{}}}"#, others.collect::<String>());
    let fixture = Fixture::open(&pools).await?;
    let relays: Vec<RelayInfo> = (0..relays).map(relay).collect();
    // The first renewal of each relay writes to all pools.
    renew(&fixture, &relays, relays.len()).await?;
    let before = fixture.used()?;
    renew(&fixture, &relays, RENEWALS).await?;
    let renewals = fixture.used()?.since(&before);

    for _ in 0..PLAYERS {
        let player = uuid::Uuid::new_v4().to_string();
        fixture.base.join("main", &player).await?;
    }
    renew(&fixture, &relays, relays.len()).await?;
    let start = fixture.used()?;
    let seated = seat_all(&fixture, PLAYERS).await?;
    let assign = fixture.used()?.since(&start);
    let is_whole = seated.seated == PLAYERS && seated.started == PLAYERS / 5;
    ensure!(is_whole, "{seated:?} of {PLAYERS}");
    fixture.check().await?;
    Ok(Run { assign, renewals })
}

/// Makes this number of renewals, of all relays in turn.
async fn renew(fixture: &Fixture, relays: &[RelayInfo], count: usize) -> Result<()> {
    let lobby = &fixture.base.lobby;
    stream::iter(relays.iter().cycle().take(count))
        .map(|relay| Ok(lobby.relays.renew(relay)))
        .try_buffer_unordered(CALLS)
        .try_collect::<()>()
        .await
        .map_err(|error: lobby::Error| error.into())
}

fn relay(i: usize) -> RelayInfo {
    RelayInfo {
        webtransport: None,
        id: format!("relay-{i}"),
        url: format!("ws://127.0.0.1:8080/game/relay-{i}"),
        rooms: 0,
        capacity: 100_000,
        draining: false,
        boot: "bench".to_owned(),
        region: None,
        watchers_free: None,
        games: std::sync::Arc::default(),
    }
}
