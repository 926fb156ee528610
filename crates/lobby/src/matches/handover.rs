//! Handover: a relay that stops gives its running rooms to other relays.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Matches;
use crate::error::Result;
use crate::fleet::{Fleet, Given};
use crate::redis::script;
use crate::store::random;
use crate::types::WebTransport;

/// The answer to [`Matches::hand_over`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HandedOver {
    /// The room belongs to another relay now.
    Moved {
        /// Its id.
        relay: String,
        /// Where players reach it.
        url: String,
        /// The relay's WebTransport address, if it has one.
        webtransport: Option<WebTransport>,
        /// The room's new epoch.
        epoch: u64,
        /// A seat ticket for each player, by player id; it admits once, within 30 s.
        #[serde(default)]
        tickets: BTreeMap<String, String>,
    },
    /// No other relay takes rooms now; nothing was changed.
    Nowhere,
    /// The room no longer belongs to this relay and epoch; nothing was changed.
    Stale,
}

/// The answer of the script.
#[derive(Deserialize)]
struct Answer {
    #[serde(flatten)]
    handed_over: HandedOver,
    /// The region of the room's new relay.
    region: Option<String>,
}

impl Matches {
    /// Gives the room to another live relay (epoch + 1) after its last checkpoint; the other relay's claim finds that
    /// checkpoint. The players get `match_moved`. A repeat within 30 s, after a lost answer, gets the same answer.
    pub async fn hand_over(&self, room: &str, relay: &str, epoch: u64) -> Result<HandedOver> {
        let store = &self.store;
        if !store.has(room) {
            return Ok(HandedOver::Stale);
        }
        let [record, shadow, seats] = store.room_keys(room, store.keys.seats(room));
        let once = format!("hand_over.{room}.{epoch}");
        let once = store.keys.request(relay, &once);
        let fleet = Fleet::new(&store.stores);
        let relays = fleet.candidates(store).await?;
        let epoch = epoch.to_string();
        let args = [room, relay, &epoch, &relays, &random()];
        let keys = [record, shadow, seats, once];
        let Answer {
            handed_over,
            region,
        } = store
            .run_json("hand_over", &script::HAND_OVER, &keys, &args)
            .await?;
        if let HandedOver::Moved { relay, .. } = &handed_over {
            let given = Given { rooms: 1, region };
            fleet.given(&BTreeMap::from([(relay.clone(), given)])).await;
        }
        Ok(handed_over)
    }
}
