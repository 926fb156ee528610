//! [`Outbox`]: the notifications that the scripts wrote for players, relays and claims. One
//! function at a time delivers a pool's outbox, at least once and in order.

mod entry;
mod push;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Result, corrupt};
use crate::inbox;
use crate::players::claims::Claims;
use crate::redis::script;
use crate::rooms::codes::Codes;
use crate::sessions::Sessions;
use crate::store::{PoolStore, random};
use crate::timing::{self, ms};
use crate::types::GameTicket;
use entry::Taken;
pub use push::{Push, Pushed};

const BATCH: u32 = 32;
/// The time of one call is bounded by this number of batches.
const BATCHES_MAX: u32 = 640;
/// How many players are notified concurrently.
const CONCURRENT_MAX: usize = 32;

/// The outbox of a pool.
#[derive(Clone)]
pub struct Outbox {
    store: PoolStore,
    claims: Claims,
    codes: Codes,
    sessions: Sessions,
}

/// What [`Outbox::deliver`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryReport {
    /// Notifications delivered.
    pub pushed: u64,
    /// Connections that were gone.
    pub gone: u64,
    /// Notifications that could not be delivered now; their entries stay for the next call.
    pub failed: u64,
    /// There is more to do: call again.
    pub remainder: bool,
}

/// A message to one player, and the index of its entry in the batch.
type Notification<'a> = (usize, &'a Map<String, Value>);

/// The outcome for one player, or for a whole batch.
#[derive(Default)]
struct Outcome {
    report: DeliveryReport,
    /// Entries of the batch that must be delivered again.
    missed: BTreeSet<usize>,
}

impl Outbox {
    pub(crate) fn new(store: &PoolStore) -> Self {
        Self {
            store: store.clone(),
            claims: Claims::new(&store.stores),
            codes: Codes::new(&store.stores),
            sessions: Sessions::new(&store.stores),
        }
    }

    /// Delivers the outbox until it is empty, or for a bounded number of batches. While another
    /// call holds the lease, nothing is done and `remainder` is false. A notification that fails
    /// leaves its entry for the next call. A caller that limits the time may drop the future: what
    /// was not acknowledged is delivered again.
    pub async fn deliver(&self, push: &impl Push) -> Result<DeliveryReport> {
        let holder = random();
        let mut sum = DeliveryReport::default();
        for round in 1..=BATCHES_MAX {
            let batch = self.take(&holder).await?;
            if batch.is_empty() {
                return Ok(sum);
            }
            let Outcome { report, missed } = self.deliver_batch(&batch, push).await?;
            sum += report;
            let done = batch
                .iter()
                .enumerate()
                .filter(|(i, _)| !missed.contains(i));
            let done: Vec<&str> = done.map(|(_, taken)| taken.id.as_str()).collect();
            let stop = round == BATCHES_MAX || !missed.is_empty();
            let left = self.acknowledge(&holder, stop, &done).await?;
            if left <= 0 || !missed.is_empty() {
                return Ok(sum);
            }
        }
        sum.remainder = true;
        Ok(sum)
    }

    /// Empty when there is nothing, or when another call holds the lease.
    async fn take(&self, holder: &str) -> Result<Vec<Taken>> {
        let args = [
            holder,
            &BATCH.to_string(),
            &ms(timing::OUTBOX_LEASE).to_string(),
        ];
        let keys = [self.store.keys.outbox_lease()];
        let flat: Option<Vec<String>> = self.store.run(&script::DELIVER, &keys, &args).await?;
        match flat {
            Some(flat) => entry::read(&self.store.keys.outbox(), &flat),
            None => Ok(Vec::new()),
        }
    }

    /// How many entries are left; negative if another call holds the lease by now.
    async fn acknowledge(&self, holder: &str, stop: bool, ids: &[&str]) -> Result<i64> {
        let args = [&[holder, if stop { "1" } else { "0" }], ids].concat();
        let keys = [self.store.keys.outbox_lease()];
        self.store.run(&script::DELIVER_ACK, &keys, &args).await
    }

