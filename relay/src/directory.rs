//! Which rooms are here, and on which worker: the one place where a room is claimed, exactly once however many players
//! arrive together.

use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use game::{Game, Settings, TICKS_PER_SECOND};
use lobby::{Claimed, ClaimedPlayer, Lobby};
use protocol::CloseCode;
use room::{Player, Room, RoomConfig};
use tokio::sync::OnceCell;

use crate::report::{Fate, Mailbox, Reports, RoomKey, ToWorker};

/// The rooms of this server, and its workers.
pub(crate) struct Directory<G: Game> {
    slots: Mutex<HashMap<String, Arc<Slot>>>,
    workers: Vec<Hand<G>>,
    terms: Terms,
    lobby: Lobby,
    reports: Reports,
}

/// What every room of this server has in common.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) relay_id: String,
    /// Unique to this run of the process.
    pub(crate) boot: String,
    pub(crate) settings: Settings,
    pub(crate) grace_ms: u32,
}

/// A worker, from outside.
pub(crate) struct Hand<G: Game> {
    pub(crate) mailbox: Mailbox<G>,
    pub(crate) rooms: AtomicUsize,
}

/// A room that was claimed, or is being claimed.
struct Slot {
    key: Arc<RoomKey>,
    /// The worker's index, once the room is there.
    worker: OnceCell<usize>,
    /// Players who left between the claim in Redis and the room's arrival on its worker.
    left: Mutex<Vec<String>>,
}

/// Why a player with a good ticket does not get in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the room is not this server's any more")]
    Stale,
    #[error("the room could not be made: {0}")]
    Failed(String),
    #[error(transparent)]
    Lobby(#[from] lobby::Error),
}

/// A room on a worker.
pub(crate) struct Placed {
    pub(crate) key: Arc<RoomKey>,
    pub(crate) worker: usize,
}

impl<G: Game> Directory<G> {
    pub(crate) fn workers(&self) -> &[Hand<G>] {
        &self.workers
    }
}

