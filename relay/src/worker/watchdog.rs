//! The watchdog: detects, from outside the worker's thread, a call into a game that takes too long
//! or does not return.
//!
//! It measures the CPU time of that thread between its own checks. So a suspended process, a thread without a core or
//! a suspended machine is not mistaken for a slow game.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::shared::Shared;
use crate::worker::watch::Watch;

/// Interval between checks of the workers.
const CHECK_INTERVAL: Duration = Duration::from_millis(25);
/// The same while no worker calls into a game: each check wakes a thread, which an idle server should not do often.
const IDLE_INTERVAL: Duration = Duration::from_millis(100);
/// A longer time between two checks counts as this much, because the process may have been suspended.
const GAP_MAX: Duration = Duration::from_millis(50);
/// CPU time that one call into a game may use. A room that exceeded it ends when the call returns.
const BUDGET: Duration = Duration::from_millis(100);
/// A call this long is logged before it returns.
const LATE: Duration = Duration::from_millis(200);
/// A call that used this much CPU time counts as lost: it is assumed never to return.
const LOST: Duration = Duration::from_secs(1);
/// A call that lasts this long is lost at any CPU time: it may wait for a lock.
const LOST_WAITING: Duration = Duration::from_secs(5);

/// Checks every worker until the task is aborted.
pub(crate) async fn watch(shared: Arc<Shared>) {
    let workers = shared.directory.workers();
    let mut observed = vec![Observed::default(); workers.len()];
    let mut calls = 0;
    let mut checked_at = Instant::now();
    loop {
        let before = calls;
        calls = workers.iter().map(|handle| handle.watch.calls()).sum();
        let is_calling = workers.iter().any(|handle| handle.watch.call().is_some());
        let is_idle = calls == before && !is_calling;
        let interval = if is_idle {
            IDLE_INTERVAL
        } else {
            CHECK_INTERVAL
        };
        tokio::time::sleep(interval).await;
        let gap = checked_at.elapsed();
        checked_at = Instant::now();
        for (worker, (handle, observed)) in workers.iter().zip(&mut observed).enumerate() {
            let watch = &handle.watch;
            if watch.is_lost() {
                continue;
            }
            match observed.check(watch.call(), gap, || watch.cpu()) {
                Verdict::Fine => {}
                Verdict::OverBudget(call) => watch.set_over_budget(call),
                Verdict::Late => report_late(&shared, worker, watch),
                Verdict::Lost => give_up(&shared, worker, watch),
            }
        }
    }
}

fn report_late(shared: &Shared, worker: usize, watch: &Watch) {
    let hosted = shared.directory.hosted_as(worker, watch.room());
    let (room, game) = hosted.map(|(key, game)| (key.room.clone(), game)).unzip();
    let tick = watch.tick();
    tracing::error!(room, game, tick, worker, "a step has not returned in time");
    shared.metrics.steps_late.inc();
}

/// A thread that loops cannot be stopped: the room it is in ends, its other rooms are handed over,
/// and the process is replaced.
fn give_up(shared: &Shared, worker: usize, watch: &Watch) {
    let (key, game) = shared.directory.hosted_as(worker, watch.room()).unzip();
    let (room, tick) = (key.as_ref().map(|key| &key.room), watch.tick());
    tracing::error!(
        room,
        game,
        tick,
        worker,
        "a step does not return: this process is to be replaced"
    );
    shared.metrics.workers_lost.inc();
    // First, so that the room is not handed over with the others.
    if let Some(key) = key {
        shared.directory.fail(&key);
    }
    watch.set_lost();
    shared.hung.set();
}

/// What the watchdog measured of one worker's current call.
#[derive(Clone, Debug, Default)]
struct Observed {
    call: Option<u64>,
    /// CPU time of the thread at the last check.
    cpu: Option<Duration>,
    /// CPU time that the call used between checks.
    used: Duration,
    /// Time between the checks of the call.
    lasted: Duration,
}

/// Result of a check. Each one except `Fine` is returned once for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Fine,
    OverBudget(u64),
    Late,
    Lost,
}

impl Observed {
    /// `gap` has passed since the previous check.
    fn check(
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
        let before = (self.used, self.lasted);
        self.used += ran.unwrap_or_default().min(gap);
        self.lasted += gap;
        self.cpu = now;
        let reaches = |limit| before.0 < limit && self.used >= limit;
        if reaches(LOST) || before.1 < LOST_WAITING && self.lasted >= LOST_WAITING {
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

    /// Checks one call repeatedly: every `gap_ms`, in which the thread ran for `ran_ms`. Compares
    /// the verdicts, with the number of their check.
    fn check(checks: usize, gap_ms: u64, ran_ms: u64, expected: &[(usize, Verdict)]) {
        let (mut observed, mut cpu) = (Observed::default(), Duration::ZERO);
        let mut verdicts = Vec::new();
        for number in 0..checks {
            cpu += Duration::from_millis(ran_ms);
            let verdict = observed.check(Some(1), Duration::from_millis(gap_ms), || Some(cpu));
            if verdict != Verdict::Fine {
                verdicts.push((number, verdict));
            }
        }
        assert_eq!(verdicts, expected, "{gap_ms} ms, {ran_ms} ms");
    }

    #[test]
    fn a_call_that_does_not_return_is_judged_by_its_cpu_time() {
        let verdicts = [
            (4, Verdict::OverBudget(1)),
            (8, Verdict::Late),
            (40, Verdict::Lost),
        ];
        check(100, 25, 25, &verdicts);
    }

    #[test]
    fn a_thread_without_a_core_gets_more_time() {
        let verdicts = [(50, Verdict::OverBudget(1)), (100, Verdict::Late)];
        check(200, 10, 2, &verdicts);
    }

    #[test]
    fn a_suspended_process_does_not_count_as_slow() {
        // A pause of ten seconds, which a virtual machine may count as CPU time of the thread.
        check(2, 10_000, 10_000, &[]);
        check(90, 10_000, 0, &[]);
    }

    #[test]
    fn a_thread_that_waits_forever_is_lost_after_five_seconds() {
        check(300, 25, 0, &[(200, Verdict::Lost)]);
    }

    #[test]
    fn calls_that_return_are_not_added_up() {
        let mut observed = Observed::default();
        for number in 0..1_000 {
            let call = (number % 3 != 0).then_some(number * 2 + 1);
            let cpu = Duration::from_millis(25) * number as u32;
            let verdict = observed.check(call, CHECK_INTERVAL, || Some(cpu));
            assert_eq!(verdict, Verdict::Fine);
        }
    }
}
