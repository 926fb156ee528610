//! Detection of parts that do not answer, from rounds of health checks. It reads no clock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A part that does not answer for this long, over at least [`ROUNDS_MIN`] rounds, is stuck.
const SILENCE_MAX: Duration = Duration::from_secs(6);
const ROUNDS_MIN: u32 = 3;
/// After a longer break between two rounds, the machine was suspended or `up` itself was paused. Earlier counts are
/// discarded.
const BREAK: Duration = Duration::from_secs(5);
/// The longest time from the start of a part to its first answer.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// The longest time of a call to a function that was restarted because it was stuck.
const REACH_PATIENCE: Duration = Duration::from_secs(5);
/// A call that takes longer is stuck: every function has a shorter time limit.
const CALL_MAX: Duration = Duration::from_secs(7);

/// The result of a round for one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Response {
    Answer,
    Nothing,
    /// One of its processes is stopped, for example by SIGSTOP.
    Stopped,
    /// A debugger is attached to one of its processes, so it is not restarted.
    Debugged,
    /// It is running, and has worked on one call for this number of milliseconds.
    Working(u64),
}

/// A part's state change, as found by a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// A part that was restarted answers.
    Recovered(String),
    /// A part must be restarted, for this reason.
    Stuck(String, String),
    /// A function was stuck and was restarted, but calls still do not reach it.
    Unreached(String),
}

/// How long each part has been silent.
#[derive(Debug, Default)]
pub(super) struct Silences {
    parts: BTreeMap<String, Part>,
    last_round_at: Option<Instant>,
}

#[derive(Debug, Default)]
struct Part {
    /// The time of its last restart.
    started_at: Option<Instant>,
    /// Whether it has not answered since its restart.
    is_starting: bool,
    /// Whether it is a function that was restarted because it was stuck. A call shows whether the restart was enough.
    is_suspect: bool,
    silent: Option<(Instant, u32)>,
}

impl Silences {
    /// Records that a part was restarted. `is_suspect`: it is a function that was stuck.
    pub(super) fn started(&mut self, name: &str, now: Instant, is_suspect: bool) {
        let part = Part {
            started_at: Some(now),
            is_starting: true,
            is_suspect,
            silent: None,
        };
        self.parts.insert(name.to_owned(), part);
    }

    /// Whether this function must be checked with a call.
    pub(super) fn is_suspect(&self, name: &str) -> bool {
        self.parts.get(name).is_some_and(|part| part.is_suspect)
    }

    /// Evaluates a round of health checks that began at `asked_at`.
    pub(super) fn evaluate(
        &mut self,
        asked_at: Instant,
        round: &[(String, Response)],
    ) -> Vec<Finding> {
        let slept = self
            .last_round_at
            .is_some_and(|at| asked_at.saturating_duration_since(at) > BREAK);
        if slept {
            self.parts.values_mut().for_each(|part| part.silent = None);
        }
        self.last_round_at = Some(asked_at);
        let silent = round
            .iter()
            .filter(|(_, response)| *response == Response::Nothing);
        // It is unlikely that all of them failed at the same time: the machine is overloaded.
        let is_machine = silent.count() * 2 > round.len();
        // A function that waits for Redis is not stuck.
        let redis = round.iter().find(|(name, _)| name == "redis");
        let is_redis_well = redis.is_none_or(|(_, response)| *response == Response::Answer);
        round
            .iter()
            .filter_map(|(name, response)| match response {
                Response::Answer | Response::Debugged => self.is_well(name),
                Response::Nothing if is_machine => None,
                Response::Nothing | Response::Stopped => self.is_silent(name, *response, asked_at),
                Response::Working(_) if !is_redis_well => None,
                Response::Working(ms) => self.works(name, *ms, asked_at),
            })
            .collect()
    }

    fn is_well(&mut self, name: &str) -> Option<Finding> {
        let part = self.parts.entry(name.to_owned()).or_default();
        (part.silent, part.is_suspect) = (None, false);
        let was_starting = std::mem::take(&mut part.is_starting);
        was_starting.then(|| Finding::Recovered(name.to_owned()))
    }

    fn is_silent(&mut self, name: &str, response: Response, now: Instant) -> Option<Finding> {
        let part = self.parts.entry(name.to_owned()).or_default();
        if part.is_starting && response == Response::Nothing {
            let age = part
                .started_at
                .map_or(Duration::MAX, |at| now.saturating_duration_since(at));
            if part.is_suspect && age >= REACH_PATIENCE {
                part.is_suspect = false;
                return Some(Finding::Unreached(name.to_owned()));
            }
            if age < START_PATIENCE {
                return None;
            }
        }
        let (since, rounds) = part.silent.get_or_insert((now, 0));
        *rounds += 1;
        let silence = now.saturating_duration_since(*since);
        if silence < SILENCE_MAX || *rounds < ROUNDS_MIN {
            return None;
        }
        let state = if response == Response::Stopped {
            "has been stopped (SIGSTOP)"
        } else {
            "has not answered"
        };
        let why = format!("{state} for {} s", silence.as_secs());
        Some(Finding::Stuck(name.to_owned(), why))
    }