    /// Relays and claims first, then each player in order, several players at once.
    async fn deliver_batch(&self, batch: &[Taken], push: &impl Push) -> Result<Outcome> {
        let mut by_player: BTreeMap<&str, Vec<Notification<'_>>> = BTreeMap::new();
        for (i, taken) in batch.iter().enumerate() {
            for entry in &taken.entry.inbox {
                inbox::add(&self.store.stores.link, entry).await?;
            }
            for release in &taken.entry.release {
                let (player, nonce) = (&release.player, &release.nonce);
                self.claims
                    .release(player, self.store.name(), nonce)
                    .await?;
            }
            for closed in &taken.entry.codes {
                self.codes.release(&closed.code, &closed.nonce).await?;
            }
            for notice in &taken.entry.notices {
                for player in &notice.to {
                    let notifications = by_player.entry(player).or_default();
                    notifications.push((i, &notice.message));
                }
            }
        }
        let mut sum = Outcome::default();
        let by_player: Vec<_> = by_player.into_iter().collect();
        for chunk in by_player.chunks(CONCURRENT_MAX) {
            let outcomes = chunk
                .iter()
                .map(|(player, notifications)| self.notify(player, notifications, batch, push));
            for outcome in join_all(outcomes).await {
                let outcome = outcome?;
                sum.report += outcome.report;
                sum.missed.extend(outcome.missed);
            }
        }
        Ok(sum)
    }

    /// Notifies one player, in order. After a failure the later notifications wait too: a client
    /// drops what is not newer.
    async fn notify(
        &self,
        player: &str,
        notifications: &[Notification<'_>],
        batch: &[Taken],
        push: &impl Push,
    ) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let Some(connection) = self.sessions.connection_of(player).await? else {
            return Ok(outcome);
        };
        for (n, (i, message)) in notifications.iter().enumerate() {
            let taken = &batch[*i];
            let Some(body) = self.body(player, &connection, message, taken.seq).await? else {
                continue;
            };
            match push.push(&connection, &body).await {
                Ok(Pushed::Delivered) => outcome.report.pushed += 1,
                Ok(Pushed::Gone) => {
                    outcome.report.gone += 1;
                    self.sessions.remove(player, &connection).await?;
                    return Ok(outcome);
                }
                Err(error) if taken.age_ms > ms(timing::DELIVERY_MAX) => {
                    tracing::error!(%error, player, "notification dropped");
                }
                Err(error) => {
                    tracing::warn!(%error, player, "push failed; it will be retried");
                    outcome.report.failed += 1;
                    outcome.missed = notifications[n..].iter().map(|(i, _)| *i).collect();
                    return Ok(outcome);
                }
            }
        }
        Ok(outcome)
    }

    /// The message for this player: with its sequence number, and with a seat ticket if it says how
    /// to reach a match. None: the player has left that match; a later entry says so.
    async fn body(
        &self,
        player: &str,
        connection: &str,
        message: &Map<String, Value>,
        seq: u64,
    ) -> Result<Option<String>> {
        let mut body = message.clone();
        body.insert("seq".to_owned(), seq.into());
        let text = |name: &str| {
            let value = message.get(name).and_then(Value::as_str);
            value.unwrap_or_default()
        };
        let kind = text("type");
        if kind == "match_over" {
            // Lua's JSON has no empty list.
            body.entry("scores")
                .or_insert_with(|| Value::Array(Vec::new()));
        }
        if kind == "match_started" || kind == "match_moved" {
            let Some(game) = self.open_seat(player, text("room_id"), connection).await? else {
                return Ok(None);
            };
            let game = serde_json::to_value(game).map_err(|error| corrupt("seat_open", error))?;
            body.insert("game".to_owned(), game);
        }
        Ok(Some(Value::Object(body).to_string()))
    }

    async fn open_seat(
        &self,
        player: &str,
        room: &str,
        connection: &str,
    ) -> Result<Option<GameTicket>> {
        let keys = self.store.player_keys(player);
        let args = [player, room, &random()];
        let text: Option<String> = self.store.run(&script::SEAT_OPEN, &keys, &args).await?;
        let Some(text) = text else { return Ok(None) };
        let game: GameTicket =
            serde_json::from_str(&text).map_err(|error| corrupt("seat_open", error))?;
        let origin = self.sessions.origin_of(connection).await?;
        Ok(Some(game.seen_from(origin.as_ref())))
    }
}

impl std::ops::AddAssign for DeliveryReport {
    fn add_assign(&mut self, other: Self) {
        self.pushed += other.pushed;
        self.gone += other.gone;
        self.failed += other.failed;
        self.remainder |= other.remainder;
    }
}
