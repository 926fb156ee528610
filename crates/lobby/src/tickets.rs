//! [`Tickets`]: seat tickets and watch tickets, each of which admits a player or a watcher to a match once.

use serde::Deserialize;

use crate::error::{Result, corrupt};
use crate::matches::ClaimedPlayer;
use crate::redis::script;
use crate::store::Stores;

/// The seat tickets and the watch tickets of all pools.
#[derive(Clone)]
pub struct Tickets {
    stores: Stores,
}

/// The answer to [`Tickets::redeem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// The ticket is used up; it admits its player to this room.
    Seat {
        /// The pool's name.
        pool: String,
        /// UUID text.
        player: String,
        /// The room's id.
        room: String,
        /// The room's epoch.
        epoch: u64,
        /// Set for a player who joined the running match, because the relay may not yet have received the inbox
        /// message about them.
        late: Option<ClaimedPlayer>,
        /// The player's `traceparent`; see [`crate::Join::trace`].
        trace: Option<String>,
    },
    /// The ticket is used up; its player may watch the match in this room.
    Watch {
        /// The pool's name.
        pool: String,
        /// The room's id.
        room: String,
        /// UUID text.
        player: String,
        /// The delay of the watcher's view relative to the match, in ms.
        delay_ms: u64,
    },
    /// Unknown, used or expired: 401.
    Invalid,
    /// It names another relay: 403. The ticket is not used up.
    WrongRelay,
}

impl Tickets {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// Redeems a ticket, once, at the relay that it names.
    pub async fn redeem(&self, ticket: &str, relay: &str) -> Result<Redeemed> {
        let Some((pool, id)) = ticket.split_once('.') else {
            return Ok(Redeemed::Invalid);
        };
        let Ok(pool) = self.stores.pool(pool) else {
            return Ok(Redeemed::Invalid);
        };
        let keys = [pool.keys.ticket(id)];
        let args = [relay];
        let answer = pool.run_json("seat_redeem", &script::SEAT_REDEEM, &keys, &args);
        Ok(match answer.await? {
            RedeemAnswer::Seat {
                player,
                room,
                epoch,
                face,
                trace,
            } => Redeemed::Seat {
                pool: pool.name().to_owned(),
                player,
                room,
                epoch,
                late: face
                    .map(|face| serde_json::from_str(&face))
                    .transpose()
                    .map_err(|error| corrupt("seat_redeem", error))?,
                trace,
            },
            RedeemAnswer::Watch { player, room } => Redeemed::Watch {
                pool: pool.name().to_owned(),
                room,
                player,
                delay_ms: pool.settings().watch_delay_ms,
            },
            RedeemAnswer::Invalid => Redeemed::Invalid,
            RedeemAnswer::WrongRelay => Redeemed::WrongRelay,
        })
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum RedeemAnswer {
    Seat {
        player: String,
        room: String,
        epoch: u64,
        #[serde(default)]
        face: Option<String>,
        #[serde(default)]
        trace: Option<String>,
    },
    Watch {
        player: String,
        room: String,
    },
    Invalid,
    WrongRelay,
}
