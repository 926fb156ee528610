//! [`Deadlines`]: expires overdue rooms, players and relays.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::fleet::{Fleet, Given};
use crate::redis::script;
use crate::sessions::Sessions;
use crate::store::{PoolStore, random};
use crate::timing::{self, ms};

/// The recommended limit of one call of [`Deadlines::expire`].
pub const EXPIRE_MAX: u32 = 100;
/// How many members are expired concurrently.
const CONCURRENT_MAX: usize = 32;

/// The deadlines of a pool's rooms, players and relays.
#[derive(Clone)]
pub struct Deadlines {
    store: PoolStore,
    sessions: Sessions,
    fleet: Fleet,
}

/// What [`Deadlines::expire`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Expired {
    /// Rooms that started, moved, closed or ended.
    pub rooms: u64,
    /// Players set aside, expired or forgotten.
    pub players: u64,
    /// Relays whose lease had run out.
    pub relays: u64,
    /// More is overdue: call again.
    pub remainder: bool,
}

#[derive(Deserialize)]
struct Due {
    /// `room:<id>`, `player:<id>` or `relay:<id>`, with a room's generation.
    members: Vec<(String, u64)>,
    more: bool,
}

#[derive(Deserialize)]
struct RelayExpired {
    /// -1: the relay was not overdue.
    moved: i64,
    given: BTreeMap<String, Given>,
}

impl Deadlines {
    pub(crate) fn new(store: &PoolStore) -> Self {
        Self {
            store: store.clone(),
            sessions: Sessions::new(&store.stores),
            fleet: Fleet::new(&store.stores),
        }
    }

    /// Expires every overdue room, player and relay, at most `limit`.
    pub async fn expire(&self, limit: u32) -> Result<Expired> {
        let due = self.due(limit).await?;
        let mut expired = Expired {
            remainder: due.more,
            ..Expired::default()
        };
        if due.members.is_empty() {
            return Ok(expired);
        }
        let relays = &self.fleet.candidates(&self.store).await?;
        // Relays come first: a room of a dead relay moves even if its own deadline has passed in the meantime.
        let is_relay = |(member, _): &(String, u64)| member.starts_with("relay:");
        let (first, then): (Vec<_>, Vec<_>) = due.members.into_iter().partition(is_relay);
        for members in first
            .chunks(CONCURRENT_MAX)
            .chain(then.chunks(CONCURRENT_MAX))
        {
            // The sessions are read before any script runs, so that the scripts run in the order of the deadlines.
            let open = try_join_all(members.iter().map(|(member, _)| self.is_open(member))).await?;
            let results = members
                .iter()
                .zip(open)
                .map(|((member, generation), open)| async move {
                    self.expire_one(member, *generation, open, relays).await
                });
            for result in join_all(results).await {
                let one = result?;
                expired.rooms += one.rooms;
                expired.players += one.players;
                expired.relays += one.relays;
            }
        }
        Ok(expired)
    }

    async fn due(&self, limit: u32) -> Result<Due> {
        let overdue = self.fleet.overdue(&self.store).await;
        let limit = limit.to_string();
        let mut args = vec![limit.as_str()];
        args.extend(overdue.relays.iter().map(String::as_str));
        self.store
            .run_json("expire_due", &script::EXPIRE_DUE, &[], &args)
            .await
    }

    /// Whether the member is a player with an open lobby socket.
    async fn is_open(&self, member: &str) -> Result<bool> {
        match member.strip_prefix("player:") {
            Some(player) => Ok(self.sessions.connection_of(player).await?.is_some()),
            None => Ok(false),
        }
    }

    async fn expire_one(
        &self,
        member: &str,
        generation: u64,
        is_open: bool,
        relays: &str,
    ) -> Result<Expired> {
        let mut expired = Expired::default();
        match member.split_once(':') {
            Some(("room", room)) => {
                expired.rooms += u64::from(self.expire_room(room, generation, relays).await?);
            }
            Some(("player", player)) => {
                expired.players += u64::from(self.expire_player(player, is_open).await?);
            }
            Some(("relay", relay)) => {
                expired.relays += u64::from(self.expire_relay(relay, relays).await?);
            }
            _ => tracing::error!(pool = self.store.name(), member, "unknown kind of deadline"),
        }
        Ok(expired)
    }

