//! [`Inbox`]: messages from the lobby to one relay. The outbox writes them; the relay reads them on
//! a connection of its own.

use std::collections::HashMap;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::streams::{StreamId, StreamReadReply};
use serde::Deserialize;

use crate::admin::Removal;
use crate::error::{Result, corrupt};
use crate::keys;
use crate::matches::ClaimedPlayer;
use crate::redis::link::Link;

/// The approximate capacity of an inbox.
const INBOX_MAX: u32 = 4096;
const INBOX_TTL_SECONDS: u64 = 3600;
const READ_MAX: u32 = 128;
/// How much longer than the requested wait an answer may take.
const SLACK: Duration = Duration::from_secs(2);

/// Reads a relay's messages in order, from the oldest one. After a restart old messages are read again; the epoch
/// shows which of them still apply.
pub struct Inbox {
    link: Link,
    key: String,
    /// The id of the last entry read.
    cursor: String,
    /// Opened on first use, dropped on any error.
    connection: Option<MultiplexedConnection>,
}

/// The answer to [`Inbox::read`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Oldest first; empty if none came in time.
    pub messages: Vec<InboxMessage>,
    /// Entries that could not be parsed. They are logged and skipped, so that they do not block the
    /// others.
    pub unreadable: u64,
}

/// A message to a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxMessage {
    /// The player forfeited or expired, or an operator removed them: they leave the match.
    Left {
        /// The room's id.
        room: String,
        /// Its epoch when the player left.
        epoch: u64,
        /// UUID text.
        player: String,
        /// Why an operator removed the player.
        removed: Option<Removal>,
    },
    /// The player joins the running match.
    Joined {
        /// The room's id.
        room: String,
        /// Its epoch when the player joined.
        epoch: u64,
        /// The player, with their seat.
        player: ClaimedPlayer,
    },
    /// The room was given to another relay or run, or has ended. A relay with a newer epoch than this one keeps the
    /// room; others drop it.
    Moved {
        /// The room's id.
        room: String,
        /// The epoch that is over.
        epoch: u64,
    },
    /// An operator replaces this run of the relay: hand the rooms over and end.
    Drain {
        /// The boot nonce of the run. A later run ignores the message.
        boot: String,
    },
    /// An operator wants this run of the relay to die without a hand-over.
    Kill {
        /// The same.
        boot: String,
    },
    /// An operator wants to see the state of a match.
    State(StateWanted),
}

/// A question for the state of a match, to the relay that runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateWanted {
    /// The boot nonce of the run. A later run ignores the question, which nobody waits for any more.
    pub boot: String,
    /// The room's id.
    pub room: String,
    /// Its epoch.
    pub epoch: u64,
    /// With what the game hides from players.
    pub everything: bool,
    /// Unique to the question.
    pub request: String,
}

/// A message as an outbox entry carries it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct InboxEntry {
    pub(crate) relay: String,
    kind: String,
    room: String,
    epoch: u64,
    #[serde(default)]
    player: String,
    /// For a player who joins: [`ClaimedPlayer`] as JSON.
    #[serde(default)]
    face: String,
    /// For a player whom an operator removed: [`Removal`].
    #[serde(default)]
    reason: String,
}

impl Inbox {
    pub(crate) fn new(link: &Link, relay: &str) -> Self {
        Self {
            link: link.clone(),
            key: keys::inbox(relay),
            cursor: "0".to_owned(),
            connection: None,
        }
    }

    /// The next messages. Waits up to `wait` for the first one.
    pub async fn read(&mut self, wait: Duration) -> Result<Received> {
        let mut received = Received::default();
        for entry in self.read_entries(wait).await? {
            match message(&self.key, &entry.map) {
                Ok(message) => received.messages.push(message),
                Err(error) => {
                    tracing::error!(%error, id = entry.id, "unreadable inbox entry skipped");
                    received.unreadable += 1;
                }
            }
            self.cursor = entry.id;
        }
        Ok(received)
    }

