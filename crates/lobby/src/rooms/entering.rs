//! How players enter rooms that players make: by making one, by its code, and after a match.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::codes::{Codes, Taken, random_codes};
use super::{Rooms, to_json};
use crate::error::{Error, Result, corrupt};
use crate::game_settings::SettingRefused;
use crate::keys::{self, pool_of};
use crate::players::claims::{Claim, Claims, Holder};
use crate::redis::script;
use crate::settings::MetaValue;
use crate::store::{PoolStore, random};
use crate::types::{GameTicket, Joined};

/// How often a call takes a new claim after the pool refused the claim as too old.
const ROUNDS_MAX: u32 = 3;
/// Codes that do not exist, of one address in a minute; further calls are refused.
const MISSES_MAX: u32 = 10;

/// A player who enters a room that a player made.
#[derive(Clone, Copy, Debug)]
pub struct Entering<'a> {
    /// UUID text.
    pub player: &'a str,
    /// The name that other players see.
    pub name: &'a str,
    /// `#rrggbb`, as of [`crate::Join`].
    pub color: Option<&'a str>,
    /// What the game gets with the player, as of [`crate::Join`].
    pub game: &'a str,
    /// Whether the player leaves the queue or another room first.
    pub leaves: bool,
    /// `Idempotency-Key`.
    pub request: Option<&'a str>,
}

/// What a player chooses for a new room.
#[derive(Clone, Debug, Default)]
pub struct NewRoom<'a> {
    /// Whether the room is in the list of rooms.
    pub is_listed: bool,
    /// The most players; None: as many as the pool allows.
    pub seats: Option<u32>,
    /// The game's settings; the others are the pool's.
    pub settings: BTreeMap<String, i64>,
    /// Values of the keys that the pool declares.
    pub meta: BTreeMap<String, MetaValue>,
    /// Its name; None: the host's.
    pub name: Option<&'a str>,
}

