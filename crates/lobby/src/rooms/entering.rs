//! How players enter rooms that players make: by making one, by its code, and by a rematch.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::codes::{Codes, Taken, random_codes};
use super::{Rooms, to_json};
use crate::error::{Error, Result, corrupt};
use crate::game_settings::SettingRefused;
use crate::keys::pool_of;
use crate::redis::script;
use crate::settings::MetaValue;
use crate::store::{PoolStore, random};
use crate::types::GameTicket;

/// The most unknown codes that an address may send in a minute; further calls are refused.
const MISSES_MAX: u32 = 10;

/// A player who enters a room that a player made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entering<'a> {
    /// UUID text.
    pub player: &'a str,
    /// The name that other players see.
    pub name: &'a str,
    /// `#rrggbb`; see [`crate::Join`].
    pub color: Option<&'a str>,
    /// The claim `game` of the player's token; see [`crate::Join`].
    pub game: &'a str,
    /// The latencies that the player measured; see [`crate::Join`].
    pub latencies: &'a str,
    /// The `traceparent` of the call; see [`crate::Join`].
    pub trace: &'a str,
    /// Whether the player leaves the queue or another room for this one.
    pub leaves: bool,
    /// `Idempotency-Key`.
    pub request: Option<&'a str>,
}

/// What a player chooses for a new room.
#[derive(Clone, Debug, Default)]
pub struct NewRoom<'a> {
    /// Whether the room is in the list of rooms.
    pub is_listed: bool,
    /// The most players; None: the pool's maximum.
    pub seats: Option<u32>,
    /// The game's settings; the others come from the pool.
    pub settings: BTreeMap<String, i64>,
    /// Values of the keys that the pool declares.
    pub meta: BTreeMap<String, MetaValue>,
    /// Its name; None: the host's name.
    pub name: Option<&'a str>,
}

/// The answer to [`Rooms::room_create`], [`Rooms::room_join`] and [`Rooms::room_rematch`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entered {
    /// The player is in the room.
    Seated {
        /// Its id.
        room: String,
        /// Six letters.
        code: String,
        /// The host's player id.
        host: String,
        /// Whether this call seated the player.
        #[serde(default)]
        new: bool,
    },
    /// In a running match: 409, with how to rejoin it.
    Playing {
        /// Its id.
        room: String,
        /// How to reach it.
        game: GameTicket,
    },
    /// In the queue or another room, which the player did not agree to leave: 409.
    Queued {
        /// The other room.
        room: Option<String>,
    },
    /// In another pool: 409.
    OtherPool {
        /// The other pool's name.
        pool: String,
    },
    /// An operator closed the pool: 503.
    Closed {
        /// Why.
        reason: String,
    },
    /// No room has this code, or there is no match for a rematch: 404.
    Unknown,
    /// It has no free seat: 409.
    Full,
    /// Its match has begun: 409.
    Started {
        /// The room whose match the player may watch.
        #[serde(default)]
        watch: Option<String>,
    },
    /// Its host removed the player: 409.
    Kicked,
    /// The match is not yet over: 409.
    Running,
    /// The player was not in the match: 403.
    NotMember,
    /// The address has sent too many unknown codes: 429.
    TooManyMisses,
    /// The game has no such setting, or it is out of its range: 422.
    SettingsInvalid(SettingRefused),
}

impl Rooms {
    /// `POST /lobby/rooms`: makes a room. The caller has validated settings, meta and seats. Errors:
    /// [`Error::UnknownPool`].
    pub async fn room_create(
        &self,
        pool: &str,
        player: Entering<'_>,
        new: &NewRoom<'_>,
    ) -> Result<Entered> {
        let pool = self.stores.pool(pool)?;
        let (settings, meta) = (to_json(&new.settings)?, to_json(&new.meta)?);
        let seats = new.seats.unwrap_or(pool.settings().seats_max).to_string();
        let more = [
            if new.is_listed { "listed" } else { "private" },
            &seats,
            &settings,
            &meta,
            new.name.unwrap_or(player.name),
        ];
        let room = new_room(&pool);
        self.make(&pool, &script::ROOM_CREATE, player, &room, &more)
            .await
    }

    /// `POST /lobby/rooms/join`: enters the room with this code ([`super::parse_code`]). `address`: the caller's
    /// address.
    pub async fn room_join(
        &self,
        code: &str,
        address: &str,
        player: Entering<'_>,
    ) -> Result<Entered> {
        let Some((pool, room)) = self.find(code, address).await? else {
            return self.missed(address).await;
        };
        let more = [room.as_str(), code];
        let answer = self.enter(&pool, &script::ROOM_JOIN, player, &more);
        match answer.await? {
            None | Some((Entered::Unknown, _)) => self.missed(address).await,
            Some((entered, _)) => Ok(entered.in_pool(&pool)),
        }
    }

    /// `POST /lobby/rooms/<room>/rematch`: gathers the players of `room` again after its match. The first call makes
    /// the new room.
    pub async fn room_rematch(&self, room: &str, player: Entering<'_>) -> Result<Entered> {
        let Ok(pool) = self.stores.pool(pool_of(room)) else {
            return Ok(Entered::Unknown);
        };
        let (script, next) = (&script::ROOM_REMATCH, new_room(&pool));
        let more = [next.as_str(), "", "", room];
        let answer = self.enter(&pool, script, player, &more).await?;
        let Some((entered, code_nonce)) = answer else {
            // The queue made the room of that match, so it has no code.
            return self.make(&pool, script, player, &next, &[room]).await;
        };
        if let (Entered::Seated { room, code, .. }, Some(nonce)) = (&entered, code_nonce) {
            let codes = Codes::new(&self.stores);
            codes.keep(code, pool.name(), room, &nonce).await?;
        }
        Ok(entered.in_pool(&pool))
    }

