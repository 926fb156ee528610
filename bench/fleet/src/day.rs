//! A day of players on virtual time: their number, the relays that an autoscaler runs for them, and how long they
//! wait for a room. Pure: no clock, no I/O, no randomness.

use std::collections::VecDeque;

use crate::autoscaler::{Autoscaler, Rules};

const HOUR_S: u32 = 3600;
const DAY_S: u32 = 24 * HOUR_S;
/// A player who has waited this long is denied a room, as in the lobby.
const WAIT_MAX_S: u32 = 600;
/// The time of the launch after the start of the day, at the quietest hour.
const LAUNCH_AT_S: u32 = 6 * HOUR_S;
const LAUNCH_RAMP_S: u32 = 300;
const LAUNCH_FACTOR: f64 = 20.0;

/// The behavior of the players.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// The number of players at the busiest moment.
    pub(crate) players_peak: f64,
    /// The number of players in a room.
    pub(crate) seats: u64,
    /// The mean duration of a match. Durations are spread evenly from a quarter shorter to a quarter longer.
    pub(crate) match_s: u32,
    pub(crate) shape: Shape,
}

/// The number of players over the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// From 35 % of the peak at 6:00 to the peak at 18:00 and back.
    Day,
    /// 5 % of the peak until 6:00, then twenty times as many within five minutes.
    Launch,
}

/// The results. They count the players of the whole day, or of the half hour from the launch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Report {
    /// Players who got a seat.
    pub(crate) seated: u64,
    /// Players who waited ten minutes without getting a seat.
    pub(crate) denied: u64,
    /// The number of players by their wait for a free room, in whole seconds.
    pub(crate) waits: Vec<u64>,
    /// The largest number of relays, including starting and draining ones.
    pub(crate) relays_most: u64,
    pub(crate) relay_hours: f64,
}

impl Load {
    fn players(&self, second: u32) -> f64 {
        let share = match self.shape {
            Shape::Day => {
                let angle = f64::from(second) / f64::from(DAY_S) * std::f64::consts::TAU;
                0.675 - 0.325 * angle.sin()
            }
            Shape::Launch => {
                let into = f64::from(second.saturating_sub(LAUNCH_AT_S));
                let ramp = (into / f64::from(LAUNCH_RAMP_S)).min(1.0);
                (1.0 + (LAUNCH_FACTOR - 1.0) * ramp) / LAUNCH_FACTOR
            }
        };
        self.players_peak * share
    }

    fn counts(&self, second: u32) -> bool {
        self.shape == Shape::Day || (LAUNCH_AT_S..LAUNCH_AT_S + HOUR_S / 2).contains(&second)
    }
}

impl Report {
    fn count(&mut self, wait_s: u32, players: u64) {
        let at = wait_s as usize;
        self.waits.resize(self.waits.len().max(at + 1), 0);
        self.waits[at] += players;
        self.seated += players;
    }

    /// The wait, in seconds, that this share of the seated players did not exceed.
    pub(crate) fn wait_s(&self, share: f64) -> usize {
        let limit = self.seated as f64 * share;
        let mut sum = 0;
        for (second, players) in self.waits.iter().enumerate() {
            sum += players;
            if sum as f64 >= limit {
                return second;
            }
        }
        self.waits.len()
    }
}

/// Runs the day. It begins with the relays that its first second needs.
pub(crate) fn run(load: Load, rules: Rules) -> Report {
    let first_rooms = load.players(0) / load.seats as f64;
    let mut day = Day {
        load,
        scaler: Autoscaler::new(rules, first_rooms),
        ends: Ends::new(load.match_s),
        waiting: VecDeque::new(),
        waiting_players: 0,
        rooms: 0,
        report: Report::default(),
    };
    for second in 0..DAY_S {
        day.step(second);
    }
    day.report
}

struct Day {
    load: Load,
    scaler: Autoscaler,
    ends: Ends,
    /// The players who wait, with the second since which they wait; oldest first.
    waiting: VecDeque<(u32, u64)>,
    waiting_players: u64,
    rooms: u64,
    report: Report,
}

impl Day {
    fn step(&mut self, second: u32) {
        self.rooms -= self.ends.take();
        self.deny(second);
        // Players play one match after another. Those who leave do so between two matches.
        let there = self.rooms * self.load.seats + self.waiting_players;
        let joins = (self.load.players(second) as u64).saturating_sub(there);
        if joins > 0 {
            self.waiting.push_back((second, joins));
            self.waiting_players += joins;
        }
        self.start_rooms(second);
        self.scaler.step(second, self.rooms);
        let report = &mut self.report;
        report.relays_most = report.relays_most.max(self.scaler.relays());
        report.relay_hours += self.scaler.relays() as f64 / f64::from(HOUR_S);
    }

