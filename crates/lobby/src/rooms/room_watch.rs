//! Watch tickets: how a player who is not in a room watches its running match, or any running match of a pool.

use serde::Deserialize;

use super::Rooms;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::keys::pool_of;
use crate::redis::script;
use crate::settings::WatchAccess;
use crate::store::random;
use crate::types::GameTicket;

/// The answer to [`Rooms::room_watch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// The player may watch.
    Ticket {
        /// How to reach the relay: the match's own relay, or a watch-only one.
        game: GameTicket,
        /// The delay of the watcher's view relative to the match, in ms.
        delay_ms: u64,
    },
    /// There is no such room, or nobody may watch matches in its pool: 404.
    Unknown,
    /// Watchers in this pool need the room's code, and the player sent none or a wrong one: 404.
    CodeUnknown,
    /// The address has sent too many unknown codes: 429.
    TooManyMisses,
    /// The room has no running match yet: 409.
    NotStarted,
    /// The room's host removed the player: 409.
    Kicked,
}

/// The deadlines that are read to find a running match.
const DEADLINES_READ_MAX: u32 = 200;

impl Rooms {
    /// `POST /lobby/rooms/watch`: the room of a running match of the pool, picked at random. None: none was found, or
    /// not every player may watch the pool's matches.
    pub async fn match_pick(&self, pool: &str) -> Result<Option<String>> {
        let pool = self.stores.pool(pool)?;
        if pool.settings().watch != WatchAccess::All {
            return Ok(None);
        }
        let most = DEADLINES_READ_MAX.to_string();
        let room: String = pool.run(&script::MATCH_PICK, &[], &[&most]).await?;
        Ok(Some(room).filter(|room| !room.is_empty()))
    }

    /// `POST /lobby/rooms/<room>/watch`: makes a watch ticket. Changes neither the room nor the player. `code`: as
    /// [`super::parse_code`] returns it. `address`: the caller's address.
    pub async fn room_watch(
        &self,
        room: &str,
        player: &str,
        code: Option<&str>,
        address: &str,
    ) -> Result<Watched> {
        let Ok(pool) = self.stores.pool(pool_of(room)) else {
            return Ok(Watched::Unknown);
        };
        let needs_code = match pool.settings().watch {
            WatchAccess::Off => return Ok(Watched::Unknown),
            WatchAccess::Code => "1",
            WatchAccess::All => "",
        };
        if needs_code == "1" && self.is_at_limit(address).await? {
            return self.code_missed(address).await;
        }
        let relay = Fleet::new(&self.stores).for_watcher().await?;
        let (code, ticket) = (code.unwrap_or_default(), random());
        let relay = relay.unwrap_or_default();
        let args = [room, player, code, needs_code, &ticket, &relay];
        let keys = [pool.keys.room(room)];
        let answer = pool.run_json("room_watch", &script::ROOM_WATCH, &keys, &args);
        Ok(match answer.await? {
            Answer::Ticket { game } => Watched::Ticket {
                game,
                delay_ms: pool.settings().watch_delay_ms,
            },
            Answer::Unknown => Watched::Unknown,
            Answer::CodeUnknown => return self.code_missed(address).await,
            Answer::NotStarted => Watched::NotStarted,
            Answer::Kicked => Watched::Kicked,
        })
    }

    async fn code_missed(&self, address: &str) -> Result<Watched> {
        Ok(if self.is_over_limit(address).await? {
            Watched::TooManyMisses
        } else {
            Watched::CodeUnknown
        })
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Answer {
    Ticket { game: GameTicket },
    Unknown,
    CodeUnknown,
    NotStarted,
    Kicked,
}
