//! [`Outbox`]: the notifications that the scripts wrote for players, relays and claims. One
//! function at a time delivers a lane of a pool's outbox, at least once and in order for each player.

mod entry;
mod notify;
mod pass;
mod push;

use std::time::SystemTime;

use futures_util::future::{BoxFuture, try_join_all};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::inbox;
use crate::players::claims::Claims;
use crate::redis::script;
use crate::rooms::codes::Codes;
use crate::sessions::Sessions;
use crate::settings::LANES_MAX;
use crate::store::{PoolStore, random};
use crate::timing::{self, ms};
use entry::Taken;
use pass::{Pass, Patience};
pub use push::{Push, Pushed};

/// The most elements of [`DeliveryReport::traced`].
const TRACED_MAX: usize = 1024;

/// The outbox of a pool.
#[derive(Clone)]
pub struct Outbox {
    store: PoolStore,
    claims: Claims,
    codes: Codes,
    sessions: Sessions,
}

/// What a delivery did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryReport {
    /// Notifications delivered.
    pub pushed: u64,
    /// Connections that were gone.
    pub gone: u64,
    /// Players who could not be notified now; their entries stay for the next call.
    pub failed: u64,
    /// More is pending: call again.
    pub remainder: bool,
    /// The deliveries of seat tickets to players whose traces are exported; at most 1,024 of them.
    #[serde(skip)]
    pub traced: Vec<TracedPush>,
}

/// A seat ticket that was pushed to a player whose trace is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedPush {
    /// UUID text.
    pub player: String,
    /// The room's id.
    pub room: String,
    /// The player's `traceparent`; see [`crate::Join::trace`].
    pub trace: String,
    /// When the message was written to the outbox, ms since 1970, by the clock of Redis.
    pub written_ms: u64,
    /// When its push began.
    pub from: SystemTime,
    /// When the transport had accepted it.
    pub until: SystemTime,
}

/// A lane of the outbox, held by one delivery.
struct Lane {
    number: u32,
    /// The stream, its lease, its missed players.
    keys: [String; 3],
    /// The holder of the lease.
    holder: String,
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

    /// Delivers every lane with [`Outbox::deliver_lane`], also lanes that the pool no longer uses.
    pub async fn deliver(&self, push: &impl Push) -> Result<DeliveryReport> {
        self.deliver_lanes(LANES_MAX, push, Patience::Full).await
    }

    /// Delivers a lane until it is empty, or for [`timing::DELIVERY_PASS`]. While another call holds the lane's
    /// lease, nothing is delivered and `remainder` is false. A player whose push fails or hangs delays nobody else;
    /// their entries stay for the next call. A caller may drop the future: unacknowledged entries are delivered again
    /// after the lease ends.
    pub async fn deliver_lane(&self, lane: u32, push: &impl Push) -> Result<DeliveryReport> {
        if lane >= LANES_MAX {
            return Err(Error::UnknownLane(lane));
        }
        self.pass(lane, push, Patience::Full).await
    }

    /// Delivers what no delivery has tried yet, for at most [`timing::DELIVERY_BRIEF`], and does not wait for a push
    /// that hangs. For a function whose caller waits for an answer.
    pub async fn deliver_new(&self, push: &impl Push) -> Result<DeliveryReport> {
        match self.store.settings().lanes {
            1 => self.pass(0, push, Patience::Brief).await,
            lanes => self.deliver_lanes(lanes, push, Patience::Brief).await,
        }
    }

    /// Delivers those of the first `count` lanes that have work, concurrently.
    async fn deliver_lanes(
        &self,
        count: u32,
        push: &impl Push,
        patience: Patience,
    ) -> Result<DeliveryReport> {
        let count = count.to_string();
        let due: Vec<u32> = self.store.run(&script::LANES, &[], &[&count]).await?;
        let passes = due.into_iter().map(|lane| self.pass(lane, push, patience));
        let mut sum = DeliveryReport::default();
        for report in try_join_all(passes).await? {
            sum += report;
        }
        Ok(sum)
    }

    /// On the heap: the future of a pass is large.
    fn pass<'a, P: Push>(
        &'a self,
        lane: u32,
        push: &'a P,
        patience: Patience,
    ) -> BoxFuture<'a, Result<DeliveryReport>> {
        Box::pin(Pass::new(self, lane, push, patience).run())
    }

    /// The next entries after the one with this id, or the first ones. None: another call holds the lease.
    async fn take(
        &self,
        lane: &Lane,
        after: Option<&str>,
        count: usize,
    ) -> Result<Option<Vec<Taken>>> {
        let args = [
            &lane.holder,
            &after.map_or_else(|| "-".to_owned(), |id| format!("({id}")),
            &count.to_string(),
            &ms(timing::OUTBOX_LEASE).to_string(),
        ];
        let args = args.map(String::as_str);
        let flat: Option<Vec<String>> = self.store.run(&script::DELIVER, &lane.keys, &args).await?;
        flat.map(|flat| entry::read(&lane.keys[0], &flat))
            .transpose()
    }

    /// Acknowledges entries. Returns how many entries are left; None if another call now holds the lease. `missed`:
    /// ids of entries, each with the players who have missed it.
    async fn acknowledge(
        &self,
        lane: &Lane,
        is_last: bool,
        done: &[String],
        missed: &[(String, String)],
    ) -> Result<Option<usize>> {
        let count = done.len().to_string();
        let mut args = vec![
            lane.holder.as_str(),
            if is_last { "1" } else { "0" },
            &count,
        ];
        args.extend(done.iter().map(String::as_str));
        args.extend(
            missed
                .iter()
                .flat_map(|(id, players)| [id.as_str(), players]),
        );
        let left: i64 = self
            .store
            .run(&script::DELIVER_ACK, &lane.keys, &args)
            .await?;
        Ok(usize::try_from(left).ok())
    }

    /// Applies the other effects of an entry: messages to relays, and claims and codes to release.
    async fn apply(&self, taken: &Taken) -> Result<()> {
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
        Ok(())
    }

    fn hold(&self, lane: u32) -> Lane {
        Lane {
            number: lane,
            keys: self.store.keys.lane(lane),
            holder: random(),
        }
    }
}

impl std::ops::AddAssign for DeliveryReport {
    fn add_assign(&mut self, other: Self) {
        self.pushed += other.pushed;
        self.gone += other.gone;
        self.failed += other.failed;
        self.remainder |= other.remainder;
        let space = TRACED_MAX.saturating_sub(self.traced.len());
        self.traced.extend(other.traced.into_iter().take(space));
    }
}
