//! One direction of a connection: decides when each packet arrives, or that it is lost.

use std::time::Instant;

use game::Random;

use crate::condition::Condition;

/// One direction of a connection. Loss and delay of its nth packet depend on the seed only.
pub(crate) struct Direction {
    condition: Condition,
    random: Random,
    /// The arrival of the last packet that was not reordered.
    last: Option<Instant>,
}

impl Direction {
    pub(crate) fn new(condition: Condition, seed: u64) -> Self {
        Self {
            condition,
            random: Random::new(seed),
            last: None,
        }
    }

    /// The arrival of a packet that is sent now; None: it is lost.
    pub(crate) fn arrival(&mut self, now: Instant) -> Option<Instant> {
        let [loss, detour, jitter] = [self.share(), self.share(), self.share()];
        let condition = self.condition;
        if loss < condition.loss {
            return None;
        }
        let due = now + condition.one_way + condition.jitter.mul_f64(jitter);
        if detour < condition.reordered {
            return Some(due + Condition::DETOUR);
        }
        let due = self.last.map_or(due, |last| last.max(due));
        self.last = Some(due);
        Some(due)
    }

    /// A random number from 0 to 1.
    fn share(&mut self) -> f64 {
        f64::from(self.random.bits()) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const PACKETS: u32 = 10_000;

    /// The delays of packets that are sent every 5 ms.
    fn times(condition: Condition, seed: u64) -> Vec<Option<Duration>> {
        let began = Instant::now();
        let mut direction = Direction::new(condition, seed);
        let sent = (0..PACKETS).map(|at| began + Duration::from_millis(5) * at);
        sent.map(|sent| direction.arrival(sent).map(|due| due - sent))
            .collect()
    }

    fn named(name: &str) -> Condition {
        let mut all = Condition::table().into_iter();
        all.find(|condition| condition.name.starts_with(name))
            .expect("a network of the table")
    }

    fn share(times: &[Option<Duration>], is: impl Fn(&Option<Duration>) -> bool) -> f64 {
        times.iter().filter(|time| is(time)).count() as f64 / f64::from(PACKETS)
    }

    #[test]
    fn a_share_of_the_packets_is_lost_and_the_others_are_late_by_the_delay_and_the_jitter() {
        let times = times(named("100 ms, 3 %"), 1);
        let lost = share(&times, Option::is_none);
        assert!((0.025..0.035).contains(&lost), "{lost}");
        let ms = Duration::from_millis;
        let fine = |time: &Duration| (ms(50)..ms(54)).contains(time);
        assert!(times.iter().flatten().all(fine));
        let half = share(&times, |time| time.is_some_and(|time| time < ms(52)));
        assert!((0.4..0.55).contains(&half), "{half}");
    }

    #[test]
    fn jitter_keeps_the_order_of_packets_and_only_a_detour_reorders_them() {
        let reordered_share = |condition| {
            let times = times(condition, 1);
            let arrivals = (0..)
                .zip(&times)
                .map(|(at, time)| Duration::from_millis(5) * at + time.expect("none is lost"));
            let arrivals: Vec<_> = arrivals.collect();
            let pairs = arrivals.windows(2).filter(|pair| pair[1] < pair[0]);
            pairs.count() as f64 / f64::from(PACKETS)
        };
        assert!(reordered_share(named("60 ms, jitter")) < f64::EPSILON);
        let share = reordered_share(named("100 ms, 5 %"));
        assert!((0.04..0.055).contains(&share), "{share}");
    }

    #[test]
    fn the_same_seed_loses_and_delays_the_same_packets() {
        let condition = named("150 ms");
        assert_eq!(times(condition, 7), times(condition, 7));
        assert_ne!(times(condition, 7), times(condition, 8));
    }
}
