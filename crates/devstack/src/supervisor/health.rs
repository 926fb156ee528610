//! Health checks in rounds: each part is checked on a separate thread.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::silence::{Finding, Response, Silences};
use crate::Stack;
use crate::stack::health::{self, Target};

/// The time from the start of one round to the start of the next.
const ROUND_EVERY: Duration = Duration::from_secs(1);
/// The longest time that a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs the rounds.
pub(super) struct Health {
    round: Option<Round>,
    asked_at: Instant,
    silences: Silences,
}

struct Round {
    asked_at: Instant,
    answers: JoinHandle<Vec<(String, Response)>>,
}

impl Health {
    /// The first round begins after a second.
    pub(super) fn begin(now: Instant) -> Self {
        Self {
            round: None,
            asked_at: now,
            silences: Silences::default(),
        }
    }

    /// Records that a part was restarted. `is_suspect`: it is a function that was stuck. A round that began before is
    /// ignored.
    pub(super) fn started(&mut self, name: &str, now: Instant, is_suspect: bool) {
        self.silences.started(name, now, is_suspect);
        self.round = None;
    }

    /// Starts a round when it is due, and evaluates a round that has ended.
    pub(super) fn poll(&mut self, now: Instant, stack: &Stack) -> Vec<Finding> {
        if let Some(round) = self.round.take_if(|round| round.answers.is_finished()) {
            let answers = round.answers.join().unwrap_or_default();
            return self.silences.evaluate(round.asked_at, &answers);
        }
        if self.round.is_none() && now.saturating_duration_since(self.asked_at) >= ROUND_EVERY {
            self.asked_at = now;
            let targets = stack.targets(|name| self.silences.is_suspect(name));
            let status = stack.status_port();
            self.round = Some(Round {
                asked_at: now,
                answers: thread::spawn(move || check_all(targets, status)),
            });
        }
        Vec::new()
    }
}

/// Checks all parts concurrently, so that one that does not answer does not delay the others.
fn check_all(targets: Vec<Target>, status: Option<u16>) -> Vec<(String, Response)> {
    let checks: Vec<_> = targets
        .into_iter()
        .map(|target| thread::spawn(move || (target.name.clone(), check(&target))))
        .collect();
    let calls = status.map(|port| health::oldest_calls(port, PATIENCE));
    let calls = calls.unwrap_or_default();
    let answers = checks.into_iter().filter_map(|thread| thread.join().ok());
    let with_calls = |(name, response)| match (response, calls.get(&name)) {
        (Response::Answer, Some(ms)) => (name, Response::Working(*ms)),
        _ => (name, response),
    };
    answers.map(with_calls).collect()
}

fn check(target: &Target) -> Response {
    let processes = health::processes_of(target.process_id);
    if processes.iter().any(|id| health::is_debugged(*id)) {
        Response::Debugged
    } else if processes.iter().any(|id| health::is_stopped(*id)) {
        Response::Stopped
    } else if target
        .question
        .as_ref()
        .is_none_or(|it| it.is_answered(PATIENCE))
    {
        Response::Answer
    } else {
        Response::Nothing
    }
}
