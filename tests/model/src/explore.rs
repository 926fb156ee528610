//! Exhaustive exploration of a model: its size and the violations found.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::thread;
use std::time::{Duration, Instant};

use stateright::{Checker, CheckerBuilder, Expectation, HasDiscoveries, Model as _};

use super::claims::Claims;
use super::codes::Codes;
use super::groups::{self, Groups};
use super::late::Late;
use super::outbox::Outbox;
use super::state::{Budget, State};
use super::{Action, Bounds, Model, Mutation};

/// The next states of a state.
type Steps = Vec<(Action, State)>;

/// The result of an exploration.
#[derive(Debug)]
pub struct Explored {
    /// The number of distinct states.
    pub states: usize,
    /// The number of steps of the longest run.
    pub depth: usize,
    /// The duration of the exploration.
    pub elapsed: Duration,
    /// The violated properties, with the steps that lead to them.
    pub broken: Vec<(&'static str, String)>,
    /// The `sometimes` properties that the bounds are too small to reach.
    pub unmet: Vec<&'static str>,
}

/// The configurations that are explored exhaustively, each with a different focus.
pub fn worlds(large: bool) -> Vec<(&'static str, Bounds)> {
    let more = u8::from(large);
    let players = |joins, leaves| Budget {
        joins,
        leaves,
        ..Budget::default()
    };
    let world = |players, seats_min, seats_max, budget| Bounds {
        players,
        seats_min,
        seats_max,
        relays: 2,
        budget,
    };
    vec![
        (
            "seating: rooms of 2 to 3, players who leave, deadlines, no relay",
            world(
                4,
                2,
                3,
                Budget {
                    timeouts: 1,
                    duplicates: 1,
                    kills: more,
                    silences: 1,
                    ..players(5 + more, 1)
                },
            ),
        ),
        (
            "aside: sockets that close while their players wait",
            world(
                4,
                2,
                3,
                Budget {
                    closes: 2,
                    timeouts: 1,
                    silences: more,
                    ..players(4 + more, 1)
                },
            ),
        ),
        (
            "full rooms: rooms of 3 to 5, one too many",
            world(
                6,
                3,
                5,
                Budget {
                    timeouts: 1 + more,
                    duplicates: 1,
                    crashes: 1,
                    ..players(6, 1)
                },
            ),
        ),
        (
            "relays: one match, killed, paused, drained relays",
            world(
                2,
                2,
                2,
                Budget {
                    forfeits: 1,
                    timeouts: 1,
                    kills: 2,
                    pauses: 1 + more,
                    hand_overs: 1,
                    duplicates: 1 + more,
                    ..players(2, 0)
                },
            ),
        ),
        late_gives(more),
        (
            "two matches: killed and paused relays",
            world(
                4,
                2,
                2,
                Budget {
                    kills: 1 + more,
                    pauses: 1,
                    hand_overs: 1,
                    duplicates: 1,
                    ..players(4, 0)
                },
            ),
        ),
    ]
}

/// The relay that a function chooses may have died since the function read it.
fn late_gives(more: u8) -> (&'static str, Bounds) {
    let bounds = Bounds {
        players: 2,
        seats_min: 2,
        seats_max: 2,
        relays: 2,
        budget: Budget {
            joins: 2,
            kills: 1,
            pauses: 1,
            late_gives: 1 + more,
            ..Budget::default()
        },
    };
    (
        "late gives: a function gives a match to a relay that has died since",
        bounds,
    )
}

/// Messages and two deliveries.
pub fn outbox(is_large: bool) -> Outbox {
    Outbox {
        entries: 4 + u8::from(is_large),
        crashes: 2,
        stalls: 2,
        failures: 2,
        acknowledges_first: false,
    }
}

/// One player and two pools.
pub fn claims(is_large: bool) -> Claims {
    Claims {
        joins: 4 + u8::from(is_large),
        ends: 2,
        ticks: 6,
        enqueues_late: false,
    }
}

/// One code and several rooms.
pub fn codes(is_large: bool) -> Codes {
    Codes {
        rooms: 3 + u8::from(is_large),
        matches: 2,
        ticks: 3,
        sweeps: 2,
        mistake: None,
    }
}

/// One match and two relays.
pub fn late(is_large: bool) -> Late {
    Late {
        players: 3,
        seats: 3,
        moves: 2 + u8::from(is_large),
        offers: 3,
        returns: 2,
        ignores_epoch: false,
    }
}

/// Two players of a group and a single player: in rooms of two, where one seat may be free, and in rooms of three.
pub fn groups(is_large: bool) -> [Groups; 2] {
    let more = u8::from(is_large);
    let world = |seats_max| Groups {
        seats_max,
        budget: groups::Budget {
            rooms: 3,
            joins: 2 + more,
            leaves: 2,
            queues: 2 + more,
            timeouts: 2,
            reads: 3 + more,
        },
        mistake: None,
    };
    [world(2), world(3)]
}

/// The steps of a run that never ends, if there is one. The properties at rest do not cover such a run.
pub fn endless(bounds: Bounds) -> Option<Vec<String>> {
    let model = Model {
        bounds,
        mutation: Mutation::None,
    };
    let mut done = HashSet::new();
    let mut on_path = HashSet::new();
    let mut path: Vec<(State, Steps, String)> = Vec::new();
    let mut next = model
        .init_states()
        .pop()
        .map(|state| (state, String::new()));
    loop {
        if let Some((state, action)) = next.take() {
            let name = state.representative();
            if on_path.contains(&name) {
                return Some(path.into_iter().map(|(.., action)| action).collect());
            }
            if !done.contains(&name) {
                on_path.insert(name);
                let steps = model.next_steps(&state);
                path.push((state, steps, action));
            }
        }
        let (state, steps, _) = path.last_mut()?;
        if let Some((action, state)) = steps.pop() {
            next = Some((state, format!("{action:?}")));
        } else {
            let name = state.representative();
            on_path.remove(&name);
            done.insert(name);
            path.pop();
        }
    }
}

/// Explores all states, treating players as interchangeable.
pub fn explore(bounds: Bounds, mutation: Mutation) -> Explored {
    let found = match mutation {
        Mutation::None => HasDiscoveries::All,
        _ => HasDiscoveries::AnyFailures,
    };
    let model = Model { bounds, mutation };
    visit(model.checker().symmetry_fn(State::representative), found)
}

/// Explores a small model exhaustively. With a mutation, it stops at the first violation.
pub fn explore_small<M>(model: M, is_broken: bool) -> Explored
where
    M: stateright::Model + Send + Sync + 'static,
    M::State: Clone + Debug + Hash + PartialEq + Send + Sync,
    M::Action: Clone + Debug + PartialEq + Send + Sync,
{
    let found = if is_broken {
        HasDiscoveries::AnyFailures
    } else {
        HasDiscoveries::All
    };
    visit(model.checker(), found)
}

fn visit<M>(checker: CheckerBuilder<M>, found: HasDiscoveries) -> Explored
where
    M: stateright::Model + Send + Sync + 'static,
    M::State: Clone + Debug + Hash + PartialEq + Send + Sync,
    M::Action: Clone + Debug + PartialEq + Send + Sync,
{
    let begun = Instant::now();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let checker = checker
        .finish_when(found)
        .threads(threads)
        .spawn_dfs()
        .join();
    let discoveries = checker.discoveries();
    let mut broken = Vec::new();
    let mut unmet = Vec::new();
    for property in checker.model().properties() {
        match (discoveries.get(property.name), &property.expectation) {
            (None, Expectation::Sometimes) => unmet.push(property.name),
            (Some(path), Expectation::Always) => {
                let steps = path.clone().into_actions();
                broken.push((property.name, format!("{steps:?}")));
            }
            _ => {}
        }
    }
    Explored {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        elapsed: begun.elapsed(),
        broken,
        unmet,
    }
}
