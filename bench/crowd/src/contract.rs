//! The cost of a game's seats and rate: the arena with 5 and with 16 players, swarm with 50, and rooms of cards that
//! wait for their players.

use anyhow::Result;
use arena::Arena;
use contract::Sixteen;
use testkit::free_port;

use crate::player::Role;
use crate::sleeping;
use crate::tick_loop::{self, Full, Kind, Run, Terms, WAITED_MAX, full_rooms, start_program};
use crowd::figures::{spread, table};
use crowd::fixture::Fixture;
use crowd::machine;

/// Matches that last longer than the measurement.
const POOLS: &str = r#"{
    "five": {"seats_min": 5, "seats_max": 5, "game": "arena", "settings": {"match_seconds": 600}},
    "sixteen": {"seats_min": 16, "seats_max": 16, "game": "sixteen", "settings": {"match_seconds": 600}},
    "swarm": {"seats_min": 50, "seats_max": 50, "game": "swarm", "settings": {"match_seconds": 600}}
}"#;
const HEAD: [&str; 10] = [
    "rooms",
    "players",
    "µs/player-s",
    "states/s",
    "bytes/s",
    "core busy %",
    "waited %",
    "late p50/p99/p99.9 ≤ ms",
    "bad",
    "lost",
];

/// The rows of the table: full rooms, and the number of rooms.
const ROWS: [(Full, usize); 3] = [
    (full("five", 5, Role::arena::<Arena>()), 100),
    (full("sixteen", 16, Role::arena::<Sixteen>()), 30),
    (full("swarm", 50, Role::SWARM), 20),
];

const fn full(pool: &'static str, players: usize, role: Role) -> Full {
    Full {
        pool,
        players,
        role,
    }
}

/// Measures and prints. `sleeping` is the number of rooms of cards.
pub(crate) async fn run(terms: &Terms, sleeping: usize) -> Result<()> {
    println!("\n## Game contract: one core\n");
    let mut floor = Vec::new();
    let mut runs: [Vec<Run>; ROWS.len()] = Default::default();
    for _ in 0..terms.runs {
        floor.push(tick_loop::measure(terms, Kind::Floor, 60).await?.cpu_us());
        for ((full, rooms), runs) in ROWS.iter().zip(&mut runs) {
            let run = measure(terms, *full, *rooms).await?;
            if run.used.waited > WAITED_MAX {
                let waited = run.used.waited * 100.0;
                println!("left out: {} waited {waited:.0} % for its core", full.pool);
                continue;
            }
            runs.push(run);
        }
    }
    let rows: Vec<_> = ROWS
        .iter()
        .zip(&runs)
        .map(|((full, rooms), runs)| row(full, *rooms, runs))
        .collect();
    table(&HEAD, &rows);
    println!(
        "\nfloor at 60 Hz: {} µs/player-s; load {}\n",
        spread(&floor, 0),
        machine::load()
    );
    sleeping::run(terms, sleeping).await
}

fn row(full: &Full, rooms: usize, runs: &[Run]) -> Vec<String> {
    let of = |get: &dyn Fn(&Run) -> f64, digits| {
        let values: Vec<f64> = runs.iter().map(get).collect();
        spread(&values, digits)
    };
    let count = |get: &dyn Fn(&Run) -> u64| runs.iter().map(get).sum::<u64>().to_string();
    let late: Vec<&str> = runs
        .iter()
        .filter_map(|run| run.late_ms.as_deref())
        .collect();
    vec![
        format!("{rooms} {}", full.pool),
        (rooms * full.players).to_string(),
        of(&Run::cpu_us, 0),
        of(&|run| run.each_second(run.totals.seen.states), 1),
        of(&|run| run.each_second(run.totals.bytes), 0),
        of(&|run| run.used.cpu / run.used.seconds * 100.0, 0),
        of(&|run| run.used.waited * 100.0, 0),
        late.join(", "),
        count(&|run| run.totals.seen.bad),
        count(&|run| run.totals.lost),
    ]
}

async fn measure(terms: &Terms, full: Full, rooms: usize) -> Result<Run> {
    let fixture = Fixture::open(POOLS).await?;
    let port = free_port();
    let core = machine::server_core();
    let server = start_program("contract", terms, &fixture, &core, port, |command| {
        command.env("POOLS", POOLS).env("WORKERS", "1");
    })?;
    full_rooms(terms, &fixture, (&server, port), full, rooms).await
}
