//! Measures the cost of each step in Redis while the whole fleet is registered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use lobby::journal::{Journal, connect_journal};
use lobby::{Assigned, Lobby, RelayInfo, Saved};
use micro::{Busy, tick_path};

use crate::Args;
use crate::cluster::{Cluster, pool_name};
use crate::players::{self, Announced, CHECKPOINT_TICKS};

/// Concurrent calls.
const CALLS: usize = 16;
/// Rounds of renewals that are measured.
const ROUNDS: u32 = 3;
/// The number of rooms whose records one entry of a journal contains: an eighth of the rooms of a full relay.
const ROOMS_AN_ENTRY: usize = 50;
const ENTRIES: u32 = 5_000;
const JOURNAL_TIMEOUT: Duration = Duration::from_secs(10);
/// The interval of renewals. The clock does not advance, so no lease runs out, but Redis drops a registration after 5
/// s.
const RENEW_AGAIN: Duration = Duration::from_secs(2);

/// CPU time of all nodes of Redis, in µs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parts {
    /// One renewal of a relay.
    pub(crate) renewal: f64,
    /// The opening of a lobby socket.
    pub(crate) connect: f64,
    pub(crate) join: f64,
    /// `assign`, per player.
    pub(crate) seat: f64,
    /// The delivery of a notification.
    pub(crate) push: f64,
    /// The number of notifications of a player from the join to the end of the match.
    pub(crate) pushes: f64,
    pub(crate) claim: f64,
    pub(crate) checkpoint: f64,
    pub(crate) finish: f64,
    /// An entry of a journal, and its size in bytes.
    pub(crate) entry: f64,
    pub(crate) entry_bytes: usize,
    /// A poll by a pool's bridge, including its lease.
    pub(crate) poll: f64,
    /// A sweep, per pool without players.
    pub(crate) sweep_pool: f64,
    /// A sweep, per player in a match.
    pub(crate) sweep_player: f64,
}

/// The measured lobby, and the fleet that stays registered during the measurement.
struct Measuring {
    cluster: Cluster,
    relays: Vec<RelayInfo>,
    renewal: f64,
}

/// Registers the fleet, and measures every part with a sample of players.
pub(crate) async fn measure(args: &Args) -> Result<Parts> {
    let cluster = Cluster::open(args.nodes, args.pools).await?;
    let mut measuring = Measuring {
        cluster,
        relays: (1..=args.relays).map(relay).collect(),
        renewal: 0.0,
    };
    let mut parts = Parts {
        renewal: measuring.register().await?,
        ..Parts::default()
    };
    parts.poll = measuring.polls(args.pools).await?;
    parts.sweep_pool = measuring.sweeps(args.pools).await?;
    measuring.matches(args, &mut parts).await?;
    (parts.entry, parts.entry_bytes) = measuring.journal().await?;
    Ok(parts)
}

impl Measuring {
    /// The CPU time of a renewal, after all relays have been registered once.
    async fn register(&mut self) -> Result<f64> {
        eprintln!("registering {} relays …", self.relays.len());
        self.renew().await?;
        let before = self.cluster.used()?;
        for _ in 0..ROUNDS {
            self.renew().await?;
        }
        self.renewal = self.cluster.since(&before)? / f64::from(ROUNDS) / self.relays.len() as f64;
        Ok(self.renewal * 1e6)
    }

    async fn renew(&self) -> Result<()> {
        let relays = &self.cluster.lobby.relays;
        stream::iter(&self.relays)
            .map(|relay| Ok(relays.renew(relay)))
            .try_buffer_unordered(CALLS)
            .try_collect::<()>()
            .await?;
        Ok(())
    }

    /// The CPU time of `call` in µs, averaged over `count` calls. The registrations are renewed at the same time,
    /// which is not counted.
    async fn of<T>(
        &self,
        name: &str,
        count: usize,
        call: impl AsyncFnOnce(&Lobby) -> Result<T>,
    ) -> Result<(f64, T)> {
        eprintln!("{name}: {count} …");
        let rounds = AtomicU32::new(0);
        let before = self.cluster.used()?;
        let done = tokio::select! {
            done = call(&self.cluster.lobby) => done?,
            failed = self.keep(&rounds) => return Err(failed),
        };
        let rounds = f64::from(rounds.load(Ordering::Relaxed));
        let renewals = rounds * self.relays.len() as f64 * self.renewal;
        let cpu = (self.cluster.since(&before)? - renewals).max(0.0);
        Ok((cpu * 1e6 / count.max(1) as f64, done))
    }

