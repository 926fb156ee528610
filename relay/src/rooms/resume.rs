//! Reads the journals of other relays and resumes a room from them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use game::Game;
use lobby::timing::JOURNAL_READ_FRESH;
use lobby::{Lobby, SavedRoom};
use parking_lot::Mutex;
use protocol::record::{frames, room_key};
use room::{Resumed, Room, RoomError};

use crate::games::Checkpoint;

/// A resumed match continues when all players are connected again, or after this number of frames (1/60 s).
const GRACE_FRAMES: u32 = 60;
/// The records of one stream, by room key.
type Records = HashMap<u64, Vec<Bytes>>;

/// A stream as it was read, and when that read began.
type Read = Arc<tokio::sync::Mutex<Option<(Instant, Arc<Records>)>>>;

/// Reads streams. The rooms of a dead server are resumed together, so a stream that was read for one room is reused
/// for the others for [`JOURNAL_READ_FRESH`].
pub(crate) struct Journals {
    lobby: Lobby,
    read: Arc<Mutex<HashMap<String, Read>>>,
}

impl Journals {
    pub(crate) fn new(lobby: Lobby) -> Self {
        Self {
            lobby,
            read: Arc::default(),
        }
    }

    /// The records that a room's server wrote in the epoch of its checkpoint, in stream order.
    pub(crate) async fn of(&self, room: &str, saved: &SavedRoom) -> lobby::Result<Vec<Bytes>> {
        if saved.journal.is_empty() {
            return Ok(Vec::new());
        }
        let key = room_key(room, saved.epoch);
        let records = self.records(&saved.journal).await?;
        Ok(records.get(&key).cloned().unwrap_or_default())
    }

    async fn records(&self, stream: &str) -> lobby::Result<Arc<Records>> {
        let read = self
            .read
            .lock()
            .entry(stream.to_owned())
            .or_default()
            .clone();
        let mut held = read.lock().await;
        if let Some((began, records)) = &*held
            && began.elapsed() < JOURNAL_READ_FRESH
        {
            return Ok(records.clone());
        }
        let began = Instant::now();
        let entries = self.lobby.journals.read(stream).await?;
        let records = tokio::task::spawn_blocking(move || Arc::new(index(&entries)));
        let records = records.await.unwrap_or_default();
        *held = Some((began, records.clone()));
        drop(held);
        self.forget_later(stream.to_owned());
        Ok(records)
    }

    fn forget_later(&self, stream: String) {
        let read = self.read.clone();
        tokio::spawn(async move {
            tokio::time::sleep(JOURNAL_READ_FRESH).await;
            read.lock().remove(&stream);
        });
    }
}

fn index(entries: &[Bytes]) -> Records {
    let mut records = Records::new();
    for entry in entries {
        for (key, record) in frames(entry) {
            let of = records.entry(key).or_default();
            of.push(entry.slice_ref(record));
        }
    }
    records
}

/// Resumes a room. Call it where blocking is allowed.
pub(crate) fn resume<G: Game>(
    epoch: u64,
    checkpoint: &Checkpoint<'_>,
) -> Result<(Room<G>, Resumed), RoomError> {
    let records = checkpoint.records.iter().map(|record| &record[..]);
    let (mut room, resumed) = Room::resume(epoch, GRACE_FRAMES, checkpoint.state, records)?;
    for seat in room.seats().iter() {
        let Some(seated) = room.player(seat) else {
            continue;
        };
        let mut players = checkpoint.players.iter();
        let is_in = players.any(|player| player.player_id == seated.player_id);
        let stays = is_in || (checkpoint.has_bots && seated.is_bot);
        if !stays {
            room.handle_left(seat);
        }
    }
    Ok((room, resumed))
}
