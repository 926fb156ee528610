//! The state of a running match for operators: a question to its relay through the inbox, and the answer through a key.

use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use super::Admin;
use crate::error::{Result, corrupt};
use crate::inbox::{self, StateWanted};
use crate::keys::pool_of;

/// How long a relay may take: its worker answers at its next tick.
const PATIENCE: Duration = Duration::from_secs(1);
const POLL_EVERY: Duration = Duration::from_millis(20);
/// An answer that nobody waits for any more is removed after this time.
const ANSWER_TTL_MS: u64 = 5_000;

/// The answer to [`Admin::match_state`].
#[derive(Clone, Debug)]
pub enum LiveState {
    /// What the relay wrote: a JSON object.
    State(Box<RawValue>),
    /// No match of this room runs.
    NoMatch,
    /// The relay does not answer, as while the match moves to another one.
    NoAnswer,
}

impl Admin {
    /// The state of a running match, as its relay has it now. Without `everything`, without what the game hides from
    /// anybody.
    pub async fn match_state(&self, room: &str, everything: bool) -> Result<LiveState> {
        let detail = self.room(room).await?;
        let detail = detail.filter(|detail| detail.state == "started");
        let (Some(detail), Ok(pool)) = (detail, self.stores.pool(pool_of(room))) else {
            return Ok(LiveState::NoMatch);
        };
        let relay = detail.relay.unwrap_or_default();
        let Some(boot) = self.reported(&relay).await?.remove("boot") else {
            return Ok(LiveState::NoAnswer);
        };
        let wanted = StateWanted {
            boot,
            room: room.to_owned(),
            epoch: detail.epoch,
            everything,
            request: uuid::Uuid::new_v4().to_string(),
        };
        let link = &self.stores.link;
        inbox::ask_state(link, &relay, &wanted).await?;
        let key = pool.keys.request("state", &wanted.request);
        let mut take = redis::cmd("GETDEL");
        take.arg(&key);
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            let answer: Option<String> = link.command(&take).await?;
            if let Some(text) = answer {
                let state = serde_json::from_str(&text).map_err(|error| corrupt(&key, error))?;
                return Ok(LiveState::State(state));
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        Ok(LiveState::NoAnswer)
    }

    /// A relay answers [`InboxMessage::State`](crate::InboxMessage::State).
    pub async fn answer_state(&self, wanted: &StateWanted, state: &[u8]) -> Result<()> {
        let pool = self.stores.pool(pool_of(&wanted.room))?;
        let mut set = redis::cmd("SET");
        set.arg(pool.keys.request("state", &wanted.request));
        set.arg(state).arg("PX").arg(ANSWER_TTL_MS);
        self.stores.link.command(&set).await
    }
}