    /// Renews the registrations until a renewal fails.
    async fn keep(&self, rounds: &AtomicU32) -> anyhow::Error {
        loop {
            tokio::time::sleep(RENEW_AGAIN).await;
            if let Err(error) = self.renew().await {
                return error;
            }
            rounds.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn polls(&self, pools: u32) -> Result<f64> {
        let (poll, ()) = self
            .of("polls", pools as usize, async |lobby| {
                for pool in 0..pools {
                    let bridge = lobby.pool(&pool_name(pool))?.bridge;
                    bridge.hold("r1").await?;
                    bridge.poll().await?;
                }
                Ok(())
            })
            .await?;
        Ok(poll)
    }

    async fn sweeps(&self, pools: u32) -> Result<f64> {
        let (sweep, ()) = self
            .of("sweeps", pools as usize, async |lobby| {
                let names: Vec<String> = (0..pools).map(pool_name).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                for name in &names {
                    let repaired = lobby.pool(name)?.sweep.repair().await?;
                    ensure!(repaired.is_empty(), "{repaired:?}");
                }
                let released = lobby.release_unowned(&names).await?;
                ensure!(released.is_empty(), "{released:?}");
                Ok(())
            })
            .await?;
        Ok(sweep)
    }

    async fn matches(&self, args: &Args, parts: &mut Parts) -> Result<()> {
        let all = players::of(args.sample, args.pools);
        let count = all.len();
        (parts.connect, ()) = self
            .of("sockets", count, async |lobby| {
                players::connect(lobby, &all).await
            })
            .await?;
        (parts.join, ()) = self
            .of("joins", count, async |lobby| {
                players::join(lobby, &all).await
            })
            .await?;
        let seated;
        (parts.seat, seated) = self
            .of("seats", count, async |lobby| seat(lobby, args.pools).await)
            .await?;
        ensure!(seated.seated == count as u64, "{seated:?} of {count}");
        let announced = Announced::default();
        let (push, started) = self
            .of("notifications", 1, async |lobby| {
                deliver(lobby, args.pools, &announced).await
            })
            .await?;
        let matches = announced.into_matches();
        ensure!(
            matches.len() == count / 5,
            "{} matches of {count} players",
            matches.len()
        );
        let rooms = matches.len();
        (parts.claim, ()) = self
            .of("claims", rooms, async |lobby| {
                players::claim(lobby, &matches).await
            })
            .await?;
        let mut saved = saved();
        self.of("first checkpoints", rooms, async |lobby| {
            players::checkpoint(lobby, &matches, &saved).await
        })
        .await?;
        saved.replay_header = None;
        saved.replay_from = saved.tick;
        saved.tick += CHECKPOINT_TICKS;
        (parts.checkpoint, ()) = self
            .of("checkpoints", rooms, async |lobby| {
                players::checkpoint(lobby, &matches, &saved).await
            })
            .await?;
        let playing = self.sweeps(args.pools).await?;
        parts.sweep_player =
            (playing - parts.sweep_pool).max(0.0) * f64::from(args.pools) / count as f64;
        let tick = saved.tick;
        (parts.finish, ()) = self
            .of("ends", rooms, async |lobby| {
                players::finish(lobby, &matches, tick).await
            })
            .await?;
        let (last, ended) = self
            .of("notifications", 1, async |lobby| {
                deliver(lobby, args.pools, &Announced::default()).await
            })
            .await?;
        parts.push = (push + last) / (started + ended) as f64;
        parts.pushes = (started + ended) as f64 / count as f64;
        Ok(())
    }

    /// The CPU time of an entry that is written as a worker writes it, and its size in bytes.
    async fn journal(&self) -> Result<(f64, usize)> {
        let mut busy = Busy::after(1, CHECKPOINT_TICKS);
        busy.send_inputs();
        let mut record = Vec::new();
        tick_path::step(&mut busy.room);
        tick_path::journal(&mut busy.room, &mut record);
        let entry = record.repeat(ROOMS_AN_ENTRY);
        let (url, bytes) = (self.cluster.url().to_owned(), entry.len());
        let write = move || write(&url, &entry);
        let (cpu, ()) = self
            .of("journal entries", ENTRIES as usize, async |_| {
                tokio::task::spawn_blocking(write).await?
            })
            .await?;
        Ok((cpu, bytes))
    }
}

/// Seats players until every queue is empty.
async fn seat(lobby: &Lobby, pools: u32) -> Result<Assigned> {
    let mut sum = Assigned::default();
    for pool in 0..pools {
        loop {
            let one = lobby.pool(&pool_name(pool))?.assign().await?;
            sum.seated += one.seated;
            if !one.remainder {
                break;
            }
        }
    }
    Ok(sum)
}

/// Delivers all notifications. Returns how many.
async fn deliver(lobby: &Lobby, pools: u32, announced: &Announced) -> Result<u64> {
    let mut pushed = 0;
    for pool in 0..pools {
        let outbox = lobby.pool(&pool_name(pool))?.outbox;
        loop {
            let report = outbox.deliver_lane(0, announced).await?;
            ensure!(report.failed == 0, "{report:?}");
            pushed += report.pushed;
            if !report.remainder {
                break;
            }
        }
    }
    Ok(pushed)
}

/// Writes the entry repeatedly, and waits for the answers.
fn write(url: &str, entry: &[u8]) -> Result<()> {
    let mut journal = Journal::new("r1", 0);
    journal.attach(connect_journal(url, "r1", 0, JOURNAL_TIMEOUT)?);
    let until = Instant::now() + JOURNAL_TIMEOUT;
    for _ in 0..ENTRIES {
        journal.append(entry);
        while journal.lag().0 > 64 {
            if Instant::now() > until {
                bail!("the journal's Redis does not answer");
            }
            journal.poll();
        }
    }
    Ok(())
}

/// The first checkpoint of a room of five players.
fn saved() -> Saved {
    let mut busy = Busy::after(1, CHECKPOINT_TICKS);
    let (saved, _) = tick_path::checkpoint(&mut busy.room);
    Saved {
        tick: saved.tick,
        state: saved.state,
        journal: String::new(),
        after: String::new(),
        replay: saved.replay,
        replay_from: saved.replay_from,
        replay_header: Some(busy.room.replay_header(0)),
    }
}

fn relay(number: u32) -> RelayInfo {
    RelayInfo {
        webtransport: None,
        id: format!("r{number}"),
        url: format!("/game/r{number}"),
        rooms: 0,
        capacity: 400,
        draining: false,
        boot: players::BOOT.to_owned(),
        region: None,
        watchers_free: None,
        games: Arc::default(),
    }
}
