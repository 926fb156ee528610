//! [`Pass`]: one delivery of a lane. Players are notified concurrently, each in order. A push that hangs or fails
//! sets its player aside while the others continue.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep, sleep_until};

use super::entry::Taken;
use super::notify::{Notification, Outcome};
use super::{DeliveryReport, Lane, Outbox, Push};
use crate::error::Result;
use crate::timing;

/// The most entries that are taken or acknowledged at once.
const BATCH: usize = 32;
/// How many players are notified concurrently, not counting those whose push hangs.
const CONCURRENT_MAX: usize = 32;
/// When this number of pushes hang, the others wait for them.
const HANGING_MAX: usize = 256;
/// The most undelivered entries that a pass holds at once.
const OPEN_MAX: usize = 1024;
/// The number of steps in which [`timing::PUSH_HANGS`] elapses.
const HANGS_STEPS: u32 = 4;
/// How often a waiting pass checks for new entries.
const LOOK: Duration = Duration::from_millis(25);

/// What a pass waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// For hanging pushes; it also retries those that an earlier pass has not delivered.
    Full,
    /// For neither, because somebody waits for its end.
    Brief,
}

/// One delivery of a lane.
pub(super) struct Pass<'a, P> {
    outbox: &'a Outbox,
    lane: Arc<Lane>,
    push: &'a P,
    patience: Patience,
    end: Instant,
    next_look: Instant,
    /// The id of the last entry that was taken.
    last: Option<String>,
    /// The entries that are not yet delivered, by sequence number.
    open: BTreeMap<u64, Open>,
    /// The ids of delivered entries that are not yet acknowledged.
    done: Vec<String>,
    players: HashMap<String, Player>,
    /// The players who wait for their turn.
    ready: VecDeque<String>,
    running: FuturesUnordered<BoxFuture<'a, Result<Run<'a>>>>,
    hanging: FuturesUnordered<BoxFuture<'a, Result<Outcome>>>,
    report: DeliveryReport,
}

/// An entry that is not yet delivered.
struct Open {
    taken: Arc<Taken>,
    /// The players who have not received it.
    left: Vec<String>,
}

/// A player with undelivered messages.
#[derive(Default)]
struct Player {
    /// The messages that are being pushed.
    current: Vec<Notification>,
    /// The messages after them.
    waiting: Vec<Notification>,
    /// A push hangs or has failed.
    is_aside: bool,
}

/// The notification of a player, after at most [`timing::PUSH_HANGS`].
enum Run<'a> {
    Done(Outcome),
    Hangs(String, BoxFuture<'a, Result<Outcome>>),
}

impl<'a, P: Push> Pass<'a, P> {
    pub(super) fn new(outbox: &'a Outbox, lane: u32, push: &'a P, patience: Patience) -> Self {
        let now = Instant::now();
        let end = match patience {
            Patience::Full => timing::DELIVERY_PASS,
            Patience::Brief => timing::DELIVERY_BRIEF,
        };
        Self {
            outbox,
            lane: Arc::new(outbox.hold(lane)),
            push,
            patience,
            end: now + end,
            next_look: now,
            last: None,
            open: BTreeMap::new(),
            done: Vec::new(),
            players: HashMap::new(),
            ready: VecDeque::new(),
            running: FuturesUnordered::new(),
            hanging: FuturesUnordered::new(),
            report: DeliveryReport::default(),
        }
    }

    /// Runs until nothing is left that it may wait for.
    pub(super) async fn run(mut self) -> Result<DeliveryReport> {
        let mut is_more = true;
        loop {
            let is_ending = Instant::now() >= self.end;
            if is_more && !is_ending && self.has_space() {
                let Some(count) = self.take().await? else {
                    return Ok(self.report);
                };
                is_more = count == BATCH;
            }
            if !is_ending {
                self.start();
            }
            let is_idle = self.is_idle(is_ending);
            if is_idle && self.open.is_empty() && self.done.is_empty() && !is_more {
                return Ok(self.report);
            }
            if is_idle || self.done.len() >= BATCH {
                let Some(left) = self.acknowledge().await? else {
                    return Ok(self.report);
                };
                is_more |= left > self.open.len() + self.done.len();
            }
            if is_idle && (is_ending || !is_more || !self.has_space()) {
                return self.close(is_more).await;
            }
            if !is_idle {
                is_more |= self.wait().await?;
            }
        }
    }

