//! The rooms of this server and their workers. The directory claims each room exactly once, even if several players
//! connect at the same time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lobby::ClaimedPlayer;
use parking_lot::{Mutex, MutexGuard};
use protocol::CloseCode;
use tokio::sync::OnceCell;

use crate::rooms::checkpoint::Written;
use crate::rooms::claim::{self, Claims, Hosting, Refusal};
use crate::worker::messages::{End, WorkerHandle};
use crate::worker::messages::{RoomExit, RoomKey, ToWorker};

/// The rooms of this server, and its workers.
pub(crate) struct Directory {
    slots: Mutex<HashMap<String, Arc<Slot>>>,
    workers: Vec<WorkerHandle>,
    claims: Claims,
}

/// A room that was claimed, or is being claimed.
struct Slot {
    key: Arc<RoomKey>,
    /// Set once the room is on its worker.
    hosting: OnceCell<Hosting>,
    /// Players who left or joined between the claim in Redis and the room's arrival on its worker, oldest first.
    changes: Mutex<Vec<Change>>,
    /// The room ends as failed; no other relay may resume it.
    has_failed: AtomicBool,
    written: Arc<Written>,
}

/// A change of the players of a room.
enum Change {
    Left(String, End),
    Joined(ClaimedPlayer),
}

impl Slot {
    /// The index of the room's worker, once the room is there.
    fn worker(&self) -> Option<usize> {
        Some(self.hosting.get()?.worker)
    }
}

/// A room on a worker.
pub(crate) struct Placed {
    pub(crate) key: Arc<RoomKey>,
    pub(crate) worker: usize,
}

impl Directory {
    pub(crate) fn workers(&self) -> &[WorkerHandle] {
        &self.workers
    }
}

impl Directory {
    pub(crate) fn new(workers: Vec<WorkerHandle>, claims: Claims) -> Self {
        Self {
            slots: Mutex::default(),
            workers,
            claims,
        }
    }

    /// Rooms that are claimed or being claimed.
    pub(crate) fn rooms(&self) -> u32 {
        u32::try_from(self.slots().len()).unwrap_or(u32::MAX)
    }

    /// The rooms that are on their workers, except those that failed.
    pub(crate) fn hosted(&self) -> Vec<Arc<RoomKey>> {
        let slots = self.slots();
        let hosted = slots.values().filter(|slot| {
            slot.hosting.get().is_some() && !slot.has_failed.load(Ordering::Relaxed)
        });
        hosted.map(|slot| slot.key.clone()).collect()
    }

    /// The room on this worker with this number, and its game.
    pub(crate) fn hosted_as(
        &self,
        worker: usize,
        number: u64,
    ) -> Option<(Arc<RoomKey>, &'static str)> {
        let slots = self.slots();
        let mut hosted = slots.values().filter(|slot| slot.worker() == Some(worker));
        let slot = hosted.find(|slot| slot.key.number() == number)?;
        Some((slot.key.clone(), slot.hosting.get()?.game))
    }

    /// Ends a room as failed, without its worker.
    pub(crate) fn fail(&self, key: &Arc<RoomKey>) {
        let slots = self.slots();
        if let Some(slot) = slots.get(&key.room).filter(|slot| slot.key == *key) {
            slot.has_failed.store(true, Ordering::Relaxed);
            self.claims.reports.exit(key, RoomExit::Failed);
        }
    }

    /// Whether the room is on a lost worker.
    pub(crate) fn is_lost(&self, key: &RoomKey) -> bool {
        let slot = self.slots().get(&key.room).cloned();
        let slot = slot.filter(|slot| *slot.key == *key);
        let worker = slot.and_then(|slot| slot.worker());
        worker.is_some_and(|worker| self.workers[worker].watch.is_lost())
    }

    pub(crate) fn has(&self, key: &RoomKey) -> bool {
        let slots = self.slots();
        slots.get(&key.room).is_some_and(|slot| *slot.key == *key)
    }

    /// What the lobby has of a room.
    pub(crate) fn written(&self, key: &RoomKey) -> Arc<Written> {
        let slots = self.slots();
        let slot = slots.get(&key.room).filter(|slot| *slot.key == *key);
        slot.map(|slot| slot.written.clone()).unwrap_or_default()
    }

