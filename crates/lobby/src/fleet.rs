//! [`Fleet`]: how functions and bridges see the relays of all pools: their leases, the candidates for a new match,
//! and the relays whose lease ran out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use tokio::time::timeout;
use uuid::Uuid;

use crate::error::Result;
use crate::redis::script;
use crate::store::{PoolStore, Stores};
use crate::timing::{self, ms};

/// The most candidates that a pool's script gets, regardless of the size of the fleet.
pub(crate) const CANDIDATES_MAX: usize = 16;

/// The rooms that a script gave to a candidate.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Given {
    /// The number of rooms.
    pub(crate) rooms: u64,
    /// The relay's region.
    pub(crate) region: Option<String>,
}

/// Relays whose lease ran out and that may own rooms of a pool.
#[derive(Debug, Default)]
pub(crate) struct Overdue {
    pub(crate) relays: Vec<String>,
    /// Those that died so long ago that no function can still give them a room.
    pub(crate) old: Vec<String>,
}

/// The result of [`Fleet::repair`]: relays that own rooms of a pool.
#[derive(Debug, Default)]
pub(crate) struct Repaired {
    /// How many relays did not list the pool among their pools.
    pub(crate) added: u64,
    /// The relays that have no lease, not even one that ran out.
    pub(crate) unknown: Vec<String>,
}

/// The relays of all pools.
#[derive(Clone)]
pub(crate) struct Fleet {
    stores: Stores,
}

impl Fleet {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// Up to [`CANDIDATES_MAX`] live relays that take rooms, from every region, in the format that the pool's scripts
    /// read (`lua/relay_candidates.lua`). The call marks each of them as a possible owner of rooms of the pool.
    pub(crate) async fn candidates(&self, pool: &PoolStore) -> Result<String> {
        let place = Uuid::new_v4().as_fields().0.to_string();
        let args = [pool.name(), &CANDIDATES_MAX.to_string(), &place];
        self.stores
            .run_fleet(&script::RELAY_CANDIDATES, &args)
            .await
    }

    /// The watch-only relay for the next watcher, in the format that `lua/room_watch.lua` reads; None: there is none.
    pub(crate) async fn for_watcher(&self) -> Result<Option<String>> {
        self.stores.run_fleet(&script::RELAY_FOR_WATCHER, &[]).await
    }

    /// Records the rooms that a script gave to candidates: until its next renewal, a relay counts as less free, and
    /// one without free rooms is no candidate. A failure only delays this, so it is not an error.
    pub(crate) async fn given(&self, all: &BTreeMap<String, Given>) {
        if all.is_empty() {
            return;
        }
        let mut pipe = redis::pipe();
        let mut indexes = BTreeSet::new();
        for (relay, given) in all {
            let index = self.stores.fleet.index_of(given.region.as_deref());
            let mut change = redis::cmd("ZADD");
            change.arg(&index).arg("XX").arg("INCR");
            change.arg(-given.rooms.cast_signed()).arg(relay);
            pipe.add_command(change).ignore();
            indexes.insert(index);
        }
        for index in indexes {
            pipe.zrembyscore(index, "-inf", 0).ignore();
        }
        if let Err(error) = self.stores.link.pipeline(&pipe).await {
            tracing::debug!(%error, "the index of relays is updated by their next renewals");
        }
    }

    /// The relays whose lease ran out and that may own rooms of this pool. Records that the leases were checked.
    /// Empty if Redis does not answer soon, because the pool's other work does not wait for it.
    pub(crate) async fn overdue(&self, pool: &PoolStore) -> Overdue {
        let lease = ms(timing::RELAY_LEASE).to_string();
        let gap_max = ms(timing::POLL_GAP_MAX).to_string();
        let kept = ms(timing::RELAY_DEAD_KEPT).to_string();
        let kept_max = ms(timing::RELAY_DEAD_KEPT_MAX).to_string();
        let args = [&lease, pool.name(), &gap_max, &kept, &kept_max];
        let found = self
            .stores
            .run_fleet::<(Vec<String>, Vec<String>)>(&script::RELAYS_OVERDUE, &args);
        match timeout(timing::LEASES_TIMEOUT, found).await {
            Ok(Ok((relays, old))) => Overdue { relays, old },
            Ok(Err(error)) => {
                tracing::debug!(pool = pool.name(), %error, "relay leases not checked");
                Overdue::default()
            }
            Err(_) => {
                tracing::debug!(pool = pool.name(), "relay leases not checked in time");
                Overdue::default()
            }
        }
    }

