//! The state of the differential test: the lobby on a real Redis, the reference, and the test's own data.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lobby::{GameTicket, Lobby, Pool, Pools};
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;

use super::compare::{Row, differences, learn, shared_differences};
use super::reference::{Membership, Reference};
use super::rules;

const SETTINGS: &str = r#"{
    "a": {"countdown_ms":4000,"room_ttl_ms":20000,"player_ttl_ms":30000,"claim_room_ms":6000},
    "b": {"seats_min":2,"seats_max":4,"countdown_ms":1500,"room_ttl_ms":9000,"player_ttl_ms":12000,"claim_room_ms":6000,"late":{"until_s":15},
          "bots":{"fill_to":3,"after_ms":700},"lanes":3}
}"#;
pub(crate) const POOLS: [&str; 2] = ["a", "b"];
/// Long enough that a slow machine does not fail the test.
const PATIENCE: Duration = Duration::from_mins(1);
const BEGIN_MS: u64 = 1_800_000_000_000;

/// The last known state of a match that was started.
#[derive(Clone)]
pub(crate) struct Match {
    pub(crate) pool: String,
    pub(crate) room: String,
    pub(crate) relay: String,
    pub(crate) epoch: u64,
    /// The players that its relay knows.
    pub(crate) roster: Vec<String>,
    /// The late players that the lobby has. The relay reads them before it offers seats.
    pub(crate) late: Vec<String>,
}

/// A seat ticket that a player holds.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) pool: String,
    pub(crate) text: String,
    pub(crate) player: String,
    pub(crate) room: String,
    pub(crate) relay: String,
    pub(crate) epoch: u64,
    pub(crate) is_used: bool,
    pub(crate) minted: Instant,
}

/// The messages of a pool that a player's client has received.
#[derive(Default)]
pub(crate) struct Client {
    pub(crate) received: u64,
    /// Whether the socket was closed since the last complete delivery: messages in between are lost.
    pub(crate) was_closed: bool,
    /// The types of the outstanding messages.
    pub(crate) owed: VecDeque<String>,
}

pub(crate) struct World {
    base: Lobby,
    /// The lobby, on the clock of the test.
    pub(crate) lobby: Lobby,
    pub(crate) redis: MultiplexedConnection,
    dump: redis::Script,
    pub(crate) reference: Reference,
    /// The number of the current run, by relay.
    pub(crate) runs: BTreeMap<String, u32>,
    pub(crate) rooms: Vec<(String, String)>,
    pub(crate) matches: Vec<Match>,
    pub(crate) tickets: Vec<Ticket>,
    pub(crate) clients: BTreeMap<(String, String), Client>,
    outbox_ids: BTreeMap<String, String>,
    /// The ids of the entries in the reference's outboxes, by pool.
    pub(super) entry_ids: BTreeMap<String, VecDeque<String>>,
    /// The nonces that each code has had.
    pub(super) nonces: BTreeSet<(String, u64)>,
    /// How many addresses have sent codes.
    pub(super) addresses: u64,
}

impl World {
    /// An empty Redis and an empty reference.
    pub(crate) async fn new(url: &str, players: impl Iterator<Item = String>) -> Result<Self> {
        let client = redis::Client::open(url)?;
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        let mut redis = client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        let () = redis::cmd("FLUSHALL").query_async(&mut redis).await?;
        let pools = Pools::parse(SETTINGS)?;
        let mut reference = Reference::new(&pools.0, BEGIN_MS);
        let base = Lobby::connect_within(url, pools, PATIENCE).await?;
        for player in players {
            base.sessions.open(&player, &player).await?;
            reference.open(&player);
        }
        Ok(Self {
            lobby: base.at(BEGIN_MS),
            base,
            redis,
            dump: redis::Script::new(include_str!("dump.lua")),
            reference,
            runs: BTreeMap::new(),
            rooms: Vec::new(),
            matches: Vec::new(),
            tickets: Vec::new(),
            clients: BTreeMap::new(),
            outbox_ids: POOLS.map(|name| (name.to_owned(), "0-0".to_owned())).into(),
            entry_ids: BTreeMap::new(),
            nonces: BTreeSet::new(),
            addresses: 0,
        })
    }

    pub(crate) fn pool(&self, name: &str) -> Result<Pool> {
        Ok(self.lobby.pool(name)?)
    }

    pub(crate) fn pass(&mut self, ms: i64) {
        self.reference.pass(ms);
        self.lobby = self.base.at(self.reference.now);
    }

    pub(crate) fn keep(&mut self, pool: &str, player: &str, room: &str, game: &GameTicket) {
        self.tickets.push(Ticket {
            pool: pool.to_owned(),
            text: game.ticket.clone(),
            player: player.to_owned(),
            room: room.to_owned(),
            relay: game.relay.clone(),
            epoch: game.epoch,
            is_used: false,
            minted: Instant::now(),
        });
    }

