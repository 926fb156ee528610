//! A relay that stops hands its running rooms to others.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Result;
use crate::lobby::random;
use crate::pool::Pool;
use crate::script;

/// The answer to [`Pool::hand_over`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HandedOver {
    /// The room is another relay's now.
    Moved {
        /// Its id.
        relay: String,
        /// Where players reach it.
        url: String,
        /// The room's new epoch.
        epoch: u64,
        /// A single-use seat ticket for each player, by player id; good for 30 s.
        #[serde(default)]
        tickets: BTreeMap<String, String>,
    },
    /// No other relay takes rooms now: nothing was changed.
    Nowhere,
    /// The room is not this relay's and epoch's any more: nothing was changed.
    Stale,
}

impl Pool {
    /// After the room's last checkpoint: gives it to another live relay (epoch + 1), whose claim finds that checkpoint. Its
    /// players are told `match_moved`. A repeat within 30 s, for an answer that was lost, answers the same.
    pub async fn hand_over(&self, room: &str, relay: &str, epoch: u64) -> Result<HandedOver> {
        if !self.has(room) {
            return Ok(HandedOver::Stale);
        }
        let [record, shadow, seats] = self.room_keys(room, self.keys.seats(room));
        let once = self
            .keys
            .request(relay, &format!("hand_over.{room}.{epoch}"));
        let (epoch, relays) = (epoch.to_string(), self.relays_json().await?);
        let args = [room, relay, &epoch, &relays, &random()];
        let keys = [record, shadow, seats, once];
        self.ask("hand_over", &script::HAND_OVER, &keys, &args)
            .await
    }
}
