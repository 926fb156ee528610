//! Calls of the lobby's scripts, one after the other on one connection, there and back: a private Redis on loopback.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion};
use lobby::{Checkpoint, Checkpointed, Join, Lobby, Pools, RelayInfo, Saved};
use micro::{Busy, tick_path};
use tokio::runtime::Runtime;
use uuid::Uuid;
use xtask::stack::redis::{self, Private};

/// Each bench has a pool of its own: what one leaves behind is in no other's way.
const POOLS: &str = r#"{"join":{},"assign":{"seats_min":5},"checkpoint":{"seats_min":5}}"#;
const RELAY: &str = "relay-1";
const BOOT: &str = "boot";
/// Players that `room-assign` seats in a call.
const BATCH: usize = 50;
/// From one checkpoint to the next.
const CHECKPOINT_TICKS: u32 = 120;
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn all(c: &mut Criterion) {
    let house = House::open();
    house.ping(c);
    house.join(c);
    house.assign(c);
    house.checkpoint(c);
}

/// A private Redis with the lobby in it.
struct House {
    redis: Private,
    folder: PathBuf,
    lobby: Lobby,
    runtime: Runtime,
}

impl House {
    fn open() -> Self {
        let folder = std::env::temp_dir().join(format!("skirmish-micro-{}", Uuid::new_v4()));
        let redis = redis::start(&folder, &folder).expect("redis-server starts");
        let url = format!("redis://127.0.0.1:{}", redis.port);
        let until = Instant::now() + PATIENCE;
        while !redis::is_ready(&url) {
            assert!(Instant::now() < until, "Redis does not become ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let pools = Pools::parse(POOLS).expect("pools");
        let lobby = runtime
            .block_on(Lobby::connect(&url, pools))
            .expect("a lobby");
        Self {
            redis,
            folder,
            lobby,
            runtime,
        }
    }

    /// What any call costs.
    fn ping(&self, c: &mut Criterion) {
        c.bench_function("lobby: PING, no script", |b| {
            b.iter(|| self.run(self.lobby.ping()));
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
        let pool = self.lobby.pool("assign").expect("the pool");
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
        let pool = self.lobby.pool("checkpoint").expect("the pool");
        let mut checkpoint = self.begun_match();
        let size = checkpoint.saved.state.len() + checkpoint.saved.replay.len();
        let name = format!("lobby: checkpoint ({size} B)");
        c.bench_function(&name, |b| {
            b.iter(|| {
                let written = self.run(pool.checkpoint(&checkpoint));
                assert_eq!(written, Checkpointed::Written);
                checkpoint.saved.replay_from = checkpoint.saved.tick;
                checkpoint.saved.tick += CHECKPOINT_TICKS;
                checkpoint.saved.replay_header = None;
            });
        });
    }

    /// A match of five that its relay has claimed, and what is to be saved of it.
    fn begun_match(&self) -> Checkpoint {
        let pool = self.lobby.pool("checkpoint").expect("the pool");
        self.renew_relay();
        let players: Vec<String> = (0..5).map(|_| Uuid::new_v4().to_string()).collect();
        for player in &players {
            self.queue("checkpoint", player);
        }
        self.run(pool.assign());
        let me = self.run(self.lobby.me(&players[0]));
        let (room, game) = me.room.zip(me.game).expect("they are playing");
        self.run(pool.claim_room(&room, RELAY, game.epoch, BOOT));
        let mut busy = Busy::after(1, CHECKPOINT_TICKS);
        let (saved, _) = tick_path::checkpoint(&mut busy.room);
        Checkpoint {
            room,
            relay: RELAY.to_owned(),
            epoch: game.epoch,
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
        let join = Join {
            player,
            name: "bench",
            color: None,
            priority: 0,
            request: None,
        };
        self.run(self.lobby.join(pool, join));
    }

    fn renew_relay(&self) {
        let relay = RelayInfo {
            id: RELAY.to_owned(),
            url: "ws://127.0.0.1/game/relay-1".to_owned(),
            rooms: 0,
            capacity: 1_000_000,
            draining: false,
            boot: BOOT.to_owned(),
        };
        self.run(self.lobby.relay_renew(&relay));
    }

    fn run<T>(&self, call: impl Future<Output = lobby::Result<T>>) -> T {
        self.runtime.block_on(call).expect("the lobby answers")
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.redis.process.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
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
