//! What a relay must hear: fed from the outbox, read by the relay on a connection of its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::streams::{StreamId, StreamReadReply};
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

/// The connection that waits, and what it must not come upon again.
#[derive(Default)]
pub(crate) struct InboxReader {
    waiting: Mutex<Waiting>,
    unreadable: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    /// Made on first use, dropped on any error.
    connection: Option<MultiplexedConnection>,
    /// By inbox: after this id there was nothing readable up to that id.
    holes: HashMap<String, (String, String)>,
}

impl Lobby {
    /// What this relay must hear, after `last` (`"$"`-free: begin with `"0"`, pass the last id back). Waits up to `wait`.
    /// Uses a connection of its own. Old messages come again after a restart; the epoch tells which still mean something.
    /// An entry that cannot be read is skipped, logged and counted ([`Lobby::inbox_unreadable`]): it must not block the others.
    pub async fn inbox(
        &self,
        relay: &str,
        last: &str,
        wait: Duration,
    ) -> Result<Vec<(String, InboxMessage)>> {
        let key = keys::inbox(relay);
        let mut waiting = self.inbox_reader.waiting.lock().await;
        let from = match waiting.holes.get(&key) {
            Some((before, end)) if before == last => end.clone(),
            _ => last.to_owned(),
        };
        let entries = self.inbox_read(&mut waiting, &key, &from, wait).await?;
        let mut messages = Vec::with_capacity(entries.len());
        for entry in entries {
            match message(&key, &entry.map) {
                Ok(message) => messages.push((entry.id, message)),
                Err(error) => {
                    tracing::error!(%error, id = entry.id, "an inbox entry that cannot be read");
                    self.inbox_reader.unreadable.fetch_add(1, Ordering::Relaxed);
                    let before = messages
                        .last()
                        .map_or(last, |(id, _): &(String, _)| id.as_str());
                    let hole = (before.to_owned(), entry.id);
                    waiting.holes.insert(key.clone(), hole);
                }
            }
        }
        Ok(messages)
    }

    /// Inbox entries skipped so far because they could not be read.
    pub fn inbox_unreadable(&self) -> u64 {
        self.inbox_reader.unreadable.load(Ordering::Relaxed)
    }

    async fn inbox_read(
        &self,
        waiting: &mut Waiting,
        key: &str,
        from: &str,
        wait: Duration,
    ) -> Result<Vec<StreamId>> {
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(READ_MAX);
        if !wait.is_zero() {
            read.arg("BLOCK").arg(wait.as_millis().max(1) as u64);
        }
        read.arg("STREAMS").arg(key).arg(from);
        let mut connection = match waiting.connection.take() {
            Some(connection) => connection,
            None => self.link.dedicated(key, wait + SLACK).await?,
        };
        connection.set_response_timeout(wait + SLACK);
        let reply = read.query_async(&mut connection).await;
        let reply: Option<StreamReadReply> = self.link.note(reply)?;
        waiting.connection = Some(connection);
        let streams = reply.into_iter().flat_map(|reply| reply.keys);
        Ok(streams.flat_map(|stream| stream.ids).collect())
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