    /// Takes a code for the room `new` and runs a script that may make that room. Releases the code if the room was
    /// not made.
    async fn make(
        &self,
        pool: &PoolStore,
        script: &redis::Script,
        player: Entering<'_>,
        new: &str,
        more: &[&str],
    ) -> Result<Entered> {
        let codes = Codes::new(&self.stores);
        let Taken { code, nonce } = codes.take(pool.name(), new, random_codes()).await?;
        let taken = [new, code.as_str(), &nonce];
        let more = [&taken, more].concat();
        let answer = self.enter(pool, script, player, &more).await;
        let is_used = match &answer {
            // A repeated call got the room of the first one; another player may have made the rematch.
            Ok(Some((Entered::Seated { room, .. }, _))) => room == new,
            Ok(_) | Err(Error::Full) => false,
            // Maybe applied: the sweep decides.
            Err(_) => true,
        };
        if !is_used && let Err(error) = codes.release(&code, &nonce).await {
            tracing::warn!(%error, code, "code not released; it expires");
        }
        let (entered, _) = answer?.ok_or_else(|| corrupt("enter", "it has a code"))?;
        Ok(entered)
    }

    /// The pool and the room of a code, unless the address has sent too many unknown codes.
    pub(super) async fn find(
        &self,
        code: &str,
        address: &str,
    ) -> Result<Option<(PoolStore, String)>> {
        let codes = Codes::new(&self.stores);
        let (is_at_limit, named) = tokio::try_join!(self.is_at_limit(address), codes.read(code))?;
        let named = named.filter(|_| !is_at_limit);
        let found = named.and_then(|named| Some((self.stores.pool(&named.pool).ok()?, named.room)));
        Ok(found)
    }

    async fn missed(&self, address: &str) -> Result<Entered> {
        Ok(if self.is_over_limit(address).await? {
            Entered::TooManyMisses
        } else {
            Entered::Unknown
        })
    }

    /// Whether the address may currently not send a code.
    pub(super) async fn is_at_limit(&self, address: &str) -> Result<bool> {
        Ok(Codes::new(&self.stores).misses(address).await? >= MISSES_MAX)
    }

    /// Counts an unknown code. True: the address has sent too many.
    pub(super) async fn is_over_limit(&self, address: &str) -> Result<bool> {
        Ok(Codes::new(&self.stores).miss(address).await? > MISSES_MAX)
    }
}

impl Entered {
    /// Removes the match to watch if nobody may watch matches of this pool.
    fn in_pool(self, pool: &PoolStore) -> Self {
        match self {
            Self::Started { .. } if pool.settings().watch.is_off() => Self::Started { watch: None },
            other => other,
        }
    }
}

fn new_room(pool: &PoolStore) -> String {
    format!("{}.{}", pool.name(), &random()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lobby, Pools};
    use testkit::Redis;

    async fn redis<T: redis::FromRedisValue>(lobby: &Lobby, words: &[&str]) -> T {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        lobby
            .stores
            .link
            .command(&command)
            .await
            .expect("an answer")
    }

    #[tokio::test]
    async fn a_code_is_released_if_another_player_made_the_room_meanwhile() {
        let (server, name) = (Redis::shared(), random()[..10].to_owned());
        let pools = Pools::parse(&format!(r#"{{"{name}":{{}}}}"#)).expect("pools");
        let lobby = Lobby::connect(&server.url, pools).await.expect("a lobby");
        let pool = lobby.stores.pool(&name).expect("the pool");
        let old = format!("{name}.old");
        let kept = format!("{{{name}}}:rematch:{old}");
        let players = ["one", "two"].map(|short| format!("{name}-{short}"));
        let _: u64 = redis(&lobby, &["HSET", &kept, "roster", &players.join(",")]).await;
        let [first, second] = [0, 1].map(|n| Entering {
            player: &players[n],
            name: "P",
            ..Entering::default()
        });
        let made = lobby.rooms.room_rematch(&old, first).await.expect("a room");
        // The second player also found no room, before the first one made it.
        let (script, new, more) = (&script::ROOM_REMATCH, new_room(&pool), [old.as_str()]);
        let joined = lobby.rooms.make(&pool, script, second, &new, &more);
        let (room_of, mut rooms) = (joined.await.expect("a room"), Vec::new());
        for key in redis::<Vec<String>>(&lobby, &["KEYS", "code:*"]).await {
            let text: Option<String> = redis(&lobby, &["GET", &key]).await;
            rooms.extend(text.filter(|text| text.starts_with(&format!("{name} "))));
        }
        assert_eq!(rooms.len(), 1, "{rooms:?}");
        let (Entered::Seated { room, .. }, Entered::Seated { room: same, .. }) = (made, room_of)
        else {
            panic!("not in a room")
        };
        assert_eq!(room, same);
        assert!(rooms[0].contains(&room), "{rooms:?}");
    }
}
