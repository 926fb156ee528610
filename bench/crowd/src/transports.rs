//! CPU time and memory of a player over a WebSocket and over WebTransport, with the same clients.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use arena::Arena;
use bots::{Client, GameTicket, MatchEvent, Transport};
use testkit::free_port;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::player::{Player, Role, Seen};
use crate::seats::{self, POOLS};
use crate::server::Server;
use crate::tick_loop::{FIVE, LONG_SECONDS, Terms, start_program, wait_for_relay};
use crowd::cpu::Use;
use crowd::figures::{middle, spread, table};
use crowd::fixture::Fixture;
use crowd::machine;

/// Fewer rooms than elsewhere: a QUIC client needs more CPU time than the server, and all clients share the other cores.
const ROOMS: usize = 20;
/// The interval between two inputs of a client, as in the other subjects.
const INPUT: Duration = Duration::from_millis(33);
/// The time until memory and rates are steady.
const SETTLE: Duration = Duration::from_secs(5);
/// Nothing listens there: a player who loses the connection stays out.
const LOBBY: &str = "http://127.0.0.1:9";
const TRANSPORTS: [Transport; 2] = [Transport::WebSocket, Transport::WebTransport];

/// One run.
struct Run {
    used: Use,
    seen: Seen,
    players: usize,
    /// Memory of a player and their session.
    kib: f64,
}

impl Run {
    /// CPU time per player and second, µs.
    fn cpu_us(&self) -> f64 {
        self.used.cpu * 1e6 / (self.used.seconds * self.players as f64)
    }

    fn states(&self) -> f64 {
        self.seen.states as f64 / (self.used.seconds * self.players as f64)
    }
}

/// Measures and prints.
pub(crate) async fn run(terms: &Terms) -> Result<()> {
    let rooms = terms.rooms.min(ROOMS);
    println!("\n## Transports: {rooms} rooms of 5, one core, 60 Hz states\n");
    let mut runs = [Vec::new(), Vec::new()];
    let mut ratios = Vec::new();
    for _ in 0..terms.runs {
        let mut pair = Vec::new();
        for (transport, runs) in TRANSPORTS.into_iter().zip(&mut runs) {
            let run = measure(terms, rooms, transport).await?;
            pair.push(run.cpu_us());
            runs.push(run);
        }
        if let [websocket, webtransport] = pair[..] {
            ratios.push(webtransport / websocket);
        }
    }
    print(&runs);
    println!(
        "\nWebTransport / WebSocket: {}; load {}\n",
        spread(&ratios, 2),
        machine::load()
    );
    Ok(())
}

fn print(runs: &[Vec<Run>; 2]) {
    let head = [
        "transport",
        "µs/player-s",
        "KiB/player",
        "states/s",
        "bad",
        "lost",
        "waited %",
    ];
    let row = |(transport, runs): (Transport, &Vec<Run>)| {
        let of = |get: fn(&Run) -> f64| -> Vec<f64> { runs.iter().map(get).collect() };
        let sum = |get: fn(&Run) -> u64| runs.iter().map(get).sum::<u64>().to_string();
        vec![
            format!("{transport:?}"),
            spread(&of(Run::cpu_us), 0),
            spread(&of(|run| run.kib), 1),
            middle(&of(Run::states), 1),
            sum(|run| run.seen.bad),
            sum(|run| u64::from(run.seen.over)),
            middle(&of(|run| run.used.waited * 100.0), 0),
        ]
    };
    let rows: Vec<_> = TRANSPORTS.into_iter().zip(runs).map(row).collect();
    table(&head, &rows);
}

async fn measure(terms: &Terms, rooms: usize, transport: Transport) -> Result<Run> {
    let fixture = Fixture::open(POOLS).await?;
    let port = free_port();
    let server = start(terms, &fixture, port)?;
    wait_for_relay(&server, port)?;
    sleep(Duration::from_secs(1)).await;
    let idle_kib = server.resident_kib()?;
    let mut tickets = Vec::new();
    for _ in 0..rooms {
        tickets.extend(seats::tickets(&fixture, FIVE.pool, FIVE.players).await?);
    }
    let players = tickets.len();
    let crowd = Crowd::start(tickets, transport);
    sleep(SETTLE).await;
    crowd.take();
    let before = server.used().with_context(|| server.last_lines())?;
    sleep(Duration::from_secs(terms.seconds)).await;
    let used = server.used()?.since(&before);
    let seen = crowd.take();
    let kib = (server.resident_kib()?.saturating_sub(idle_kib)) as f64 / players as f64;
    Ok(Run {
        used,
        seen,
        players,
        kib,
    })
}

/// A relay with one worker and WebTransport. Its other threads run on the same core.
fn start(terms: &Terms, fixture: &Fixture, port: u16) -> Result<Server> {
    let core = machine::server_core();
    start_program("relay", terms, fixture, &core, port, |command| {
        command
            .env("POOLS", POOLS)
            .env("WORKERS", "1")
            .env("CAPACITY", "20000")
            .env("SNAPSHOT_HZ", "60")
            .env("SETTINGS", format!(r#"{{"match_seconds":{LONG_SECONDS}}}"#))
            .env("WEBTRANSPORT_ADDRESS", "127.0.0.1:0");
    })
}

/// Players, who play until this is dropped.
struct Crowd {
    /// Their counts since the last call of `take`.
    seen: Arc<Mutex<Seen>>,
    is_over: Arc<AtomicBool>,
    _playing: JoinSet<()>,
}

impl Crowd {
    fn start(tickets: Vec<GameTicket>, transport: Transport) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let is_over = Arc::new(AtomicBool::new(false));
        let mut playing = JoinSet::new();
        for (number, ticket) in tickets.into_iter().enumerate() {
            let (seen, is_over) = (seen.clone(), is_over.clone());
            playing.spawn(async move {
                if let Err(error) = play(ticket, transport, number, &seen).await {
                    eprintln!("a player: {error:#}");
                }
                is_over.store(true, Relaxed);
            });
        }
        Self {
            seen,
            is_over,
            _playing: playing,
        }
    }

    /// The counts since the last call. `over` is set if a player no longer plays.
    fn take(&self) -> Seen {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let over = self.is_over.load(Relaxed);
        Seen {
            over,
            ..std::mem::take(&mut seen)
        }
    }
}

/// Plays until the match or the connection ends.
async fn play(
    ticket: GameTicket,
    transport: Transport,
    number: usize,
    all: &Mutex<Seen>,
) -> Result<()> {
    let client = Client::with_token(LOBBY, "")?.with_transport(transport);
    let mut game = client.play(ticket).await?;
    let mut player = None;
    let mut inputs = interval(INPUT);
    inputs.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut payload = Vec::new();
    loop {
        tokio::select! {
            event = game.next() => match (event?, &mut player) {
                (Some(MatchEvent::Welcome(welcome)), player) => {
                    let seat = Some(usize::from(welcome.seat));
                    *player = Some(Player::new(Role::arena::<Arena>(), number as u64, seat, false));
                }
                (Some(MatchEvent::Frame(frame)), Some(player)) => {
                    player.handle_binary(&frame);
                    let seen = std::mem::take(&mut player.seen);
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    all.states += seen.states;
                    all.bad += seen.bad;
                }
                (None | Some(MatchEvent::Over(_)), _) => return Ok(()),
                _ => {}
            },
            _ = inputs.tick() => if let Some(player) = &mut player {
                payload.clear();
                player.act(&mut payload);
                game.send(payload.clone()).await?;
            },
        }
    }
}
