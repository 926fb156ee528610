//! [`Pool`]: one pool of a lobby, and what its functions and its bridge do: seat, decide, look.

use std::sync::Arc;

use futures_util::future::{join_all, try_join_all};
use redis::{FromRedisValue, Script};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Result, corrupt};
use crate::keys::PoolKeys;
use crate::lobby::{Lobby, random};
use crate::relays::LiveRelay;
use crate::script;
use crate::settings::PoolSettings;

/// So many of the queue are seated by one script call.
const ASSIGN_LIMIT: u32 = 50;
const BRIDGE_LEASE_MS: u64 = 600;
/// Decisions in flight at once.
const DECIDE_WIDTH: usize = 32;

/// One pool of a lobby. Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    pub(crate) lobby: Lobby,
    pub(crate) keys: PoolKeys,
    parts: Arc<Parts>,
}

/// What is the same for every handle of a pool.
pub(crate) struct Parts {
    name: String,
    settings: PoolSettings,
    settings_json: String,
}

/// What [`Pool::assign`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// Players seated.
    pub seated: u64,
    /// Matches started.
    pub started: u64,
    /// Candidates who could not be seated now.
    pub skipped: u64,
    /// There is more to do: call again.
    pub remainder: bool,
    /// How long the first of the seated had waited since he joined, in ms; 0 where nobody was seated.
    pub waited_ms: u64,
}

/// What [`Pool::decide_due`] decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Rooms decided.
    pub rooms: u64,
    /// Players set aside, expired or forgotten.
    pub players: u64,
    /// Relays whose lease had run out.
    pub relays: u64,
    /// There is more to do: call again.
    pub remainder: bool,
}

/// What [`Pool::look`] saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Work {
    /// `assign` has work.
    pub assign: bool,
    /// `expire` has work.
    pub decide: bool,
    /// `notify` has work.
    pub notify: bool,
    /// Players queued.
    pub queued: u64,
    /// Rooms listed as open.
    pub rooms_open: u64,
    /// How long the first of the queue has waited, in ms.
    pub oldest_ms: u64,
}

#[derive(Deserialize)]
struct Due {
    members: Vec<(String, u64)>,
    more: bool,
}

impl Pool {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// Its numbers.
    pub fn settings(&self) -> &PoolSettings {
        &self.parts.settings
    }

    /// `assign`: clears the dirty mark, seats up to 50 of the queue, starts full rooms on live relays.
    pub async fn assign(&self) -> Result<Assigned> {
        let relays = self.relays_json().await?;
        let limit = ASSIGN_LIMIT.to_string();
        self.ask(
            "assign",
            &script::ASSIGN,
            &[],
            &[&relays, &random(), &limit],
        )
        .await
    }

    /// `expire`: decides every due room, player and relay, at most `limit`.
    pub async fn decide_due(&self, limit: u32) -> Result<Decided> {
        let due: Due = self
            .ask("due", &script::DUE, &[], &[&limit.to_string()])
            .await?;
        let mut decided = Decided {
            remainder: due.more,
            ..Decided::default()
        };
        if due.members.is_empty() {
            return Ok(decided);
        }
        let relays = &self.relays_json().await?;
        for members in due.members.chunks(DECIDE_WIDTH) {
            // Asked before, so that the decisions go out in the order of their deadlines.
            let open = try_join_all(members.iter().map(|(member, _)| self.is_open(member))).await?;
            let results = members
                .iter()
                .zip(open)
                .map(|((member, generation), open)| async move {
                    self.decide(member, *generation, open, relays).await
                });
            for result in join_all(results).await {
                let one = result?;
                decided.rooms += one.rooms;
                decided.players += one.players;
                decided.relays += one.relays;
            }
        }
        Ok(decided)
    }

    /// Takes or renews `{pool}:bridge` (600 ms). True: this relay is the pool's bridge now.
    pub async fn bridge(&self, relay: &str) -> Result<bool> {
        self.run(
            &script::BRIDGE,
            &[self.keys.bridge()],
            &[relay, &BRIDGE_LEASE_MS.to_string()],
        )
        .await
    }

    /// Which functions have work now: due deadlines, due queue entries, outbox. Marks `{pool}:checked`.
    pub async fn look(&self) -> Result<Work> {
        self.ask("look", &script::LOOK, &[self.keys.outbox_lease()], &[])
            .await
    }

    /// Whether the member is a player with an open lobby socket.
    async fn is_open(&self, member: &str) -> Result<bool> {
        match member.strip_prefix("player:") {
            Some(player) => Ok(self.lobby.session_of(player).await?.is_some()),
            None => Ok(false),
        }
    }

    async fn decide(
        &self,
        member: &str,
        generation: u64,
        is_open: bool,
        relays: &str,
    ) -> Result<Decided> {
        let mut decided = Decided::default();
        match member.split_once(':') {
            Some(("room", room)) => {
                let generation = generation.to_string();
                let keys = self.room_keys(room, self.keys.seats(room));
                let done: String = self
                    .run(
                        &script::ROOM_DECIDE,
                        &keys,
                        &[room, &generation, relays, &random()],
                    )
                    .await?;
                decided.rooms += u64::from(done != "none");
            }
            Some(("player", player)) => {
                let is_open = if is_open { "1" } else { "0" };
                let keys = self.player_keys(player);
                let done: String = self
                    .run(&script::PLAYER_DECIDE, &keys, &[player, is_open])
                    .await?;
                decided.players += u64::from(done != "none");
            }
            Some(("relay", relay)) => {
                let moved: i64 = self
                    .run(
                        &script::RELAY_DECIDE,
                        &[self.keys.relay(relay)],
                        &[relay, relays],
                    )
                    .await?;
                decided.relays += u64::from(moved >= 0);
            }
            _ => {
                tracing::error!(pool = self.name(), member, "a deadline of nothing known");
            }
        }
        Ok(decided)
    }
}

