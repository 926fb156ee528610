//! What operators change. Each operation may be repeated safely.

use futures_util::future::try_join_all;
use serde::Deserialize;

use super::Admin;
use crate::error::Result;
use crate::inbox;
use crate::keys::{self, pool_of};
use crate::redis::script;
use crate::store::PoolStore;

/// The least time between two kills of a relay: `up` ends if one of its parts ends five times in a minute.
pub const KILL_INTERVAL_S: u64 = 20;

/// Why an operator removed a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// From a room. The player may queue again.
    Kicked,
    /// From the lobby.
    Banned,
}

/// A player whom [`Admin::remove_player`] removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The player's pool.
    pub pool: String,
    /// `queued`, `seated` or `playing`: the state before.
    pub state: String,
    /// The room in which the player was.
    pub room: Option<String>,
}

/// The answer to [`Admin::close_room`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RoomClosed {
    /// It has ended.
    Closed {
        /// `gathering`, `open` or `started`: the state before.
        state: String,
        /// How many players were in it.
        players: u64,
    },
    /// There is no such room, or it no longer exists.
    Absent,
    /// Nothing was changed: the room's players have seats in another room.
    Matched {
        /// The other room.
        room: String,
    },
}

/// The answer to [`Admin::drain_relay`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// A drain message was sent to the relay.
    Sent,
    /// The relay is already draining.
    Already,
    /// There is no such relay.
    Unknown,
}

/// The answer to [`Admin::kill_relay`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Killed {
    /// The run of the relay with this boot nonce has a message to kill itself.
    Sent {
        /// The boot nonce.
        boot: String,
    },
    /// It was killed less than [`KILL_INTERVAL_S`] ago.
    TooSoon,
    /// There is no such relay.
    Unknown,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum RemoveAnswer {
    Removed {
        state: String,
        room: Option<String>,
        nonce: String,
    },
    Absent,
}

impl Removal {
    /// `kicked` or `banned`: the reason in the message `removed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kicked => "kicked",
            Self::Banned => "banned",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Kicked, Self::Banned]
            .into_iter()
            .find(|removal| removal.as_str() == name)
    }
}

impl Admin {
    /// Removes a player from this room, or, with None, from the whole lobby. Returns None if the player is not there.
    pub async fn remove_player(
        &self,
        player: &str,
        removal: Removal,
        room: Option<&str>,
    ) -> Result<Option<Removed>> {
        let pools = match room {
            Some(room) => self.stores.pool(pool_of(room)).into_iter().collect(),
            None => self.stores.all(),
        };
        let removed = pools
            .iter()
            .map(|pool| self.remove_from(pool, player, removal, room));
        let removed = try_join_all(removed).await?;
        Ok(removed.into_iter().flatten().next())
    }

    /// Ends a room. Its players are removed, and a match ends without a result.
    pub async fn close_room(&self, room: &str) -> Result<RoomClosed> {
        let Ok(pool) = self.stores.pool(pool_of(room)) else {
            return Ok(RoomClosed::Absent);
        };
        pool.run_json("room_close", &script::ROOM_CLOSE, &[], &[room])
            .await
    }

    /// Closes the pool: players who are not in it cannot enter. Returns the reason of an earlier closing. Errors:
    /// [`crate::Error::UnknownPool`].
    pub async fn close_pool(&self, pool: &str, reason: &str) -> Result<Option<String>> {
        let pool = self.stores.pool(pool)?;
        let mut set = redis::cmd("SET");
        set.arg(pool.keys.closed()).arg(reason).arg("GET");
        self.stores.link.command(&set).await
    }

    /// Reopens the pool. Returns why it was closed. Errors: [`crate::Error::UnknownPool`].
    pub async fn open_pool(&self, pool: &str) -> Result<Option<String>> {
        let pool = self.stores.pool(pool)?;
        let mut get = redis::cmd("GETDEL");
        get.arg(pool.keys.closed());
        self.stores.link.command(&get).await
    }

    /// Makes a relay hand its rooms over and exit. Its supervisor restarts it.
    pub async fn drain_relay(&self, relay: &str) -> Result<Drained> {
        let reported = self.reported(relay).await?;
        let Some(boot) = reported.get("boot") else {
            return Ok(Drained::Unknown);
        };
        if reported.get("draining").is_some_and(|it| it == "1") {
            return Ok(Drained::Already);
        }
        inbox::send_to_run(&self.stores.link, relay, "drain", boot).await?;
        Ok(Drained::Sent)
    }

    /// Tells a relay to kill its own process. A relay that is not configured for it ignores the message.
    pub async fn kill_relay(&self, relay: &str) -> Result<Killed> {
        let mut reported = self.reported(relay).await?;
        let Some(boot) = reported.remove("boot") else {
            return Ok(Killed::Unknown);
        };
        let mut set = redis::cmd("SET");
        set.arg(keys::relay_killed(relay)).arg(&boot);
        set.arg("NX").arg("EX").arg(KILL_INTERVAL_S);
        let is_first: Option<String> = self.stores.link.command(&set).await?;
        if is_first.is_none() {
            return Ok(Killed::TooSoon);
        }
        inbox::send_to_run(&self.stores.link, relay, "kill", &boot).await?;
        Ok(Killed::Sent { boot })
    }

    async fn remove_from(
        &self,
        pool: &PoolStore,
        player: &str,
        removal: Removal,
        room: Option<&str>,
    ) -> Result<Option<Removed>> {
        let args = [player, removal.as_str(), room.unwrap_or_default()];
        let keys = pool.player_keys(player);
        let answer = pool.run_json("player_remove", &script::PLAYER_REMOVE, &keys, &args);
        match answer.await? {
            RemoveAnswer::Removed { state, room, nonce } => {
                self.claims
                    .release_now(player, pool.name(), Some(&nonce))
                    .await;
                let pool = pool.name().to_owned();
                Ok(Some(Removed { pool, state, room }))
            }
            RemoveAnswer::Absent => Ok(None),
        }
    }
}
