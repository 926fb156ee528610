//! The watchdog: notices a call into a game that takes too long, or does not return, from outside the worker's thread.
//!
//! What counts is CPU time of that thread while the watchdog looked on. So a process that was stopped, a thread that got no
//! core and a machine that stood still are not taken for a slow game.

use std::sync::Arc;
use std::time::{Duration, Instant};

use game::Game;
use tokio::time::MissedTickBehavior;

use crate::shared::Shared;
use crate::worker::watch::Watch;

/// Interval between checks of the workers.
const LOOK: Duration = Duration::from_millis(25);
/// A longer time between two looks counts as this much: the process may have been stopped meanwhile.
const GAP_MAX: Duration = Duration::from_millis(50);
/// What one call into a game may use. A room that used more ends when the call returns.
const BUDGET: Duration = Duration::from_millis(100);
/// A call this long is logged before it returns.
const LATE: Duration = Duration::from_millis(200);
/// A call that used this much is taken not to return.
const LOST: Duration = Duration::from_secs(1);
/// Nor does a call that lasts this long, whatever CPU time it uses: it may wait for a lock.
const LOST_WAITING: Duration = Duration::from_secs(5);

/// Looks at every worker until the task is aborted.
pub(crate) async fn watch<G: Game + Send + 'static>(shared: Arc<Shared<G>>) {
    let workers = shared.directory.workers();
    let mut sights = vec![Sight::default(); workers.len()];
    let mut every = tokio::time::interval(LOOK);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looked = Instant::now();
    loop {
        every.tick().await;
        let gap = looked.elapsed();
        looked = Instant::now();
        for (worker, (handle, sight)) in workers.iter().zip(&mut sights).enumerate() {
            let watch = &handle.watch;
            if watch.is_lost() {
                continue;
            }
            match sight.look(watch.call(), gap, || watch.cpu()) {
                Verdict::Fine => {}
                Verdict::OverBudget(call) => watch.set_over_budget(call),
                Verdict::Late => say_late(&shared, worker, watch),
                Verdict::Lost => give_up(&shared, worker, watch),
            }
        }
    }
}

fn say_late<G: Game + Send + 'static>(shared: &Shared<G>, worker: usize, watch: &Watch) {
    let key = shared.directory.hosted_as(worker, watch.room());
    let (room, tick) = (key.map(|key| key.room.clone()), watch.tick());
    tracing::error!(
        room,
        game = G::NAME,
        tick,
        worker,
        "a step has not returned in time"
    );
    shared.metrics.steps_late.inc();
}

/// A thread cannot be taken out of a loop: its rooms go to others, the room it is in ends, and the process is replaced.
fn give_up<G: Game + Send + 'static>(shared: &Shared<G>, worker: usize, watch: &Watch) {
    let key = shared.directory.hosted_as(worker, watch.room());
    let (room, tick) = (key.as_ref().map(|key| &key.room), watch.tick());
    tracing::error!(
        room,
        game = G::NAME,
        tick,
        worker,
        "a step does not return: this process is to be replaced"
    );
    shared.metrics.workers_lost.inc();
    // First what keeps the room from being handed over with the others.
    if let Some(key) = key {
        shared.directory.fail(&key);
    }
    watch.set_lost();
    shared.hung.set();
}

/// What is known of one worker's call.
#[derive(Clone, Debug, Default)]
struct Sight {
    call: Option<u64>,
    /// CPU time of the thread at the last look.
    cpu: Option<Duration>,
    /// CPU time that the call used while it was looked at.
    used: Duration,
    /// How long it was looked at.
    seen: Duration,
}

/// What a look comes to. Each but `Fine` is said once a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Fine,
    OverBudget(u64),
    Late,
    Lost,
}

impl Sight {
    /// `gap` has passed since the look before.
    fn look(
        &mut self,
        call: Option<u64>,
        gap: Duration,
        cpu: impl FnOnce() -> Option<Duration>,
    ) -> Verdict {
        let Some(number) = call else {
            *self = Self::default();
            return Verdict::Fine;
        };
        let now = cpu();
        if self.call != call {
            *self = Self {
                call,
                cpu: now,
                ..Self::default()
            };
            return Verdict::Fine;
        }
        let gap = gap.min(GAP_MAX);
        let ran = now.zip(self.cpu).map(|(now, cpu)| now.saturating_sub(cpu));
        let before = (self.used, self.seen);
        self.used += ran.unwrap_or_default().min(gap);
        self.seen += gap;
        self.cpu = now;
        let reaches = |limit| before.0 < limit && self.used >= limit;
        if reaches(LOST) || before.1 < LOST_WAITING && self.seen >= LOST_WAITING {
            Verdict::Lost
        } else if reaches(LATE) {
            Verdict::Late
        } else if reaches(BUDGET) {
            Verdict::OverBudget(number)
        } else {
            Verdict::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at one call; each look has the ms since the one before and the ms that the thread ran meanwhile; what was said, and at
    /// which look.
    fn check(looks: usize, gap_ms: u64, ran_ms: u64, expected: &[(usize, Verdict)]) {
        let (mut sight, mut cpu) = (Sight::default(), Duration::ZERO);
        let mut said = Vec::new();
        for look in 0..looks {
            cpu += Duration::from_millis(ran_ms);
            let verdict = sight.look(Some(1), Duration::from_millis(gap_ms), || Some(cpu));
            if verdict != Verdict::Fine {
                said.push((look, verdict));
            }
        }
        assert_eq!(said, expected, "{gap_ms} ms, {ran_ms} ms");
    }

    #[test]
    fn a_call_that_does_not_return_is_judged_by_the_time_it_used() {
        let said = [
            (4, Verdict::OverBudget(1)),
            (8, Verdict::Late),
            (40, Verdict::Lost),
        ];
        check(100, 25, 25, &said);
    }

    #[test]
    fn a_thread_without_a_core_is_given_time() {
        let said = [(50, Verdict::OverBudget(1)), (100, Verdict::Late)];
        check(200, 10, 2, &said);
    }

    #[test]
    fn a_process_that_was_stopped_is_not_blamed() {
        // Ten seconds away, in which a virtual machine's clock may say that the thread ran.
        check(2, 10_000, 10_000, &[]);
        check(90, 10_000, 0, &[]);
    }

    #[test]
    fn a_thread_that_waits_for_ever_is_given_up_at_last() {
        check(300, 25, 0, &[(200, Verdict::Lost)]);
    }

    #[test]
    fn calls_that_return_are_calls_of_their_own() {
        let mut sight = Sight::default();
        for look in 0..1_000 {
            let call = (look % 3 != 0).then_some(look * 2 + 1);
            let cpu = Duration::from_millis(25) * look as u32;
            let verdict = sight.look(call, LOOK, || Some(cpu));
            assert_eq!(verdict, Verdict::Fine);
        }
    }
}