    async fn read_entries(&mut self, wait: Duration) -> Result<Vec<StreamId>> {
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(READ_MAX);
        if !wait.is_zero() {
            read.arg("BLOCK").arg(wait.as_millis().max(1) as u64);
        }
        read.arg("STREAMS").arg(&self.key).arg(&self.cursor);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.link.dedicated(&self.key, wait + SLACK).await?,
        };
        connection.set_response_timeout(wait + SLACK);
        let reply = read.query_async(&mut connection).await;
        let reply: Option<StreamReadReply> = self.link.note(reply)?;
        self.connection = Some(connection);
        let streams = reply.into_iter().flat_map(|reply| reply.keys);
        Ok(streams.flat_map(|stream| stream.ids).collect())
    }
}

/// Adds a message to its relay's inbox.
pub(crate) async fn add(link: &Link, entry: &InboxEntry) -> Result<()> {
    let key = keys::inbox(&entry.relay);
    let mut add = redis::cmd("XADD");
    add.arg(&key).arg("MAXLEN").arg("~").arg(INBOX_MAX).arg("*");
    add.arg("kind").arg(&entry.kind);
    add.arg("room").arg(&entry.room);
    add.arg("epoch").arg(entry.epoch);
    add.arg("player").arg(&entry.player);
    for (name, value) in [("face", &entry.face), ("reason", &entry.reason)] {
        if !value.is_empty() {
            add.arg(name).arg(value);
        }
    }
    send(link, &key, &add).await
}

/// Sends the message `drain` or `kill` to this run of a relay.
pub(crate) async fn send_to_run(link: &Link, relay: &str, kind: &str, boot: &str) -> Result<()> {
    let fields = [("room", ""), ("epoch", "0"), ("boot", boot)];
    send_fields(link, relay, kind, &fields).await
}

/// Asks a relay for the state of a match.
pub(crate) async fn ask_state(link: &Link, relay: &str, wanted: &StateWanted) -> Result<()> {
    let fields = [
        ("room", wanted.room.as_str()),
        ("epoch", &wanted.epoch.to_string()),
        ("boot", &wanted.boot),
        ("everything", if wanted.everything { "1" } else { "0" }),
        ("request", &wanted.request),
    ];
    send_fields(link, relay, "state", &fields).await
}

async fn send_fields(link: &Link, relay: &str, kind: &str, fields: &[(&str, &str)]) -> Result<()> {
    let key = keys::inbox(relay);
    let mut add = redis::cmd("XADD");
    add.arg(&key).arg("MAXLEN").arg("~").arg(INBOX_MAX).arg("*");
    add.arg("kind").arg(kind);
    for (name, value) in fields {
        add.arg(name).arg(value);
    }
    send(link, &key, &add).await
}

async fn send(link: &Link, key: &str, add: &redis::Cmd) -> Result<()> {
    let _id: String = link.command(add).await?;
    link.command(redis::cmd("EXPIRE").arg(key).arg(INBOX_TTL_SECONDS))
        .await
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
            removed: field("reason").ok().and_then(|it| Removal::named(&it)),
        }),
        "joined" => Ok(InboxMessage::Joined {
            room,
            epoch,
            player: serde_json::from_str(&field("face")?).map_err(|error| corrupt(key, error))?,
        }),
        "moved" => Ok(InboxMessage::Moved { room, epoch }),
        "drain" => Ok(InboxMessage::Drain {
            boot: field("boot")?,
        }),
        "kill" => Ok(InboxMessage::Kill {
            boot: field("boot")?,
        }),
        "state" => Ok(InboxMessage::State(StateWanted {
            boot: field("boot")?,
            room,
            epoch,
            everything: field("everything")? == "1",
            request: field("request")?,
        })),
        kind => Err(corrupt(key, format!("kind {kind:?}"))),
    }
}
