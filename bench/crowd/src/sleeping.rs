//! Sleeping rooms: memory and CPU time of rooms whose players are away, and the duration of a command in a room whose
//! players are connected.

use std::collections::HashMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use devstack::metrics::Metrics;
use futures_util::{TryStreamExt as _, stream};
use serde_json::Value;
use testkit::free_port;

use crate::seats::{self, Endpoint};
use crate::server::Server;
use crate::tick_loop::{Terms, start_program, wait_for_relay};
use crate::wire::{self, Frame};
use crowd::figures::middle_and_tail;
use crowd::fixture::Fixture;
use crowd::machine;

const POOL: &str = "cards";
/// A turn has the maximum duration.
const POOLS: &str = r#"{"cards": {"seats_min": 2, "seats_max": 2, "game": "cards",
    "settings": {"turn_seconds": 900, "match_seconds": 900}}}"#;
/// Rooms that are seated together.
const BATCH: usize = 25;
/// Players who connect concurrently.
const CONNECTING: usize = 16;
/// The time until the checkpoints of the last rooms are written.
const SETTLE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(10);
/// Commands that are measured.
const COMMANDS: u32 = 200;
/// Slightly more than the minimum time between two commands of a player.
const COMMAND_EVERY: Duration = Duration::from_millis(57);

/// Measures and prints.
pub(crate) async fn run(terms: &Terms, rooms: usize) -> Result<()> {
    println!("## Rooms that sleep: {rooms} rooms of cards\n");
    let fixture = Fixture::open(POOLS).await?;
    let port = free_port();
    let server = start_program(
        "relay",
        terms,
        &fixture,
        &machine::server_core(),
        port,
        |command| {
            command
                .env("POOLS", POOLS)
                .env("WORKERS", "1")
                .env("CAPACITY", (rooms + 1).to_string())
                // The second player of each room never connects.
                .env("GRACE_MS", "0");
        },
    )?;
    wait_for_relay(&server, port)?;
    let window = Duration::from_secs(terms.seconds * 2);
    let idle = share(&server, window).await?;
    let empty_kib = server.resident_kib()?;
    let began = Instant::now();
    fill(&fixture, rooms).await?;
    let filled = began.elapsed();
    tokio::time::sleep(SETTLE).await;
    let before = Metrics::read(port)?;
    let busy = share(&server, window).await?;
    let after = Metrics::read(port)?;
    let resident_kib = server.resident_kib()?;
    println!(
        "{} rooms after {:.0} s: {:.2} GiB, {:.1} KiB a room",
        after.sum("skirmish_rooms"),
        filled.as_secs_f64(),
        resident_kib as f64 / 1024.0 / 1024.0,
        (resident_kib - empty_kib) as f64 / rooms as f64,
    );
    println!(
        "{:.2} % of a core, {:.2} % without rooms; {} steps in {} s",
        busy * 100.0,
        idle * 100.0,
        after.sum("skirmish_ticks_total") - before.sum("skirmish_ticks_total"),
        window.as_secs()
    );
    let players = seats::seat(&fixture, POOL, 2).await?;
    let took = tokio::task::spawn_blocking(move || commands(&players)).await??;
    println!(
        "a command until its result: p50/p99 {} ms ({COMMANDS} commands)",
        middle_and_tail(&took)
    );
    println!("\nload {}", machine::load());
    Ok(())
}

/// Seats rooms. One player of each room connects, waits for the start of the match, and disconnects.
async fn fill(fixture: &Fixture, rooms: usize) -> Result<()> {
    for first in (0..rooms).step_by(BATCH) {
        let players = BATCH.min(rooms - first) * 2;
        let players = seats::queue(fixture, POOL, players).await?;
        let mut rooms = HashMap::new();
        for player in players {
            let endpoint = seats::endpoint(fixture, POOL, &player).await?;
            rooms.insert(endpoint.room.clone(), endpoint);
        }
        stream::iter(rooms.into_values().map(Ok))
            .try_for_each_concurrent(CONNECTING, async |endpoint| {
                tokio::task::spawn_blocking(move || visit(&endpoint)).await?
            })
            .await?;
    }
    Ok(())
}

fn visit(endpoint: &Endpoint) -> Result<()> {
    let mut connection = Connection::open(endpoint)?;
    connection.until(|message| {
        (message["type"] == "snapshot" && message["tick"].as_u64() > Some(0)).then_some(())
    })
}

/// Milliseconds from a command to its result, which arrives with the snapshot that shows it. The game refuses the
/// command in the other player's turn; in both cases the room steps.
fn commands(players: &[Endpoint]) -> Result<Vec<f64>> {
    let mut connections = Vec::new();
    for endpoint in players {
        connections.push(Connection::open(endpoint)?);
    }
    let connection = connections.first_mut().context("a player")?;
    let mut took = Vec::new();
    for id in 0..COMMANDS {
        std::thread::sleep(COMMAND_EVERY);
        let began = Instant::now();
        connection.send(&format!(r#"{{"type":"command","id":{id},"name":"draw"}}"#))?;
        connection.until(|message| {
            (message["type"] == "command_result" && message["id"] == id).then_some(())
        })?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(took)
}

/// The share of a core that the server uses.
async fn share(server: &Server, window: Duration) -> Result<f64> {
    let before = server.used()?;
    tokio::time::sleep(window).await;
    let used = server.used()?.since(&before);
    Ok(used.cpu / used.seconds)
}

/// A player's connection, with the JSON subprotocol.
struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    fn open(endpoint: &Endpoint) -> Result<Self> {
        let (stream, read) = wire::open(&endpoint.address, &endpoint.path, "skirmish.json.v1")?;
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, read })
    }

    fn send(&mut self, text: &str) -> Result<()> {
        let mut frame = Vec::new();
        wire::put_frame(true, text.as_bytes(), &mut frame);
        Ok(self.stream.write_all(&frame)?)
    }

    /// Reads messages until `find` returns a value.
    fn until<T>(&mut self, mut find: impl FnMut(&Value) -> Option<T>) -> Result<T> {
        let mut piece = [0; 4096];
        loop {
            let mut found = None;
            let taken = wire::take_frames(&self.read, |frame| {
                if let Frame::Text(text) = frame
                    && let Ok(message) = serde_json::from_slice(text)
                {
                    found = found.take().or_else(|| find(&message));
                }
            });
            self.read.drain(..taken);
            if let Some(found) = found {
                return Ok(found);
            }
            match self.stream.read(&mut piece) {
                Ok(0) => bail!("the relay closed the connection"),
                Ok(n) => self.read.extend_from_slice(&piece[..n]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => bail!("no message"),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
