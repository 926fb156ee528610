//! Round trips of the lobby's scripts, one after the other on one connection to a private Redis on loopback.

use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion};
use crowd::fixture::Fixture;
use lobby::{Checkpoint, Checkpointed, RelayInfo, Saved};
use micro::{Busy, tick_path};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// Each benchmark has a separate pool, so that leftovers of one do not affect another.
const POOLS: &str = r#"{"join":{},"assign":{"seats_min":5},"checkpoint":{"seats_min":5}}"#;
const RELAY: &str = "relay-1";
const BOOT: &str = "boot";
/// Players that one call of `assign` seats.
const BATCH: usize = 50;
/// The ticks between two checkpoints.
const CHECKPOINT_TICKS: u32 = 120;

pub(crate) fn all(c: &mut Criterion) {
    let calls = Calls::open();
    calls.ping(c);
    calls.join(c);
    calls.assign(c);
    calls.checkpoint(c);
}

/// The runtime that calls, and the lobby.
struct Calls {
    fixture: Fixture,
    runtime: Runtime,
}

impl Calls {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let fixture = runtime.block_on(Fixture::open(POOLS)).expect("a lobby");
        Self { fixture, runtime }
    }

    /// The cost of any call.
    fn ping(&self, c: &mut Criterion) {
        c.bench_function("lobby: PING, no script", |b| {
            b.iter(|| self.run(self.fixture.lobby.ping()));
        });
    }

    fn join(&self, c: &mut Criterion) {
        c.bench_function("lobby: queue_join", |b| {
            b.iter_batched(
                || Uuid::new_v4().to_string(),
                |player| self.queue("join", &player),
                BatchSize::SmallInput,
            );
        });
    }

    fn assign(&self, c: &mut Criterion) {
        let pool = self.fixture.lobby.pool("assign").expect("the pool");
        c.bench_function("lobby: assign, 50 waiting", |b| {
            b.iter_custom(|times| {
                let mut taken = Duration::ZERO;
                for _ in 0..times {
                    self.renew_relay();
                    for _ in 0..BATCH {
                        self.queue("assign", &Uuid::new_v4().to_string());
                    }
                    let begun = Instant::now();
                    let assigned = self.run(pool.assign());
                    taken += begun.elapsed();
                    assert_eq!((assigned.seated, assigned.started), (50, 10));
                }
                taken
            });
        });
    }

    fn checkpoint(&self, c: &mut Criterion) {
        let pool = self.fixture.lobby.pool("checkpoint").expect("the pool");
        let mut checkpoint = self.begun_match();
        let size = checkpoint.saved.state.len() + checkpoint.saved.replay.len();
        let name = format!("lobby: checkpoint ({size} B)");
        c.bench_function(&name, |b| {
            b.iter(|| {
                let written = self.run(pool.matches.checkpoint(&checkpoint));
                assert_eq!(written, Checkpointed::Written);
                checkpoint.saved.replay_from = checkpoint.saved.tick;
                checkpoint.saved.tick += CHECKPOINT_TICKS;
                checkpoint.saved.replay_header = None;
            });
        });
    }

    /// A match of five that its relay has claimed, and a checkpoint of it.
    fn begun_match(&self) -> Checkpoint {
        let pool = self.fixture.lobby.pool("checkpoint").expect("the pool");
        self.renew_relay();
        let players: Vec<String> = (0..5).map(|_| Uuid::new_v4().to_string()).collect();
        for player in &players {
            self.queue("checkpoint", player);
        }
        self.run(pool.assign());
        let me = self.run(self.fixture.lobby.players.me(&players[0]));
        let (room, game) = me.room.zip(me.game).expect("they are playing");
        self.run(pool.matches.claim_room(&room, RELAY, game.epoch, BOOT));
        let mut busy = Busy::after(1, CHECKPOINT_TICKS);
        let (saved, _) = tick_path::checkpoint(&mut busy.room);
        Checkpoint {
            room,
            relay: RELAY.to_owned(),
            epoch: game.epoch,
            sleeps_ms: 0,
            players: players.into_iter().map(on_line).collect(),
            projectiles: Vec::new(),
            saved: Saved {
                tick: saved.tick,
                state: saved.state,
                journal: String::new(),
                after: String::new(),
                replay: saved.replay,
                replay_from: saved.replay_from,
                replay_header: Some(busy.room.replay_header(0)),
            },
        }
    }

    fn queue(&self, pool: &str, player: &str) {
        self.runtime
            .block_on(self.fixture.join(pool, player))
            .expect("the lobby answers");
    }

    fn renew_relay(&self) {
        let relay = RelayInfo {
            webtransport: None,
            id: RELAY.to_owned(),
            url: "ws://127.0.0.1/game/relay-1".to_owned(),
            rooms: 0,
            capacity: 1_000_000,
            draining: false,
            boot: BOOT.to_owned(),
            region: None,
            watchers_free: None,
            games: std::sync::Arc::default(),
        };
        self.run(self.fixture.lobby.relays.renew(&relay));
    }

    fn run<T>(&self, call: impl Future<Output = lobby::Result<T>>) -> T {
        self.runtime.block_on(call).expect("the lobby answers")
    }
}

fn on_line(player_id: String) -> lobby::CheckpointPlayer {
    lobby::CheckpointPlayer {
        player_id,
        x: 100.0,
        y: 100.0,
        online: true,
    }
}