    /// Takes the next entries and returns how many. None: another holder delivers.
    async fn take(&mut self) -> Result<Option<usize>> {
        self.next_look = Instant::now() + LOOK;
        let (outbox, lane, last) = (self.outbox, self.lane.clone(), self.last.clone());
        let taken = self.alongside(async move {
            let Some(batch) = outbox.take(&lane, last.as_deref(), BATCH).await? else {
                return Ok(None);
            };
            let is_new = |taken: &&Taken| lane.number == 0 && !taken.is_again;
            for taken in batch.iter().filter(is_new) {
                outbox.apply(taken).await?;
            }
            Ok(Some(batch))
        });
        let Some(batch) = taken.await? else {
            return Ok(None);
        };
        let count = batch.len();
        for taken in batch {
            self.last = Some(taken.id.clone());
            self.open(Arc::new(taken));
        }
        Ok(Some(count))
    }

    /// Waits for a Redis call while the pushes continue. A push that is not polled could hold what the call waits
    /// for.
    async fn alongside<T>(&mut self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let mut call = std::pin::pin!(call);
        loop {
            tokio::select! {
                result = &mut call => return result,
                Some(run) = self.running.next() => self.finish(run?),
                Some(outcome) = self.hanging.next() => self.settle(outcome?),
            }
        }
    }

    /// Assigns the entry's messages to its players.
    fn open(&mut self, taken: Arc<Taken>) {
        let mut left = Vec::new();
        for (notice, player) in taken.players() {
            left.push(player.to_owned());
            let known = self.players.entry(player.to_owned()).or_default();
            known.is_aside |= taken.is_again && self.patience == Patience::Brief;
            let is_new = known.current.is_empty() && known.waiting.is_empty();
            if is_new && !known.is_aside {
                self.ready.push_back(player.to_owned());
            }
            known.waiting.push(Notification {
                taken: taken.clone(),
                notice,
            });
        }
        if left.is_empty() {
            self.done.push(taken.id.clone());
        } else {
            self.open.insert(taken.seq, Open { taken, left });
        }
    }

    /// Starts to notify the players whose turn it is.
    fn start(&mut self) {
        while self.running.len() < CONCURRENT_MAX {
            let Some(player) = self.ready.pop_front() else {
                return;
            };
            let known = self.players.entry(player.clone()).or_default();
            known.current = std::mem::take(&mut known.waiting);
            let name = player.clone();
            let outcome = self.outbox.notify(player, known.current.clone(), self.push);
            self.running.push(Box::pin(async move {
                match select(Box::pin(outcome), Box::pin(hangs())).await {
                    Either::Left((outcome, _)) => Ok(Run::Done(outcome?)),
                    Either::Right(((), outcome)) => Ok(Run::Hangs(name, outcome)),
                }
            }));
        }
    }