impl<G: Game + Send + 'static> Directory<G> {
    pub(crate) fn new(workers: Vec<Hand<G>>, terms: Terms, lobby: Lobby, reports: Reports) -> Self {
        Self {
            slots: Mutex::default(),
            workers,
            terms,
            lobby,
            reports,
        }
    }

    /// Rooms claimed or being claimed.
    pub(crate) fn rooms(&self) -> u32 {
        u32::try_from(self.slots().len()).unwrap_or(u32::MAX)
    }

    /// The room of a redeemed ticket; the first one in claims it. Cancelling this is safe: the next one claims again, and
    /// the lobby knows this run of the process.
    pub(crate) async fn place(&self, key: RoomKey) -> Result<Placed, Refusal> {
        let slot = self.slot(key).await?;
        let placed = slot
            .worker
            .get_or_try_init(|| self.claim(&slot))
            .await
            .copied();
        match placed {
            Ok(worker) => {
                self.tell_left(&slot, worker).await;
                Ok(Placed {
                    key: slot.key.clone(),
                    worker,
                })
            }
            Err(refusal) => {
                self.forget_unplaced(&slot);
                Err(refusal)
            }
        }
    }

    /// Tells the worker of a room that a player left it; a room that is not here does not mind.
    pub(crate) async fn leave(&self, room: &str, epoch: u64, player: String) {
        let slot = self
            .slots()
            .get(room)
            .filter(|slot| slot.key.epoch == epoch)
            .cloned();
        let Some(slot) = slot else { return };
        // Noted first, looked at second; `place` does it the other way round, so one of the two delivers it.
        lock(&slot.left).push(player);
        if let Some(worker) = slot.worker.get() {
            self.tell_left(&slot, *worker).await;
        }
    }

    /// Tells the worker of a room to let go of it, if its epoch is no newer than this one.
    pub(crate) async fn drop_room(&self, room: &str, epoch: u64, code: CloseCode) {
        let slot = self
            .slots()
            .get(room)
            .filter(|slot| slot.key.epoch <= epoch)
            .cloned();
        if let Some(slot) = slot
            && let Some(worker) = slot.worker.get()
        {
            self.workers[*worker]
                .mailbox
                .send(ToWorker::Drop(slot.key.clone(), code))
                .await;
        }
    }

    /// The worker has dropped the room.
    pub(crate) fn forget(&self, key: &RoomKey) {
        let mut slots = self.slots();
        if let Some(slot) = slots.get(&key.room)
            && *slot.key == *key
        {
            if let Some(worker) = slot.worker.get() {
                self.workers[*worker].rooms.fetch_sub(1, Ordering::Relaxed);
            }
            slots.remove(&key.room);
        }
    }

    /// The slot of this room and epoch. A newer epoch pushes an older one out.
    async fn slot(&self, key: RoomKey) -> Result<Arc<Slot>, Refusal> {
        if let Some(older) = self.older_than(&key) {
            self.drop_room(&key.room, older, CloseCode::Moved).await;
            self.forget(&RoomKey {
                epoch: older,
                ..key.clone()
            });
        }
        let mut slots = self.slots();
        let slot = slots.entry(key.room.clone()).or_insert_with(|| {
            Arc::new(Slot {
                key: Arc::new(key.clone()),
                worker: OnceCell::new(),
                left: Mutex::default(),
            })
        });
        if *slot.key == key {
            Ok(slot.clone())
        } else {
            Err(Refusal::Stale)
        }
    }

    fn older_than(&self, key: &RoomKey) -> Option<u64> {
        let epoch = self.slots().get(&key.room)?.key.epoch;
        (epoch < key.epoch).then_some(epoch)
    }

    async fn claim(&self, slot: &Slot) -> Result<usize, Refusal> {
        let RoomKey { pool, room, epoch } = &*slot.key;
        let pool = self.lobby.pool(pool)?;
        match pool
            .claim_room(room, &self.terms.relay_id, *epoch, &self.terms.boot)
            .await?
        {
            Claimed::Stale => Err(Refusal::Stale),
            Claimed::Room { seed, players, .. } => match self.make(&slot.key, seed, players) {
                Ok(made) => Ok(self.host(slot, made).await),
                Err(why) => {
                    self.reports.fate(&slot.key, Fate::Failed);
                    Err(Refusal::Failed(why))
                }
            },
        }
    }

    fn make(
        &self,
        key: &RoomKey,
        seed: u64,
        players: Vec<ClaimedPlayer>,
    ) -> Result<Room<G>, String> {
        let config = RoomConfig {
            room_id: key.room.clone(),
            epoch: key.epoch,
            seed,
            settings: self.terms.settings,
            grace_ticks: u32::try_from(
                u64::from(self.terms.grace_ms) * u64::from(TICKS_PER_SECOND) / 1_000,
            )
            .unwrap_or(u32::MAX),
        };
        let player = |player: ClaimedPlayer| Player {
            player_id: player.player_id,
            name: player.name,
            colors: player.colors,
        };
        let players = players.into_iter().map(player).collect();
        // A game's `new` is as little to be trusted with the process as its `step`.
        match catch_unwind(|| Room::new(config, players)) {
            Ok(made) => made.map_err(|error| error.to_string()),
            Err(_) => Err("the game panicked".to_owned()),
        }
    }

    async fn host(&self, slot: &Slot, room: Room<G>) -> usize {
        let load = |worker: &usize| self.workers[*worker].rooms.load(Ordering::Relaxed);
        let worker = (0..self.workers.len()).min_by_key(load).unwrap_or_default();
        self.workers[worker].rooms.fetch_add(1, Ordering::Relaxed);
        self.workers[worker]
            .mailbox
            .send(ToWorker::Host(slot.key.clone(), Box::new(room)))
            .await;
        worker
    }

    async fn tell_left(&self, slot: &Slot, worker: usize) {
        let players = std::mem::take(&mut *lock(&slot.left));
        for player in players {
            self.workers[worker]
                .mailbox
                .send(ToWorker::Left(slot.key.clone(), player))
                .await;
        }
    }

    /// A claim failed: unless others still wait for theirs, the slot goes.
    fn forget_unplaced(&self, slot: &Arc<Slot>) {
        let mut slots = self.slots();
        // Clones are made under this lock only: the map's and ours are the last two.
        if slot.worker.get().is_none() && Arc::strong_count(slot) <= 2 {
            slots.remove(&slot.key.room);
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Arc<Slot>>> {
        lock(&self.slots)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