    async fn expire_room(&self, room: &str, generation: u64, relays: &str) -> Result<bool> {
        let keys = self.store.room_keys(room, self.store.keys.seats(room));
        let args = [room, &generation.to_string(), relays, &random()];
        let done: String = self.store.run(&script::EXPIRE_ROOM, &keys, &args).await?;
        Ok(done != "none")
    }

    async fn expire_player(&self, player: &str, is_open: bool) -> Result<bool> {
        let keys = self.store.player_keys(player);
        let args = [player, if is_open { "1" } else { "0" }];
        let done: String = self.store.run(&script::EXPIRE_PLAYER, &keys, &args).await?;
        Ok(done != "none")
    }

    async fn expire_relay(&self, relay: &str, relays: &str) -> Result<bool> {
        let keys = [self.store.keys.relay(relay)];
        // Read just before the script runs: if a function stalls in between, it must not take rooms from a relay that
        // has renewed its lease.
        let (is_live, read_at_ms) = self.fleet.is_live(relay).await?;
        let until_ms = (read_at_ms + ms(timing::RELAY_LIVE_FRESH)).to_string();
        let is_live = if is_live { "1" } else { "0" };
        let args = [relay, relays, is_live, &until_ms];
        let expired: RelayExpired = self
            .store
            .run_json("expire_relay", &script::EXPIRE_RELAY, &keys, &args)
            .await?;
        self.fleet.given(&expired.given).await;
        Ok(expired.moved >= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Join, Lobby, Pool, Pools};
    use testkit::Redis;

    /// Every key of the pool with its value, except the time of the last poll.
    async fn everything(pool: &Pool) -> Vec<(String, Option<Vec<u8>>)> {
        let store = &pool.store;
        let link = &store.stores.link;
        let mut keys: Vec<String> = link
            .command(redis::cmd("KEYS").arg(store.keys.pattern()))
            .await
            .expect("keys");
        keys.retain(|key| !key.ends_with(":checked") && !key.ends_with(":dirty"));
        keys.sort();
        let mut all = Vec::new();
        for key in keys {
            let dump = link.command(redis::cmd("DUMP").arg(&key)).await;
            all.push((key, dump.expect("a dump")));
        }
        all
    }

    async fn join(pool: &Pool, player: &str) {
        let join = Join {
            player: &format!("{}-{player}", pool.name()),
            name: "x",
            color: None,
            game: "",
            latencies: "",
            trace: "",
            priority: 0,
            request: None,
        };
        pool.queue_join(join).await.expect("join");
    }

    /// A function reads what is overdue and stalls for six hours. It continues after others have expired all of it
    /// and new rooms and players exist.
    #[tokio::test]
    async fn an_expiry_that_runs_hours_late_changes_nothing() {
        let server = Redis::shared();
        let name = random()[..20].to_owned();
        let pools = Pools::parse(&format!(r#"{{"{name}":{{}}}}"#)).expect("pools");
        let lobby = Lobby::connect(&server.url, pools).await.expect("a lobby");
        let at = |ms: u64| lobby.at(1_800_000_000_000 + ms).pool(&name).expect("it");
        for player in ["a", "b", "c"] {
            join(&at(0), player).await;
        }
        at(0).assign().await.expect("assign");
        let due = at(600_000).deadlines.due(100).await.expect("due");
        assert_eq!(due.members.len(), 4, "{:?}", due.members);

        let hours_ms = 6 * 3_600_000;
        for ms in [600_000, 900_000, 1_200_000, 1_800_000] {
            at(ms).bridge.poll().await.expect("poll");
            at(ms).deadlines.expire(100).await.expect("expire");
        }
        for player in ["a", "d"] {
            join(&at(hours_ms), player).await;
        }
        at(hours_ms).assign().await.expect("assign");
        let late = at(hours_ms + 10);
        let before = everything(&late).await;
        let relays = "[]";
        for (member, generation) in due.members.iter().chain(due.members.iter().rev()) {
            let done = late
                .deadlines
                .expire_one(member, *generation, false, relays);
            assert_eq!(done.await.expect("expire"), Expired::default(), "{member}");
        }
        assert_eq!(everything(&late).await, before);
    }
}