impl Parts {
    pub(crate) fn new(name: &str, settings: &PoolSettings) -> Result<Self> {
        let settings_json =
            serde_json::to_string(settings).map_err(|error| corrupt("settings", error))?;
        Ok(Self {
            name: name.to_owned(),
            settings: settings.clone(),
            settings_json,
        })
    }
}

/// How this crate calls the scripts of a pool.
impl Pool {
    pub(crate) fn new(lobby: &Lobby, parts: &Arc<Parts>) -> Self {
        Self {
            lobby: lobby.clone(),
            keys: PoolKeys::new(&parts.name),
            parts: parts.clone(),
        }
    }

    pub(crate) fn player_keys(&self, player: &str) -> [String; 2] {
        [
            self.keys.player(player),
            self.keys.shadow(&format!("player:{player}")),
        ]
    }

    pub(crate) fn room_keys(&self, room: &str, third: String) -> [String; 3] {
        [
            self.keys.room(room),
            self.keys.shadow(&format!("room:{room}")),
            third,
        ]
    }

    /// Runs a script with the pool's fixed keys, the clock and the settings before `keys` and `args`.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        args: &[&str],
    ) -> Result<T> {
        let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
        self.run_bytes(script, keys, &args).await
    }

    /// The same, for arguments that need not be text.
    pub(crate) async fn run_bytes<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        args: &[&[u8]],
    ) -> Result<T> {
        let mut call = script.prepare_invoke();
        for key in self.keys.fixed().iter().chain(keys) {
            call.key(key);
        }
        call.arg(self.lobby.clock()).arg(&self.parts.settings_json);
        for arg in args {
            call.arg(*arg);
        }
        self.lobby.link.script(&call).await
    }

    /// Runs a script that answers with JSON.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        name: &str,
        script: &Script,
        keys: &[String],
        args: &[&str],
    ) -> Result<T> {
        let text: String = self.run(script, keys, args).await?;
        serde_json::from_str(&text).map_err(|error| corrupt(name, error))
    }

    pub(crate) async fn relays_json(&self) -> Result<String> {
        let live: Vec<LiveRelay> = crate::relays::live(&self.lobby.link).await?;
        serde_json::to_string(&live).map_err(|error| corrupt("relays", error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_server::Server;
    use crate::{Join, Pools};

    /// What stands in every key of the pool but the clock of the last look.
    async fn everything(pool: &Pool) -> Vec<(String, Option<Vec<u8>>)> {
        let mut keys: Vec<String> = pool
            .lobby
            .link
            .command(redis::cmd("KEYS").arg(pool.keys.pattern()))
            .await
            .expect("keys");
        keys.retain(|key| !key.ends_with(":checked") && !key.ends_with(":dirty"));
        keys.sort();
        let mut all = Vec::new();
        for key in keys {
            let dump = pool.lobby.link.command(redis::cmd("DUMP").arg(&key)).await;
            all.push((key, dump.expect("a dump")));
        }
        all
    }

    async fn join(pool: &Pool, player: &str) {
        let join = Join {
            player: &format!("{}-{player}", pool.name()),
            name: "x",
            color: None,
            priority: 0,
            request: None,
        };
        pool.lobby.join(pool.name(), join).await.expect("join");
    }

    /// A function that had read what is due, stood still for six hours, and goes on when all of it was decided by others,
    /// and there are rooms and players again of whom it never heard.
    #[tokio::test]
    async fn decisions_that_come_hours_late_change_nothing() {
        let server = Server::shared();
        let name = random()[..20].to_owned();
        let pools = Pools::parse(&format!(r#"{{"{name}":{{}}}}"#)).expect("pools");
        let lobby = Lobby::connect(&server.url, pools).await.expect("a lobby");
        let at = |ms: u64| lobby.at(1_800_000_000_000 + ms).pool(&name).expect("it");
        for player in ["a", "b", "c"] {
            join(&at(0), player).await;
        }
        at(0).assign().await.expect("assign");
        let due: Due = at(600_000)
            .ask("due", &script::DUE, &[], &["100"])
            .await
            .expect("due");
        assert_eq!(due.members.len(), 4, "{:?}", due.members);

        let hours_ms = 6 * 3_600_000;
        for ms in [600_000, 900_000, 1_200_000, 1_800_000] {
            at(ms).look().await.expect("look");
            at(ms).decide_due(100).await.expect("decide");
        }
        for player in ["a", "d"] {
            join(&at(hours_ms), player).await;
        }
        at(hours_ms).assign().await.expect("assign");
        let late = at(hours_ms + 10);
        let before = everything(&late).await;
        for (member, generation) in due.members.iter().chain(due.members.iter().rev()) {
            let done = late.decide(member, *generation, false, "[]").await;
            assert_eq!(done.expect("decide"), Decided::default(), "{member}");
        }
        assert_eq!(everything(&late).await, before);
    }
}