    /// Compares all pools, and records what is new in them.
    pub(crate) async fn compare(&mut self) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        let mut all = self.rows().await?;
        let shared = all.pop().context("the codes and the fleet")?;
        wrong.extend(shared_differences(&self.reference, &shared));
        for (name, rows) in POOLS.into_iter().zip(all) {
            let pool = self.reference.pool(name);
            learn(pool, &rows);
            let found = differences(pool, &rows).with_context(|| format!("pool {name}"))?;
            wrong.extend(found.into_iter().map(|line| format!("{name}: {line}")));
            for row in rows.iter().filter(|row| row[0] == "entry") {
                self.outbox_ids.insert(name.to_owned(), row[1].clone());
                let ids = self.entry_ids.entry(name.to_owned()).or_default();
                ids.push_back(row[1].clone());
            }
            self.note(name);
        }
        wrong.extend(rules::broken(&self.reference));
        Ok(wrong)
    }

    async fn rows(&mut self) -> Result<Vec<Vec<Row>>> {
        let mut call = self.dump.prepare_invoke();
        for pool in POOLS {
            call.arg(format!("{{{pool}}}:")).arg(&self.outbox_ids[pool]);
        }
        Ok(call.invoke_async(&mut self.redis).await?)
    }

    /// As if every bridge had polled until now.
    pub(crate) async fn mark_checked(&mut self) -> Result<()> {
        let now = self.reference.now;
        let mut set = redis::cmd("SET");
        let () = set
            .arg("{relays}:leases_checked")
            .arg(now)
            .query_async(&mut self.redis)
            .await?;
        self.reference.fleet.checked = Some(now);
        for pool in POOLS {
            let mut set = redis::cmd("SET");
            set.arg(format!("{{{pool}}}:checked")).arg(now);
            let () = set.query_async(&mut self.redis).await?;
            self.reference.pool(pool).checked = Some(now);
        }
        Ok(())
    }

    fn note(&mut self, name: &str) {
        let pool = self.reference.pool(name);
        let fresh = std::mem::take(&mut pool.fresh);
        for entry in pool.outbox.iter().skip(pool.outbox.len() - fresh) {
            for (player, kind) in &entry.tell {
                let client = self
                    .clients
                    .entry((name.to_owned(), player.clone()))
                    .or_default();
                client.owed.push_back(kind.clone());
            }
        }
        for (id, room) in &pool.rooms {
            if !self.rooms.iter().any(|(_, known)| known == id) {
                self.rooms.push((name.to_owned(), id.clone()));
            }
            if !room.is_started {
                continue;
            }
            if let Some(known) = self.matches.iter_mut().find(|known| known.room == *id) {
                known.relay.clone_from(&room.relay);
                known.epoch = room.epoch;
                known.late.clone_from(&room.seats);
            } else {
                self.matches.push(Match {
                    pool: name.to_owned(),
                    room: id.clone(),
                    relay: room.relay.clone(),
                    epoch: room.epoch,
                    roster: room.roster.clone(),
                    late: Vec::new(),
                });
            }
        }
    }

    /// Passes the messages of a delivery to the clients. `is_whole`: the delivery was complete, so no message is
    /// outstanding.
    pub(crate) fn receive(
        &mut self,
        pool: &str,
        pushed: &[(String, u64, String)],
        is_whole: bool,
    ) -> Result<()> {
        for ((_, player), client) in self
            .clients
            .iter_mut()
            .filter(|((name, _), _)| name == pool)
        {
            client.was_closed |= !self.reference.sessions.contains(player);
        }
        for (player, seq, kind) in pushed {
            let client = self
                .clients
                .entry((pool.to_owned(), player.clone()))
                .or_default();
            if *seq <= client.received {
                continue;
            }
            client.received = *seq;
            loop {
                let owed = client.owed.pop_front();
                let owed = owed
                    .with_context(|| format!("{player} receives {kind}, which no script wrote"))?;
                if owed == *kind {
                    break;
                }
                ensure!(
                    client.was_closed || may_be_skipped(&owed),
                    "{player} receives {kind} without having received {owed}"
                );
            }
        }
        if is_whole {
            for ((_, player), client) in self
                .clients
                .iter_mut()
                .filter(|((name, _), _)| name == pool)
            {
                let missed = client.owed.iter().find(|kind| !may_be_skipped(kind));
                ensure!(
                    missed.is_none() || client.was_closed,
                    "{player} never received {missed:?}"
                );
                client.owed.clear();
                client.was_closed = false;
            }
        }
        Ok(())
    }

    /// Whether the ticket still admits to a seat.
    pub(crate) fn admits(&self, ticket: &Ticket) -> bool {
        let pool = &self.reference.pools[&ticket.pool];
        let room = pool.rooms.get(&ticket.room);
        let player = pool.players.get(&ticket.player);
        room.is_some_and(|room| room.is_started && room.epoch == ticket.epoch)
            && player.is_some_and(|player| {
                player.membership == Membership::Playing && player.room == ticket.room
            })
    }
}

/// Only players who are in a match get its tickets.
fn may_be_skipped(kind: &str) -> bool {
    kind == "match_started" || kind == "match_moved"
}
