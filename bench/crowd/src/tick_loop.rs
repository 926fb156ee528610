//! The tick loop: server CPU time per player and second of the relay, the floor and the broadcast server. They are
//! measured in turn, so that other load on the machine affects all of them.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use arena::Arena;
use devstack::http;
use devstack::metrics::Metrics;
use testkit::free_port;

use crate::player::{Player, Role};
use crate::players::{Crowd, Seat, Totals};
use crate::seats::{self, POOLS};
use crate::server::Server;
use crate::wire;
use crowd::cpu::Use;
use crowd::figures::{middle, middle_and_tail, spread, table};
use crowd::fixture::Fixture;
use crowd::machine;

/// Runs whose share of waiting for a core exceeds this are discarded.
pub(crate) const WAITED_MAX: f64 = 0.16;
/// The pause between the last connection and the measurement.
const SETTLE: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(20);
const SEATS: usize = 5;
/// The duration of a match that lasts longer than the measurement.
pub(crate) const LONG_SECONDS: u32 = 3600;

/// The parameters of the measurement.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// The folder of the built servers.
    pub(crate) bin: PathBuf,
    /// The number of rooms of five.
    pub(crate) rooms: usize,
    /// The number of runs of each server.
    pub(crate) runs: usize,
    /// The measured seconds of each run.
    pub(crate) seconds: u64,
}

/// The measured servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// System calls only.
    Floor,
    /// The relay.
    Relay,
    /// tokio-tungstenite, in the simplest design.
    Broadcast,
}

/// One run.
pub(crate) struct Run {
    /// The CPU time of the server.
    pub(crate) used: Use,
    /// The counts of the crowd.
    pub(crate) totals: Totals,
    /// The number of players.
    pub(crate) players: usize,
    /// The memory of the server at the end.
    pub(crate) resident_kib: u64,
    /// The upper bounds of the relay's tick lateness at p50, p99 and p99.9, in ms.
    pub(crate) late_ms: Option<String>,
}

impl Run {
    /// CPU time per player and second, in µs.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.used.cpu * 1e6 / (self.used.seconds * self.players as f64)
    }

    /// A count per player and second.
    pub(crate) fn each_second(&self, count: u64) -> f64 {
        count as f64 / (self.used.seconds * self.players as f64)
    }
}

/// Measures and prints.
pub(crate) async fn run(terms: &Terms) -> Result<()> {
    println!("\n## Tick loop: {} rooms of 5, one core\n", terms.rooms);
    for hz in [60, 20] {
        let kinds = [Kind::Floor, Kind::Relay, Kind::Broadcast];
        let mut runs: Vec<Vec<Run>> = kinds.iter().map(|_| Vec::new()).collect();
        let mut ratios = Vec::new();
        for _ in 0..terms.runs {
            let mut floor = None;
            for (kind, runs) in kinds.iter().zip(&mut runs) {
                let run = measure(terms, *kind, hz).await?;
                if run.used.waited > WAITED_MAX {
                    println!(
                        "left out: {kind:?} waited {:.0} % for its core",
                        run.used.waited * 100.0
                    );
                    continue;
                }
                match kind {
                    Kind::Floor => floor = Some(run.cpu_us()),
                    Kind::Relay => ratios.extend(floor.map(|floor| run.cpu_us() / floor)),
                    Kind::Broadcast => {}
                }
                runs.push(run);
            }
        }
        print(hz, &kinds, &runs);
        println!(
            "\nrelay / floor at {hz} Hz: {}; load {}\n",
            spread(&ratios, 2),
            machine::load()
        );
    }
    Ok(())
}

