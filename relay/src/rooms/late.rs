//! Reports late joins to the lobby: the seats that rooms offer, and seats that they return.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use game::{Seat, Seats};
use lobby::SeatReturn;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use crate::rooms::persist::call;
use crate::shared::Shared;
use crate::worker::messages::{LateReport, RoomKey};

const BACKOFF: Duration = Duration::from_millis(200);

/// Reports that the lobby has not yet received.
#[derive(Default)]
struct Pending {
    /// The newest offer of each room.
    offers: HashMap<Arc<RoomKey>, Seats>,
    returns: Vec<(Arc<RoomKey>, String, SeatReturn)>,
}

impl Pending {
    fn add(&mut self, key: Arc<RoomKey>, report: LateReport) {
        match report {
            LateReport::Offer(seats) => {
                self.offers.insert(key, seats);
            }
            LateReport::Return(player, why) => self.returns.push((key, player, why)),
        }
    }

    fn is_empty(&self) -> bool {
        self.offers.is_empty() && self.returns.is_empty()
    }
}

/// Runs until the task is aborted. A failed call is retried while the room is on this server.
pub(crate) async fn notify(
    shared: Arc<Shared>,
    mut reports: UnboundedReceiver<(Arc<RoomKey>, LateReport)>,
) {
    let mut pending = Pending::default();
    loop {
        if pending.is_empty() {
            let Some((key, report)) = reports.recv().await else {
                return;
            };
            pending.add(key, report);
        }
        while let Ok((key, report)) = reports.try_recv() {
            pending.add(key, report);
        }
        send(&shared, &mut pending).await;
        if !pending.is_empty() {
            tokio::time::sleep(BACKOFF).await;
        }
    }
}

async fn send(shared: &Arc<Shared>, pending: &mut Pending) {
    // Seats are returned first, because afterwards they may be offered.
    let mut calls = JoinSet::new();
    for (key, player, why) in std::mem::take(&mut pending.returns) {
        let shared = shared.clone();
        calls.spawn(async move {
            let is_done = give_back(&shared, &key, &player, why).await;
            (!is_done).then_some((key, player, why))
        });
    }
    while let Some(failed) = calls.join_next().await {
        pending.returns.extend(failed.ok().flatten());
    }
    pending
        .returns
        .retain(|(key, ..)| shared.directory.has(key));
    let mut calls = JoinSet::new();
    for (key, seats) in pending.offers.drain() {
        let shared = shared.clone();
        calls.spawn(async move {
            let is_done = offer(&shared, &key, seats).await;
            (!is_done).then_some((key, seats))
        });
    }
    while let Some(failed) = calls.join_next().await {
        pending.offers.extend(failed.ok().flatten());
    }
    pending.offers.retain(|key, _| shared.directory.has(key));
}

async fn offer(shared: &Shared, key: &RoomKey, seats: Seats) -> bool {
    let RoomKey { pool, room, epoch } = key;
    let seats: Vec<u8> = seats.iter().map(|seat| Seat::index(seat) as u8).collect();
    let offer = async {
        let matches = shared.lobby.pool(pool)?.matches;
        let relay = &shared.config.relay_id;
        matches.offer_seats(room, relay, *epoch, &seats).await
    };
    call(shared, "offer_seats", offer).await.is_some()
}

async fn give_back(shared: &Shared, key: &RoomKey, player: &str, why: SeatReturn) -> bool {
    let RoomKey { pool, room, epoch } = key;
    tracing::info!(
        room,
        epoch,
        player,
        ?why,
        "a late player's seat is returned"
    );
    let give_back = async {
        let matches = shared.lobby.pool(pool)?.matches;
        let relay = &shared.config.relay_id;
        matches.return_seat(room, relay, *epoch, player, why).await
    };
    call(shared, "return_seat", give_back).await.is_some()
}
