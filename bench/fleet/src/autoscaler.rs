//! The rules by which an existing engine adds and removes relays: target tracking in ECS, and the Horizontal Pod
//! Autoscaler in Kubernetes. Pure: time is an argument.

use std::collections::VecDeque;

/// The scaling rules of an engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// The capacity of a relay, in rooms.
    pub(crate) rooms_a_relay: u64,
    pub(crate) relays_min: u64,
    pub(crate) relays_max: u64,
    /// The target share of rooms in use, 0 to 1.
    pub(crate) target: f64,
    /// The interval of evaluations.
    pub(crate) period_s: u32,
    /// How many consecutive evaluations above the target start relays, and how many below it stop some.
    pub(crate) periods_out: u32,
    pub(crate) periods_in: u32,
    /// Deviations from the target within this share have no effect.
    pub(crate) tolerance: f64,
    /// The minimum time to the next step after a step out, and after a step in.
    pub(crate) pause_out_s: u32,
    pub(crate) pause_in_s: u32,
    /// The time from the decision until a relay is registered.
    pub(crate) start_s: u32,
    /// The most relays that the engine starts per minute.
    pub(crate) starts_a_minute: u64,
    /// The largest factor by which one step increases the number of relays.
    pub(crate) factor_max: f64,
    /// How long a stopping relay hands over its rooms. It takes no new ones during that time.
    pub(crate) drain_s: u32,
}

/// ECS on Fargate with target tracking: its alarms need three minutes above the target, or fifteen minutes below nine
/// tenths of it. A service starts up to 500 tasks per minute.
pub(crate) const ECS: Rules = Rules {
    rooms_a_relay: 400,
    relays_min: 2,
    relays_max: 2000,
    target: 0.6,
    period_s: 60,
    periods_out: 3,
    periods_in: 15,
    tolerance: 0.1,
    pause_out_s: 60,
    pause_in_s: 300,
    start_s: 60,
    starts_a_minute: 500,
    factor_max: f64::INFINITY,
    drain_s: 120,
};

/// Kubernetes with a Horizontal Pod Autoscaler and existing nodes: it evaluates every 15 s, at most doubles the
/// number in one step, and removes pods when all evaluations of five minutes agree.
pub(crate) const KUBERNETES: Rules = Rules {
    period_s: 15,
    periods_out: 1,
    periods_in: 20,
    pause_out_s: 0,
    pause_in_s: 0,
    start_s: 30,
    starts_a_minute: u64::MAX,
    factor_max: 2.0,
    ..ECS
};

/// The relays of the fleet.
pub(crate) struct Autoscaler {
    rules: Rules,
    ready: u64,
    /// Pairs of the time at which relays are ready and their number.
    starting: VecDeque<(u32, u64)>,
    draining: VecDeque<(u32, u64)>,
    wanted: u64,
    periods_above: u32,
    periods_below: u32,
    paused_until_s: u32,
}

impl Autoscaler {
    /// Starts with enough relays for this number of rooms at the target.
    pub(crate) fn new(rules: Rules, rooms: f64) -> Self {
        let ready = needed(&rules, rooms);
        Self {
            rules,
            ready,
            starting: VecDeque::new(),
            draining: VecDeque::new(),
            wanted: ready,
            periods_above: 0,
            periods_below: 0,
            paused_until_s: 0,
        }
    }

    /// The capacity of the ready relays, in rooms.
    pub(crate) fn rooms_max(&self) -> u64 {
        self.ready * self.rules.rooms_a_relay
    }

    /// All relays that are paid for.
    pub(crate) fn relays(&self) -> u64 {
        self.ready + count(&self.starting) + count(&self.draining)
    }

    /// Advances by one second with this number of rooms.
    pub(crate) fn step(&mut self, second: u32, rooms: u64) {
        self.ready += due(&mut self.starting, second);
        due(&mut self.draining, second);
        if second.is_multiple_of(self.rules.period_s) {
            self.evaluate(second, rooms);
            self.start(second);
        }
    }

    /// Compares the share of rooms in use with the target.
    fn evaluate(&mut self, second: u32, rooms: u64) {
        let rules = &self.rules;
        let share = rooms as f64 / (self.rooms_max() as f64).max(1.0);
        let is_above =
            share > rules.target * (1.0 + rules.tolerance * f64::from(rules.periods_out == 1));
        let is_below = share < rules.target * (1.0 - rules.tolerance);
        self.periods_above = if is_above { self.periods_above + 1 } else { 0 };
        self.periods_below = if is_below { self.periods_below + 1 } else { 0 };
        if second < self.paused_until_s {
            return;
        }
        let most = (self.wanted as f64 * rules.factor_max).max(self.wanted as f64 + 4.0);
        let wanted = needed(rules, rooms as f64).min(most as u64);
        if self.periods_above >= rules.periods_out && wanted > self.wanted {
            self.wanted = wanted;
            self.paused_until_s = second + rules.pause_out_s;
        } else if self.periods_below >= rules.periods_in && wanted < self.wanted {
            self.drain(second, rooms, wanted);
        }
    }

    /// Stops relays whose rooms the others can take.
    fn drain(&mut self, second: u32, rooms: u64, wanted: u64) {
        let rules = &self.rules;
        let least = rooms.div_ceil(rules.rooms_a_relay).max(wanted);
        let ended = self.ready.saturating_sub(least);
        self.ready -= ended;
        self.draining.push_back((second + rules.drain_s, ended));
        self.wanted = wanted;
        self.periods_below = 0;
        self.paused_until_s = second + rules.pause_in_s;
    }

    /// Starts the missing relays, as fast as the engine can.
    fn start(&mut self, second: u32) {
        let rules = &self.rules;
        let there = self.ready + count(&self.starting);
        let most = rules
            .starts_a_minute
            .saturating_mul(u64::from(rules.period_s))
            / 60;
        let started = self.wanted.saturating_sub(there).min(most);
        if started > 0 {
            self.starting.push_back((second + rules.start_s, started));
        }
    }
}

fn needed(rules: &Rules, rooms: f64) -> u64 {
    let relays = rooms / rules.rooms_a_relay as f64 / rules.target;
    (relays.ceil() as u64)
        .max(rules.relays_min)
        .min(rules.relays_max)
}

fn count(list: &VecDeque<(u32, u64)>) -> u64 {
    list.iter().map(|(_, relays)| relays).sum()
}

/// Removes the entries whose time has come, and returns their number.
fn due(list: &mut VecDeque<(u32, u64)>, second: u32) -> u64 {
    let mut sum = 0;
    while let Some((until, relays)) = list.front()
        && *until <= second
    {
        sum += relays;
        list.pop_front();
    }
    sum
}
