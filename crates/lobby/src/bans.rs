//! [`Bans`]: players whom operators exclude, until a given time or without an end.
//!
//! Each ban is a key in a slot of its own, so the scripts of a pool cannot see it. A function that admits a player
//! therefore reads the ban before and after admitting. An operator's call writes the ban before it removes the
//! player. So one of the two removes the player.

use serde::{Deserialize, Serialize};

use crate::error::{Result, corrupt};
use crate::keys;
use crate::store::Stores;

/// The bans of all players.
#[derive(Clone)]
pub struct Bans {
    stores: Stores,
}

/// A ban.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// The reason, in the operator's words. The player sees it.
    pub reason: String,
    /// Its end, in seconds since 1970; None: it does not end.
    pub until_s: Option<u64>,
}

impl Bans {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// The player's ban, while it lasts.
    pub async fn of(&self, player: &str) -> Result<Option<Ban>> {
        let key = keys::ban(player);
        self.read(&key, redis::cmd("GET").arg(&key)).await
    }

    /// Bans the player and replaces an earlier ban, which it returns. Redis removes the ban when it ends.
    pub async fn set(&self, player: &str, ban: &Ban) -> Result<Option<Ban>> {
        let key = keys::ban(player);
        let text = serde_json::to_string(ban).map_err(|error| corrupt(&key, error))?;
        let mut set = redis::cmd("SET");
        set.arg(&key).arg(text);
        if let Some(until_s) = ban.until_s {
            set.arg("EXAT").arg(until_s);
        }
        self.read(&key, set.arg("GET")).await
    }

    /// Lifts the player's ban and returns it.
    pub async fn remove(&self, player: &str) -> Result<Option<Ban>> {
        let key = keys::ban(player);
        self.read(&key, redis::cmd("GETDEL").arg(&key)).await
    }

    async fn read(&self, key: &str, command: &redis::Cmd) -> Result<Option<Ban>> {
        let text: Option<String> = self.stores.link.command(command).await?;
        let ban = text.map(|text| serde_json::from_str(&text));
        ban.transpose().map_err(|error| corrupt(key, error))
    }
}
