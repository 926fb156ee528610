//! [`Replays`]: the recorded inputs of finished matches, available for a limited time to their players and
//! to holders of a link.

use std::time::Duration;

use crate::error::{Result, corrupt};
use crate::redis::script;
use crate::store::PoolStore;

/// Larger than any replay.
const REPLAY_BYTES_MAX: u32 = 512 * 1024 * 1024;

/// The replays of a pool.
#[derive(Clone)]
pub struct Replays {
    store: PoolStore,
}

/// The last part of a match's replay, sent with its result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayChunk {
    /// The records of the ticks after `from` up to `to`, each preceded by its length.
    pub bytes: Vec<u8>,
    /// The tick of the last acknowledged checkpoint.
    pub from: u32,
    /// The match's last tick.
    pub to: u32,
}

/// The answer to [`Replays::read`]; of [`Replays::life`] with a [`Duration`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed<T = Vec<u8>> {
    /// The whole file: a line of JSON, then records. Or how long it is kept.
    Replay(T),
    /// The caller did not play that match: 403.
    NotMember,
    /// There is no such finished match, or its replay has expired: 404.
    Unknown,
}

impl Replays {
    pub(crate) fn new(store: &PoolStore) -> Self {
        Self {
            store: store.clone(),
        }
    }

    /// The replay of a finished match, for a player who was in it at its start or has a result.
    pub async fn read(&self, room: &str, player: &str) -> Result<Replayed> {
        self.read_part(room, player, "file").await
    }

    /// The same for the holder of a link.
    pub async fn read_shared(&self, room: &str) -> Result<Replayed> {
        self.read_part(room, "", "file").await
    }

    /// How long the replay of a finished match is kept, for a player who may read it.
    pub async fn life(&self, room: &str, player: &str) -> Result<Replayed<Duration>> {
        Ok(match self.read_part(room, player, "life").await? {
            Replayed::Replay(text) => {
                let text = String::from_utf8_lossy(&text);
                let ms = text.parse().map_err(|error| corrupt("replay", error))?;
                Replayed::Replay(Duration::from_millis(ms))
            }
            Replayed::NotMember => Replayed::NotMember,
            Replayed::Unknown => Replayed::Unknown,
        })
    }

    /// The replay of a match, for operators; of a running match, up to its last checkpoint. None: nothing is
    /// recorded, or no longer.
    pub async fn recorded(&self, room: &str) -> Result<Option<Vec<u8>>> {
        let store = &self.store;
        if !store.has(room) {
            return Ok(None);
        }
        let keys = [store.keys.room(room), store.keys.replay(room)];
        let most = REPLAY_BYTES_MAX.to_string();
        let (_, _, bytes): (String, u32, Vec<u8>) =
            store.run(&script::RECORDING, &keys, &["0", &most]).await?;
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }

    async fn read_part(&self, room: &str, player: &str, what: &str) -> Result<Replayed> {
        let store = &self.store;
        if !store.has(room) {
            return Ok(Replayed::Unknown);
        }
        let keys = [
            store.keys.room(room),
            store.keys.replay(room),
            store.keys.room_names(room),
        ];
        let (kind, bytes): (String, Option<Vec<u8>>) =
            store.run(&script::REPLAY, &keys, &[player, what]).await?;
        match (kind.as_str(), bytes) {
            ("replay", Some(bytes)) => Ok(Replayed::Replay(bytes)),
            ("not_member", _) => Ok(Replayed::NotMember),
            ("unknown", _) => Ok(Replayed::Unknown),
            (other, _) => Err(corrupt("replay", other)),
        }
    }
}