fn print(hz: u32, kinds: &[Kind], runs: &[Vec<Run>]) {
    let head = [
        &format!("{hz} Hz states"),
        "µs/player-s",
        "states/s",
        "bytes/s",
        "inputs/s",
        "shots",
        "bad",
        "lost",
        "waited %",
        "late p50/p99/p99.9 ≤ ms",
        "input to visible p50/p99 ms",
    ];
    let rows: Vec<Vec<String>> = kinds
        .iter()
        .zip(runs)
        .map(|(kind, runs)| {
            let of = |get: &dyn Fn(&Run) -> f64, digits| {
                let values: Vec<f64> = runs.iter().map(get).collect();
                middle(&values, digits)
            };
            let cpu: Vec<f64> = runs.iter().map(Run::cpu_us).collect();
            let late = runs.iter().rev().find_map(|run| run.late_ms.clone());
            let visible: Vec<f64> = runs
                .iter()
                .flat_map(|run| run.totals.seen.visible_ms.iter().copied())
                .collect();
            vec![
                format!("{kind:?}"),
                spread(&cpu, 0),
                of(&|run| run.each_second(run.totals.seen.states), 1),
                of(&|run| run.each_second(run.totals.bytes), 0),
                of(&|run| run.each_second(run.totals.inputs), 1),
                of(
                    &|run| run.totals.seen.shots as f64 / run.totals.seen.states.max(1) as f64,
                    1,
                ),
                format!(
                    "{}",
                    runs.iter().map(|run| run.totals.seen.bad).sum::<u64>()
                ),
                format!("{}", runs.iter().map(|run| run.totals.lost).sum::<u64>()),
                of(&|run| run.used.waited * 100.0, 0),
                late.unwrap_or("–".to_owned()),
                middle_and_tail(&visible),
            ]
        })
        .collect();
    let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
    table(&head, &rows);
}

/// Measures one run of one server.
pub(crate) async fn measure(terms: &Terms, kind: Kind, hz: u32) -> Result<Run> {
    match kind {
        Kind::Relay => relay(terms, hz).await,
        Kind::Floor | Kind::Broadcast => plain(terms, kind, hz),
    }
}

fn plain(terms: &Terms, kind: Kind, hz: u32) -> Result<Run> {
    let name = match kind {
        Kind::Floor => "floor",
        Kind::Relay | Kind::Broadcast => "broadcast",
    };
    let port = free_port();
    let core = machine::server_core();
    let logs = std::env::temp_dir();
    let server = Server::start(name, &core, &terms.bin.join(name), &logs, |command| {
        command.args([port.to_string(), hz.to_string()]);
    })?;
    let address = format!("127.0.0.1:{port}");
    wait_for(&server, &address)?;
    let mut seats = Vec::new();
    for at in 0..terms.rooms * SEATS {
        let path = format!("/{}/{}", at / SEATS, at % SEATS);
        let (stream, read) = wire::open(&address, &path, "skirmish.v1")?;
        let probes = kind == Kind::Broadcast && at % 50 == 0;
        let player = Player::new(Role::arena::<Arena>(), at as u64, Some(at % SEATS), probes);
        seats.push(Seat {
            stream,
            read,
            player,
        });
    }
    let players = seats.len();
    let crowd = Crowd::start(seats, 1)?;
    std::thread::sleep(SETTLE);
    crowd.take()?;
    let before = server.used()?;
    std::thread::sleep(Duration::from_secs(terms.seconds));
    let used = server.used()?.since(&before);
    let mut totals = crowd.take()?;
    if kind != Kind::Broadcast {
        // Its states have no meaning.
        totals.seen.bad = 0;
    }
    let resident_kib = server.resident_kib()?;
    Ok(Run {
        used,
        totals,
        players,
        resident_kib,
        late_ms: None,
    })
}

async fn relay(terms: &Terms, hz: u32) -> Result<Run> {
    let fixture = Fixture::open(POOLS).await?;
    let port = free_port();
    let core = machine::server_core();
    let server = start_relay(terms, &fixture, &core, 1, hz, (port, LONG_SECONDS))?;
    full_rooms(terms, &fixture, (&server, port), FIVE, terms.rooms).await
}