    /// The room of a redeemed ticket; the first player claims it. The claim continues if that player disconnects.
    pub(crate) async fn place(self: &Arc<Self>, key: RoomKey) -> Result<Placed, Refusal> {
        let directory = self.clone();
        let placing = tokio::spawn(async move {
            let slot = directory.slot(key).await?;
            let claim = || async {
                let (claims, workers) = (&directory.claims, &directory.workers);
                claims.claim(&slot.key, workers).await
            };
            match slot.hosting.get_or_try_init(claim).await.copied() {
                Ok(Hosting { worker, .. }) => {
                    directory.send_changes(&slot, worker).await;
                    Ok(Placed {
                        key: slot.key.clone(),
                        worker,
                    })
                }
                Err(refusal) => {
                    directory.forget_unplaced(&slot);
                    Err(refusal)
                }
            }
        });
        let ended = |error: tokio::task::JoinError| Err(Refusal::Failed(error.to_string()));
        placing.await.unwrap_or_else(ended)
    }

    /// Sends a message to the worker of a room; does nothing if the room is not here.
    pub(crate) async fn send_to_room(
        &self,
        key: &RoomKey,
        message: impl FnOnce(Arc<RoomKey>) -> ToWorker,
    ) {
        let slot = self.slots().get(&key.room).cloned();
        if let Some(slot) = slot.filter(|slot| *slot.key == *key)
            && let Some(worker) = slot.worker()
        {
            self.send(worker, message(slot.key.clone())).await;
        }
    }

    pub(crate) async fn send(&self, worker: usize, message: ToWorker) {
        self.workers[worker].mailbox.send(message).await;
    }

    /// Notifies the worker of a room that a player left; the player's session is closed with `end`. Does nothing if
    /// the room is not here.
    pub(crate) async fn leave(&self, room: &str, epoch: u64, player: String, end: End) {
        self.change(room, epoch, Change::Left(player, end)).await;
    }

    /// Notifies the worker of a room that a player joins; does nothing if the room is not here.
    pub(crate) async fn join(&self, room: &str, epoch: u64, player: ClaimedPlayer) {
        self.change(room, epoch, Change::Joined(player)).await;
    }

    async fn change(&self, room: &str, epoch: u64, change: Change) {
        let slot = self
            .slots()
            .get(room)
            .filter(|slot| slot.key.epoch == epoch)
            .cloned();
        let Some(slot) = slot else { return };
        // The change is added before the worker is read; `place` does both in the opposite order. So one of the two
        // sends the change.
        slot.changes.lock().push(change);
        if let Some(worker) = slot.worker() {
            self.send_changes(&slot, worker).await;
        }
    }

    /// Makes the worker drop a room whose epoch is no newer than this one.
    pub(crate) async fn drop_room(&self, room: &str, epoch: u64, end: End) {
        let slot = self
            .slots()
            .get(room)
            .filter(|slot| slot.key.epoch <= epoch)
            .cloned();
        if let Some(slot) = slot
            && let Some(worker) = slot.worker()
        {
            self.send(worker, ToWorker::Drop(slot.key.clone(), end))
                .await;
        }
    }

    /// Removes a room that its worker has dropped.
    pub(crate) fn forget(&self, key: &RoomKey) {
        let mut slots = self.slots();
        if let Some(slot) = slots.get(&key.room)
            && *slot.key == *key
        {
            if let Some(worker) = slot.worker() {
                self.workers[worker].rooms.fetch_sub(1, Ordering::Relaxed);
            }
            slots.remove(&key.room);
        }
    }

    /// The slot of this room and epoch. A newer epoch replaces an older one.
    async fn slot(&self, key: RoomKey) -> Result<Arc<Slot>, Refusal> {
        if let Some(older) = self.older_than(&key) {
            let moved = CloseCode::Moved.into();
            self.drop_room(&key.room, older, moved).await;
            self.forget(&RoomKey {
                epoch: older,
                ..key.clone()
            });
        }
        let mut slots = self.slots();
        let slot = slots.entry(key.room.clone()).or_insert_with(|| {
            Arc::new(Slot {
                key: Arc::new(key.clone()),
                hosting: OnceCell::new(),
                changes: Mutex::default(),
                has_failed: AtomicBool::new(false),
                written: Arc::default(),
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

    async fn send_changes(&self, slot: &Slot, worker: usize) {
        let changes = std::mem::take(&mut *slot.changes.lock());
        for change in changes {
            let message = match change {
                Change::Left(player, end) => Some(ToWorker::Left(slot.key.clone(), player, end)),
                Change::Joined(player) => claim::joining(&slot.key, player),
            };
            if let Some(message) = message {
                self.send(worker, message).await;
            }
        }
    }

    /// After a failed claim: removes the slot, unless another player waits for the same claim.
    fn forget_unplaced(&self, slot: &Arc<Slot>) {
        let mut slots = self.slots();
        // Clones are made only under this lock, so the last two belong to the map and to this call.
        if slot.hosting.get().is_none() && Arc::strong_count(slot) <= 2 {
            slots.remove(&slot.key.room);
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Arc<Slot>>> {
        self.slots.lock()
    }
}