    /// A call that is older than the process belongs to an earlier process, which has ended.
    fn works(&mut self, name: &str, ms: u64, now: Instant) -> Option<Finding> {
        let call = Duration::from_millis(ms);
        let part = self.parts.entry(name.to_owned()).or_default();
        let age = part
            .started_at
            .map_or(Duration::MAX, |at| now.saturating_duration_since(at));
        if call < CALL_MAX || call > age {
            return self.is_well(name);
        }
        let why = format!("has been working on one call for {} s", call.as_secs());
        Some(Finding::Stuck(name.to_owned(), why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: [&str; 3] = ["gateway", "nginx", "relay-1"];

    /// Simulates one round per second in which `relay-1` responds like this. Returns the seconds at which it is found
    /// stuck.
    fn stuck_at(relay: impl Fn(u64) -> Option<Response>) -> Vec<u64> {
        let mut silences = Silences::default();
        let began = Instant::now();
        let mut found = Vec::new();
        for second in 0..60 {
            let Some(response) = relay(second) else {
                continue;
            };
            let now = began + Duration::from_secs(second);
            let round = PARTS.map(|name| {
                let is_relay = name == "relay-1";
                (
                    name.to_owned(),
                    if is_relay { response } else { Response::Answer },
                )
            });
            for finding in silences.evaluate(now, &round) {
                assert!(
                    matches!(&finding, Finding::Stuck(name, _) if name == "relay-1"),
                    "{finding:?}"
                );
                found.push(second);
            }
        }
        found
    }

    #[test]
    fn a_part_that_is_silent_is_found_within_ten_seconds() {
        for response in [Response::Nothing, Response::Stopped] {
            let found = stuck_at(|second| {
                Some(if second < 20 {
                    Response::Answer
                } else {
                    response
                })
            });
            assert_eq!(found.first(), Some(&26), "{response:?}");
        }
    }

    #[test]
    fn a_part_that_answers_occasionally_is_not_restarted() {
        let found = stuck_at(|second| {
            Some(if second % 5 == 0 {
                Response::Answer
            } else {
                Response::Nothing
            })
        });
        assert_eq!(found, [0; 0]);
    }

    #[test]
    fn a_part_with_a_debugger_attached_is_not_restarted() {
        assert_eq!(stuck_at(|_| Some(Response::Debugged)), [0; 0]);
    }

    #[test]
    fn silence_before_the_machine_was_suspended_does_not_count() {
        // Silent for five seconds, no rounds for twenty, silent for five more.
        let found = stuck_at(|second| match second {
            0..5 | 25..30 => Some(Response::Nothing),
            5..25 => None,
            _ => Some(Response::Answer),
        });
        assert_eq!(found, [0; 0]);
    }

    #[test]
    fn silence_of_most_parts_is_attributed_to_the_machine() {
        let mut silences = Silences::default();
        let began = Instant::now();
        for second in 0..60 {
            let round = PARTS.map(|name| (name.to_owned(), Response::Nothing));
            let found = silences.evaluate(began + Duration::from_secs(second), &round);
            assert_eq!(found, [], "second {second}");
        }
    }

    #[test]
    fn a_restarted_part_has_time_to_answer() {
        let mut silences = Silences::default();
        let began = Instant::now();
        silences.started("relay-1", began, false);
        let mut evaluate = |second, response| {
            let round = PARTS.map(|name| {
                let is_relay = name == "relay-1";
                (
                    name.to_owned(),
                    if is_relay { response } else { Response::Answer },
                )
            });
            silences.evaluate(began + Duration::from_secs(second), &round)
        };
        for second in 0..29 {
            assert_eq!(evaluate(second, Response::Nothing), []);
        }
        assert_eq!(
            evaluate(29, Response::Answer),
            [Finding::Recovered("relay-1".to_owned())]
        );
    }

    /// Simulates one round per second in which the function responds like this, together with a Redis. Returns the
    /// findings and their times.
    fn function(
        suspect: bool,
        redis: Response,
        response: impl Fn(u64) -> Response,
    ) -> Vec<(u64, Finding)> {
        let mut silences = Silences::default();
        let began = Instant::now();
        if suspect {
            silences.started("guest", began, true);
        }
        let mut found = Vec::new();
        for second in 0..12 {
            let round = [
                ("redis", redis),
                ("gateway", Response::Answer),
                ("guest", response(second)),
            ];
            let round = round.map(|(name, response)| (name.to_owned(), response));
            let now = began + Duration::from_secs(second);
            let findings = silences.evaluate(now, &round).into_iter();
            let of_function =
                findings.filter(|it| !matches!(it, Finding::Stuck(name, _) if name == "redis"));
            found.extend(of_function.map(|it| (second, it)));
        }
        found
    }

    #[test]
    fn a_function_that_works_on_one_call_for_long_is_stuck_unless_redis_keeps_it_waiting() {
        let works = |second| Response::Working(second * 1000);
        let found = function(false, Response::Answer, works);
        let why = "has been working on one call for 7 s";
        let stuck = Finding::Stuck("guest".to_owned(), why.to_owned());
        assert_eq!(found.first(), Some(&(7, stuck)));
        assert_eq!(function(false, Response::Nothing, works), []);
        // Many calls, none of which takes long.
        assert_eq!(
            function(false, Response::Answer, |_| Response::Working(900)),
            []
        );
    }

    #[test]
    fn a_call_that_began_before_a_function_was_started_again_is_ignored() {
        let found = function(true, Response::Answer, |second| {
            Response::Working(8_000 + second * 1000)
        });
        assert_eq!(found, [(0, Finding::Recovered("guest".to_owned()))]);
    }

    #[test]
    fn a_function_that_no_call_reaches_after_its_restart_is_reported() {
        let found = function(true, Response::Answer, |_| Response::Nothing);
        assert_eq!(found, [(5, Finding::Unreached("guest".to_owned()))]);
        let found = function(true, Response::Answer, |second| {
            if second < 3 {
                Response::Nothing
            } else {
                Response::Answer
            }
        });
        assert_eq!(found, [(3, Finding::Recovered("guest".to_owned()))]);
    }
}