    fn deny(&mut self, second: u32) {
        while let Some((since, players)) = self.waiting.front()
            && second - since > WAIT_MAX_S
        {
            if self.load.counts(second) {
                self.report.denied += players;
            }
            self.waiting_players -= players;
            self.waiting.pop_front();
        }
    }

    fn start_rooms(&mut self, second: u32) {
        let free = self.scaler.rooms_max().saturating_sub(self.rooms);
        let started = free.min(self.waiting_players / self.load.seats);
        self.rooms += started;
        self.ends.add(started);
        let mut seats = started * self.load.seats;
        self.waiting_players -= seats;
        while seats > 0
            && let Some((since, players)) = self.waiting.front_mut()
        {
            let taken = seats.min(*players);
            if self.load.counts(second) {
                self.report.count(second - *since, taken);
            }
            *players -= taken;
            seats -= taken;
            if *players == 0 {
                self.waiting.pop_front();
            }
        }
    }
}

/// The number of matches that end in each of the coming seconds.
struct Ends {
    counts: VecDeque<u64>,
    least_s: usize,
}

impl Ends {
    fn new(match_s: u32) -> Self {
        let most_s = match_s as usize * 5 / 4;
        Self {
            counts: VecDeque::from(vec![0; most_s + 1]),
            least_s: match_s as usize * 3 / 4,
        }
    }

    /// Takes the number of matches that end now.
    fn take(&mut self) -> u64 {
        self.counts.push_back(0);
        self.counts.pop_front().unwrap_or_default()
    }

    /// Spreads the ends of these matches evenly from the shortest duration to the longest.
    fn add(&mut self, matches: u64) {
        let seconds = (self.counts.len() - self.least_s) as u64;
        for (i, count) in self.counts.iter_mut().skip(self.least_s).enumerate() {
            // The remainder is spread as well: each share is the difference of two rounded sums.
            let i = i as u64;
            *count += matches * (i + 1) / seconds - matches * i / seconds;
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::autoscaler::{ECS, KUBERNETES};

    fn check(shape: Shape, rules: Rules, expected: &Expect) {
        let load = Load {
            players_peak: 1_000_000.0,
            seats: 5,
            match_s: 180,
            shape,
        };
        let report = run(load, rules);
        let (p50, p99) = (report.wait_s(0.5), report.wait_s(0.99));
        let Report {
            denied,
            relays_most,
            relay_hours,
            ..
        } = report;
        expected.assert_eq(&format!(
            "wait p50 {p50} s, p99 {p99} s; {denied} denied; {relays_most} relays at most, {relay_hours:.0} relay hours"
        ));
    }

    #[test]
    fn a_day_leaves_nobody_waiting() {
        check(
            Shape::Day,
            ECS,
            &expect!["wait p50 0 s, p99 0 s; 0 denied; 834 relays at most, 13899 relay hours"],
        );
        check(
            Shape::Day,
            KUBERNETES,
            &expect!["wait p50 0 s, p99 0 s; 0 denied; 763 relays at most, 13347 relay hours"],
        );
    }

    #[test]
    fn a_launch_is_served_after_minutes() {
        check(
            Shape::Launch,
            ECS,
            &expect!["wait p50 0 s, p99 557 s; 0 denied; 834 relays at most, 15030 relay hours"],
        );
        check(
            Shape::Launch,
            KUBERNETES,
            &expect!["wait p50 0 s, p99 56 s; 0 denied; 834 relays at most, 15223 relay hours"],
        );
    }

    #[test]
    fn every_match_ends() {
        let mut ends = Ends::new(180);
        ends.add(1_001);
        let counts: Vec<u64> = (0..=225).map(|_| ends.take()).collect();
        assert_eq!(counts.iter().sum::<u64>(), 1_001);
        assert_eq!(counts[..135], [0; 135]);
        assert!(
            counts[135..].iter().all(|count| (10..=12).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn without_relays_players_are_denied_after_ten_minutes() {
        let load = Load {
            players_peak: 100.0,
            seats: 5,
            match_s: 180,
            shape: Shape::Launch,
        };
        let report = run(
            load,
            Rules {
                relays_max: 0,
                relays_min: 0,
                ..ECS
            },
        );
        assert_eq!((report.seated, report.relays_most), (0, 0));
        assert!(report.denied > 0);
    }
}
