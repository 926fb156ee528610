//! What a relay must hear: fed from the outbox, read by the relay on a connection of its own.

use std::collections::HashMap;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::streams::StreamReadReply;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::error::{Result, corrupt};
use crate::keys;
use crate::lobby::Lobby;

/// About so many messages are kept.
const INBOX_MAX: u32 = 4096;
const INBOX_TTL_SECONDS: u64 = 3600;
const READ_MAX: u32 = 128;
/// What an answer may take beyond the wait that was asked for.
const SLACK: Duration = Duration::from_secs(2);

/// What a relay must hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxMessage {
    /// The player gave the seat up (forfeit), or his record expired: he leaves the match.
    Left {
        /// The room's id.
        room: String,
        /// Its epoch when he left.
        epoch: u64,
        /// UUID text.
        player: String,
    },
    /// The room was given to another relay or run, or ended: let go of it if your epoch is not newer than this.
    Moved {
        /// The room's id.
        room: String,
        /// The epoch that is over.
        epoch: u64,
    },
}

/// As an outbox entry carries it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct InboxEntry {
    pub(crate) relay: String,
    kind: String,
    room: String,
    epoch: u64,
    #[serde(default)]
    player: String,
}

/// The connection that waits; made on first use, dropped on any error.
#[derive(Default)]
pub(crate) struct InboxReader(Mutex<Option<MultiplexedConnection>>);

impl Lobby {
    /// What this relay must hear, after `last` (`"$"`-free: begin with `"0"`, pass the last id back). Waits up to `wait`.
    /// Uses a connection of its own. Old messages come again after a restart; the epoch tells which still mean something.
    pub async fn inbox(
        &self,
        relay: &str,
        last: &str,
        wait: Duration,
    ) -> Result<Vec<(String, InboxMessage)>> {
        let key = keys::inbox(relay);
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(READ_MAX);
        if !wait.is_zero() {
            read.arg("BLOCK").arg(wait.as_millis().max(1) as u64);
        }
        read.arg("STREAMS").arg(&key).arg(last);

        let mut held = self.inbox_reader.0.lock().await;
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => self.link.dedicated(wait + SLACK, |_| ()).await?,
        };
        connection.set_response_timeout(wait + SLACK);
        let reply: Option<StreamReadReply> = read.query_async(&mut connection).await?;
        *held = Some(connection);
        drop(held);

        let entries = reply
            .into_iter()
            .flat_map(|reply| reply.keys)
            .flat_map(|stream| stream.ids);
        entries
            .map(|entry| Ok((entry.id.clone(), message(&key, &entry.map)?)))
            .collect()
    }

    pub(crate) async fn inbox_add(&self, entry: &InboxEntry) -> Result<()> {
        let key = keys::inbox(&entry.relay);
        let mut add = redis::cmd("XADD");
        add.arg(&key).arg("MAXLEN").arg("~").arg(INBOX_MAX).arg("*");
        add.arg("kind")
            .arg(&entry.kind)
            .arg("room")
            .arg(&entry.room);
        add.arg("epoch")
            .arg(entry.epoch)
            .arg("player")
            .arg(&entry.player);
        let _id: String = self.link.command(&add).await?;
        self.link
            .command(redis::cmd("EXPIRE").arg(&key).arg(INBOX_TTL_SECONDS))
            .await
    }
}

fn message(key: &str, map: &HashMap<String, redis::Value>) -> Result<InboxMessage> {
    let field = |name: &str| -> Result<String> {
        let value = map
            .get(name)
            .ok_or_else(|| corrupt(key, format!("no field {name}")))?;
        redis::from_redis_value(value.clone()).map_err(|error| corrupt(key, error))
    };
    let (room, epoch) = (
        field("room")?,
        field("epoch")?
            .parse()
            .map_err(|error| corrupt(key, error))?,
    );
    match field("kind")?.as_str() {
        "left" => Ok(InboxMessage::Left {
            room,
            epoch,
            player: field("player")?,
        }),
        "moved" => Ok(InboxMessage::Moved { room, epoch }),
        kind => Err(corrupt(key, format!("kind {kind:?}"))),
    }
}