/// Measures one run of a relay with this number of full rooms.
pub(crate) async fn full_rooms(
    terms: &Terms,
    fixture: &Fixture,
    (server, port): (&Server, u16),
    full: Full,
    rooms: usize,
) -> Result<Run> {
    wait_for_relay(server, port)?;
    let seats = sit(fixture, full, rooms)
        .await
        .with_context(|| server.last_lines())?;
    let players = seats.len();
    let crowd = Crowd::start(seats, 1)?;
    tokio::time::sleep(SETTLE).await;
    crowd.take()?;
    let metrics = Metrics::read(port)?;
    let before = server.used()?;
    tokio::time::sleep(Duration::from_secs(terms.seconds)).await;
    let used = server.used()?.since(&before);
    let totals = crowd.take()?;
    let after = Metrics::read(port)?;
    let late_ms = after.bounds_ms(&metrics, "skirmish_tick_lateness_seconds");
    let resident_kib = server.resident_kib()?;
    Ok(Run {
        used,
        totals,
        players,
        resident_kib,
        late_ms: Some(late_ms),
    })
}

/// Starts a relay with `workers` workers, with journal and checkpoints, as in a deployment.
pub(crate) fn start_relay(
    terms: &Terms,
    fixture: &Fixture,
    cores: &str,
    workers: u16,
    hz: u32,
    (port, match_seconds): (u16, u32),
) -> Result<Server> {
    let settings = format!(r#"{{"match_seconds":{match_seconds}}}"#);
    start_program("relay", terms, fixture, cores, port, |command| {
        command
            .env("POOLS", POOLS)
            .env("WORKERS", workers.to_string())
            .env("CAPACITY", "20000")
            .env("SNAPSHOT_HZ", hz.to_string())
            .env("SETTINGS", settings);
    })
}

/// Starts a relay from this program.
pub(crate) fn start_program(
    program: &str,
    terms: &Terms,
    fixture: &Fixture,
    cores: &str,
    port: u16,
    prepare: impl FnOnce(&mut Command),
) -> Result<Server> {
    Server::start(
        program,
        cores,
        &terms.bin.join(program),
        fixture.folder(),
        |command| {
            prepare(command);
            command
                .env("LISTEN", format!("127.0.0.1:{port}"))
                .env("PUBLIC_URL", format!("ws://127.0.0.1:{port}"))
                .env("REDIS_URL", fixture.url())
                // No bots, because the crowd itself fills the rooms.
                .env("LAMBDA_URL", "http://127.0.0.1:9")
                .env("LOG", "error")
                .env("AWS_ACCESS_KEY_ID", "local")
                .env("AWS_SECRET_ACCESS_KEY", "local")
                .env("AWS_REGION", "us-east-1");
        },
    )
}

/// The rooms of a pool, and the behavior of their players.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Full {
    pub(crate) pool: &'static str,
    /// The number of players in each room.
    pub(crate) players: usize,
    pub(crate) role: Role,
}

/// Full rooms of the arena.
pub(crate) const FIVE: Full = Full {
    pool: "main",
    players: SEATS,
    role: Role::arena::<Arena>(),
};

/// Seats and connects full rooms; one of fifty players measures how long an input takes to be visible.
pub(crate) async fn sit(fixture: &Fixture, full: Full, rooms: usize) -> Result<Vec<Seat>> {
    let mut seats = Vec::new();
    for _ in 0..rooms {
        for endpoint in seats::seat(fixture, full.pool, full.players).await? {
            let (stream, read) = wire::open(&endpoint.address, &endpoint.path, "skirmish.v1")?;
            let probes = full.pool == FIVE.pool && seats.len() % 50 == 0;
            let player = Player::new(full.role, seats.len() as u64, None, probes);
            seats.push(Seat {
                stream,
                read,
                player,
            });
        }
    }
    Ok(seats)
}

/// Waits until the relay is healthy, so that the lobby gives it rooms.
pub(crate) fn wait_for_relay(server: &Server, port: u16) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    while http::get_status(port, "/healthz", PATIENCE) != Some(200) {
        if Instant::now() > until {
            bail!("it is not healthy: {}", server.last_lines());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Waits until the server listens.
pub(crate) fn wait_for(server: &Server, address: &str) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        if Instant::now() > until {
            bail!("it does not listen: {}", server.last_lines());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    server.used().context("it ended").map(|_| ())
}