    /// Waits until a player is notified. True: it is time to check for new entries.
    async fn wait(&mut self) -> Result<bool> {
        let wake = match self.end.checked_duration_since(Instant::now()) {
            Some(_) => self.next_look.min(self.end),
            None => self.end + timing::PUSH_HANGS * 2,
        };
        tokio::select! {
            Some(run) = self.running.next() => self.finish(run?),
            Some(outcome) = self.hanging.next() => self.settle(outcome?),
            () = sleep_until(wake) => {
                self.next_look = Instant::now() + LOOK;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Records that the player's push has ended or hangs.
    fn finish(&mut self, run: Run<'a>) {
        match run {
            Run::Done(outcome) => self.settle(outcome),
            Run::Hangs(player, outcome) => {
                self.hanging.push(outcome);
                self.players.entry(player).or_default().is_aside = true;
            }
        }
    }

    /// Records what a player has received. A player who is no longer aside gets their next turn.
    fn settle(&mut self, outcome: Outcome) {
        let Outcome {
            player,
            done,
            report,
        } = outcome;
        let known = self.players.entry(player.clone()).or_default();
        let mut missed = known.current.split_off(done);
        known.is_aside = !missed.is_empty();
        let delivered = std::mem::take(&mut known.current);
        missed.append(&mut known.waiting);
        known.waiting = missed;
        if known.waiting.is_empty() {
            self.players.remove(&player);
        } else if !known.is_aside {
            self.ready.push_back(player.clone());
        }
        self.report += report;
        for notification in delivered {
            self.remove(&player, notification.taken.seq);
        }
    }

    /// Records that the player no longer needs this entry.
    fn remove(&mut self, player: &str, seq: u64) {
        let Some(open) = self.open.get_mut(&seq) else {
            return;
        };
        if let Some(i) = open.left.iter().position(|left| left == player) {
            open.left.swap_remove(i);
        }
        if open.left.is_empty()
            && let Some(open) = self.open.remove(&seq)
        {
            self.done.push(open.taken.id.clone());
        }
    }

    /// Acknowledges entries. Returns how many are left in the lane; None if another holder now delivers.
    async fn acknowledge(&mut self) -> Result<Option<usize>> {
        let done = std::mem::take(&mut self.done);
        let (outbox, lane) = (self.outbox, self.lane.clone());
        self.alongside(async move { outbox.acknowledge(&lane, false, &done, &[]).await })
            .await
    }

    /// Releases the lease. Hanging pushes are abandoned, and entries stay for the players who are aside. An entry for
    /// which other players have not had their turn stays unchanged.
    async fn close(mut self, is_more: bool) -> Result<DeliveryReport> {
        self.report.failed += self.hanging.len() as u64;
        self.report.remainder = is_more || !self.ready.is_empty();
        self.drop_old();
        let is_aside = |player: &String| self.players.get(player).is_some_and(|it| it.is_aside);
        let mut missed = Vec::new();
        for open in self.open.values() {
            let is_known = open.taken.is_again && open.taken.players().count() == open.left.len();
            if !is_known && open.left.iter().all(is_aside) {
                let players = serde_json::Value::from(open.left.clone()).to_string();
                missed.push((open.taken.id.clone(), players));
            }
        }
        // Abandoned before the last Redis call, which could wait for something that they hold.
        self.hanging.clear();
        self.outbox
            .acknowledge(&self.lane, true, &self.done, &missed)
            .await?;
        Ok(self.report)
    }

    /// Drops messages whose push has hung for too long.
    fn drop_old(&mut self) {
        let mut old = Vec::new();
        for (player, known) in &self.players {
            for notification in known.current.iter().filter(|it| it.is_old()) {
                old.push((player.clone(), notification.taken.seq));
            }
        }
        for (player, seq) in old {
            tracing::error!(player, "notification dropped: its push hung");
            self.remove(&player, seq);
        }
    }

    fn has_space(&self) -> bool {
        self.running.len() + self.ready.len() < CONCURRENT_MAX
            && self.open.len() < OPEN_MAX
            && self.hanging.len() < HANGING_MAX
    }

    /// Whether nothing is running that the pass waits for.
    fn is_idle(&self, is_ending: bool) -> bool {
        self.running.is_empty()
            && (is_ending
                || self.ready.is_empty()
                    && (self.hanging.is_empty() || self.patience == Patience::Brief))
    }
}

/// Completes when a push counts as hanging. Waits in steps: a process that was stopped in the meantime loses one step
/// only, and can then still receive the answer.
async fn hangs() {
    for _ in 0..HANGS_STEPS {
        sleep(timing::PUSH_HANGS / HANGS_STEPS).await;
    }
}
