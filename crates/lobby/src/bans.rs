//! [`Bans`]: the players whom operators exclude, each until a time or for ever.
//!
//! A ban has a key in a slot of its own, so no script of a pool sees it. A function that lets a player in reads it
//! before and after that: the operator's ban is written before the player is removed, so one of the two removes them.

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
    /// Why, in the operator's words. The player sees it.
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

    /// Bans the player in place of an earlier ban, which it returns. Redis removes it at its end.
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

    /// Ends the player's ban, which it returns.
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