    /// Removes the mark of this pool from relays of [`Overdue::old`], which own no rooms of it.
    pub(crate) async fn forget(&self, pool: &PoolStore, relays: &[String]) -> Result<()> {
        let kept = ms(timing::RELAY_DEAD_KEPT).to_string();
        let mut args = vec![pool.name(), &kept];
        args.extend(relays.iter().map(String::as_str));
        let _: u64 = self.stores.run_fleet(&script::RELAYS_FORGET, &args).await?;
        Ok(())
    }

    /// Whether the relay has a live lease, and the time of that reading, in ms.
    pub(crate) async fn is_live(&self, relay: &str) -> Result<(bool, u64)> {
        self.stores.run_fleet(&script::RELAY_LIVE, &[relay]).await
    }

    /// Adds the pool to the pools of these relays, which own rooms of it.
    pub(crate) async fn repair(&self, pool: &PoolStore, relays: &[&str]) -> Result<Repaired> {
        let args = [&[pool.name()], relays].concat();
        let (added, unknown) = self.stores.run_fleet(&script::RELAYS_REPAIR, &args).await?;
        Ok(Repaired { added, unknown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::random;
    use crate::{Join, Lobby, Pool, Pools, RelayInfo};
    use testkit::Redis;

    const BEGIN_MS: u64 = 1_800_000_000_000;

    /// A lobby with a pool of matches of one player, and a fleet of its own.
    async fn lobby() -> (Lobby, String, std::sync::Arc<Redis>) {
        let server = Redis::shared();
        let name = random()[..20].to_owned();
        let pools = format!(r#"{{"{name}":{{"seats_min":1,"seats_max":1}}}}"#);
        let pools = Pools::parse(&pools).expect("pools");
        let lobby = Lobby::connect(&server.url, pools).await.expect("a lobby");
        (lobby.with_fleet(&format!("relays-{name}")), name, server)
    }

    async fn renew(lobby: &Lobby, relay: &str, capacity: u32) {
        renew_in(lobby, None, relay, capacity).await;
    }

    async fn renew_in(lobby: &Lobby, region: Option<&str>, relay: &str, capacity: u32) {
        let relay = RelayInfo {
            webtransport: None,
            id: relay.to_owned(),
            url: format!("/game/{relay}"),
            rooms: 0,
            capacity,
            draining: false,
            boot: "boot".to_owned(),
            region: region.map(str::to_owned),
            watchers_free: None,
            games: std::sync::Arc::default(),
        };
        lobby.relays.renew(&relay).await.expect("renew");
    }

    async fn candidates(pool: &Pool) -> BTreeSet<String> {
        let fleet = Fleet::new(&pool.store.stores);
        let json = fleet.candidates(&pool.store).await.expect("candidates");
        let found: Vec<serde_json::Value> = serde_json::from_str(&json).expect("JSON");
        let ids = found.iter().map(|found| found["id"].as_str());
        let ids: Vec<String> = ids.map(|id| id.expect("an id").to_owned()).collect();
        let unique: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(unique.len(), ids.len(), "twice: {ids:?}");
        unique
    }

    #[tokio::test]
    async fn candidates_are_alive_some_freest_and_some_random() {
        let (lobby, name, _server) = lobby().await;
        let early = lobby.at(BEGIN_MS);
        for i in 0..20 {
            renew(&early, &format!("dead-{i}"), 900).await;
        }
        let at = lobby.at(BEGIN_MS + 2000);
        for i in 0..60 {
            renew(&at, &format!("live-{i:02}"), 100 + i).await;
        }
        let pool = at.pool(&name).expect("it");
        // The dead relays have the most free rooms, and stay in the index until their leases are checked.
        assert!(candidates(&pool).await.len() <= CANDIDATES_MAX / 2);
        pool.bridge.poll().await.expect("poll");
        let mut seen = BTreeSet::new();
        for _ in 0..20 {
            let found = candidates(&pool).await;
            assert_eq!(found.len(), CANDIDATES_MAX);
            let freest = (52..60).map(|i| format!("live-{i}"));
            assert!(
                freest.clone().all(|relay| found.contains(&relay)),
                "{found:?}"
            );
            assert!(
                found.iter().all(|relay| relay.starts_with("live-")),
                "{found:?}"
            );
            seen.extend(found);
        }
        assert!(seen.len() > 30, "{seen:?}");
    }

    #[tokio::test]
    async fn each_region_has_candidates_and_a_full_region_is_listed() {
        let (lobby, name, _server) = lobby().await;
        for i in 0..40 {
            renew_in(&lobby, Some("eu"), &format!("eu-{i}"), 900).await;
        }
        renew_in(&lobby, Some("us"), "us", 1).await;
        renew_in(&lobby, Some("full"), "full", 0).await;
        renew(&lobby, "none", 1).await;
        let pool = lobby.pool(&name).expect("it");
        let json = Fleet::new(&pool.store.stores).candidates(&pool.store).await;
        let found: Vec<serde_json::Value> =
            serde_json::from_str(&json.expect("candidates")).expect("JSON");
        let regions = found.iter().map(|found| found["region"].as_str());
        let count = |region| regions.clone().filter(|found| *found == region).count();
        assert_eq!(
            [Some("eu"), Some("us"), None, Some("full")].map(count),
            [4, 1, 1, 1]
        );
        let full = found.iter().find(|found| found["region"] == "full");
        assert_eq!(
            full.expect("it").to_string(),
            r#"{"capacity":0,"region":"full","rooms":0}"#
        );
    }

    /// A function reads the candidates. It gives a room to one of them after that relay's lease ran out and the pool
    /// gave its rooms to others.
    #[tokio::test]
    async fn a_room_that_is_given_to_a_dead_relay_moves() {
        let (lobby, name, _server) = lobby().await;
        renew(&lobby.at(BEGIN_MS), "dies", 10).await;
        let pool = lobby.at(BEGIN_MS).pool(&name).expect("it");
        let fleet = Fleet::new(&pool.store.stores);
        let read = fleet.candidates(&pool.store).await.expect("candidates");

        let at = lobby.at(BEGIN_MS + 60_000);
        let pool = at.pool(&name).expect("it");
        for ms in [1000, 1900, 60_000] {
            let at = lobby.at(BEGIN_MS + ms).pool(&name).expect("it");
            at.bridge.poll().await.expect("poll");
        }
        renew(&at, "lives", 5).await;
        assert_eq!(pool.deadlines.expire(9).await.expect("expire").relays, 0);
        let player = format!("{name}-a");
        let join = Join {
            player: &player,
            name: "a",
            color: None,
            game: "",
            latencies: "",
            trace: "",
            priority: 0,
            request: None,
        };
        pool.queue_join(join).await.expect("join");
        let args = [read.as_str(), &random(), "50"];
        let done: String = pool
            .store
            .run(&script::ASSIGN, &[], &args)
            .await
            .expect("assign");
        assert!(done.contains(r#""given":{"dies":{"rooms":1}}"#), "{done}");

        assert!(pool.bridge.poll().await.expect("poll").expire);
        // A function that read the lease long ago moves nothing; the next one moves the room.
        let (keys, read_at) = ([pool.store.keys.relay("dies")], BEGIN_MS.to_string());
        let args = ["dies", read.as_str(), "0", &read_at];
        let late: String = pool
            .store
            .run(&script::EXPIRE_RELAY, &keys, &args)
            .await
            .expect("expire_relay");
        assert_eq!(late, r#"{"moved":-1,"given":{}}"#);
        assert_eq!(pool.deadlines.expire(9).await.expect("expire").relays, 1);
        let me = at.players.me(&player).await.expect("me");
        assert_eq!(me.game.expect("a ticket").relay, "lives");
        let wrong = crate::check::violations(&at, &name).await.expect("check");
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