/// The answer to [`Rooms::room_create`], [`Rooms::room_join`] and [`Rooms::room_rematch`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entered {
    /// In the room.
    Seated {
        /// Its id.
        room: String,
        /// Six letters.
        code: String,
        /// The player who decides.
        host: String,
        /// This call seated the player.
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
    /// In the queue or another room, and the player did not want to leave it: 409.
    Queued {
        /// The other room.
        room: Option<String>,
    },
    /// In another pool: 409.
    OtherPool {
        /// The other pool's name.
        pool: String,
    },
    /// No room has this code, or there is no match to gather again after: 404.
    Unknown,
    /// It has no free seat: 409.
    Full,
    /// Its match has begun: 409.
    Started,
    /// Its host removed the player: 409.
    Kicked,
    /// The match is not over: 409.
    Running,
    /// The player was not in the match: 403.
    NotMember,
    /// The address named too many codes that do not exist: 429.
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
        let room = format!("{}.{}", pool.name(), &random()[..16]);
        let codes = Codes::new(&self.stores);
        let Taken { code, nonce } = codes.take(pool.name(), &room, random_codes()).await?;
        let (settings, meta) = (to_json(&new.settings)?, to_json(&new.meta)?);
        let seats = new.seats.unwrap_or(pool.settings().seats_max).to_string();
        let more = [
            room.as_str(),
            &code,
            &nonce,
            if new.is_listed { "listed" } else { "private" },
            &seats,
            &settings,
            &meta,
            new.name.unwrap_or(player.name),
        ];
        let entered = self.enter(&pool, &script::ROOM_CREATE, player, &more).await;
        // A repeat got the room of the first call.
        let is_used = match &entered {
            Ok((entered, _)) => {
                matches!(entered, Entered::Seated { room: made, .. } if *made == room)
            }
            // Maybe applied: the sweep decides.
            Err(error) => !matches!(error, Error::Full),
        };
        if !is_used && let Err(error) = codes.release(&code, &nonce).await {
            tracing::warn!(%error, code, "code not released; it expires");
        }
        Ok(entered?.0)
    }

    /// `POST /lobby/rooms/join`: enters the room with this code ([`super::parse_code`]). `address`:
    /// the caller's.
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
        match self.enter(&pool, &script::ROOM_JOIN, player, &more).await? {
            (Entered::Unknown, _) => self.missed(address).await,
            (entered, _) => Ok(entered),
        }
    }

    /// `POST /lobby/rooms/<room>/rematch`: after the match of `room`, its players gather again. The
    /// first one makes the room.
    pub async fn room_rematch(&self, room: &str, player: Entering<'_>) -> Result<Entered> {
        let Ok(pool) = self.stores.pool(pool_of(room)) else {
            return Ok(Entered::Unknown);
        };
        let next = format!("{}.{}", pool.name(), &random()[..16]);
        let more = [room, &next];
        let entered = self.enter(&pool, &script::ROOM_REMATCH, player, &more);
        let (entered, code_nonce) = entered.await?;
        if let (Entered::Seated { room, code, .. }, Some(nonce)) = (&entered, code_nonce) {
            let codes = Codes::new(&self.stores);
            codes.keep(code, pool.name(), room, &nonce).await?;
        }
        Ok(entered)
    }

    /// The pool and the room of a code, unless the address has named too many wrong ones.
    pub(super) async fn find(
        &self,
        code: &str,
        address: &str,
    ) -> Result<Option<(PoolStore, String)>> {
        let codes = Codes::new(&self.stores);
        let (misses, named) = tokio::try_join!(codes.misses(address), codes.read(code))?;
        let named = named.filter(|_| misses < MISSES_MAX);
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

    /// Counts a code that does not exist.
    pub(super) async fn is_over_limit(&self, address: &str) -> Result<bool> {
        Ok(Codes::new(&self.stores).miss(address).await? > MISSES_MAX)
    }

    /// Takes the player's claim and runs a script that seats the player in a room. Also returns the
    /// nonce of a code that must name the room now.
    async fn enter(
        &self,
        pool: &PoolStore,
        script: &redis::Script,
        player: Entering<'_>,
        more: &[&str],
    ) -> Result<(Entered, Option<String>)> {
        let claims = Claims::new(&self.stores);
        let (mut last_nonce, mut has_left) = ("0".to_owned(), false);
        for _ in 0..ROUNDS_MAX {
            let claim = match claims.take(pool, player.player, &last_nonce).await? {
                Holder::ThisPool(claim) => claim,
                // A second time: a join of the other pool has begun and not ended, maybe crashed.
                Holder::Other(Joined::OtherPool { .. }) if player.leaves && !has_left => {
                    self.players.queue_leave(player.player, None).await?;
                    has_left = true;
                    continue;
                }
                Holder::Other(Joined::OtherPool { pool }) => {
                    return Ok((Entered::OtherPool { pool }, None));
                }
                Holder::Other(Joined::Playing { room, game }) => {
                    return Ok((Entered::Playing { room, game }, None));
                }
                Holder::Other(_) => return Err(corrupt("claim", "an answer of no other pool")),
            };
            match self.enter_once(pool, script, player, &claim, more).await? {
                EntryAnswer {
                    answer: Attempt::Entered(entered),
                    code_nonce,
                    ..
                } => return Ok((entered, code_nonce)),
                EntryAnswer {
                    answer: Attempt::Late { after },
                    ..
                } => last_nonce = after,
            }
        }
        Err(corrupt(
            &keys::claim(player.player),
            "the pool refused every claim as too old",
        ))
    }

    async fn enter_once(
        &self,
        pool: &PoolStore,
        script: &redis::Script,
        player: Entering<'_>,
        claim: &Claim,
        more: &[&str],
    ) -> Result<EntryAnswer> {
        let (nonce, taken_at, ticket) = (
            claim.nonce.to_string(),
            claim.taken_at_ms.to_string(),
            random(),
        );
        let common = [
            player.player,
            player.name,
            player.color.unwrap_or_default(),
            player.request.unwrap_or_default(),
            &nonce,
            &taken_at,
            &ticket,
            player.game,
            if player.leaves { "1" } else { "" },
        ];
        let (keys, args) = (pool.player_keys(player.player), [&common, more].concat());
        let result: Result<EntryAnswer> = pool.run_json("enter", script, &keys, &args).await;
        let holds = match &result {
            Ok(answer) => answer.holds,
            Err(Error::Full) => false,
            // Maybe applied: the claim stays until the record's state is known.
            Err(_) => true,
        };
        if !holds {
            Claims::new(&self.stores)
                .release_now(player.player, pool.name(), Some(&nonce))
                .await;
        }
        result
    }
}

#[derive(Deserialize)]
struct EntryAnswer {
    answer: Attempt,
    /// The record has the claim's nonce, so the claim must stay.
    holds: bool,
    #[serde(default)]
    code_nonce: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Attempt {
    Entered(Entered),
    /// Nothing was done: the claim is too old, or not newer than the last membership, which had the
    /// nonce `after`.
    Late {
        after: String,
    },
}
