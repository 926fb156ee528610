//! The kinds of numbers a server counts, as plain atomics, and how Prometheus reads each.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        if count > 0 {
            self.0.fetch_add(count, Ordering::Relaxed);
        }
    }
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

impl Gauge {
    pub(crate) fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    pub(crate) fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
    /// One of its parts was `before` and is `now`.
    pub(crate) fn change(&self, before: usize, now: usize) {
        let change = (now as u64).wrapping_sub(before as u64);
        self.0.fetch_add(change, Ordering::Relaxed);
    }
}

/// Upper bounds of the histograms' buckets, in microseconds.
const BUCKETS_US: [u64; 10] = [
    100, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_700, 100_000, 1_000_000,
];

/// Durations, by bucket.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    /// The last one counts what is above all bounds.
    buckets: [AtomicU64; BUCKETS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    pub(crate) fn observe(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US
            .iter()
            .position(|bound| us <= *bound)
            .unwrap_or(BUCKETS_US.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts(std::array::from_fn(|index| {
            self.buckets[index].load(Ordering::Relaxed)
        }))
    }

    pub(crate) fn write(&self, name: &str, help: &str, out: &mut String) {
        head(out, name, help, "histogram");
        let mut count = 0;
        for (index, bucket) in self.counts().0.iter().enumerate() {
            count += bucket;
            let bound = BUCKETS_US
                .get(index)
                .map_or("+Inf".to_owned(), |us| (*us as f64 / 1e6).to_string());
            let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {count}");
        }
        let seconds = self.sum_us.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = writeln!(out, "{name}_sum {seconds}\n{name}_count {count}");
    }
}

/// What the buckets of a histogram hold at some moment.
pub(crate) struct Counts([u64; BUCKETS_US.len() + 1]);

impl Counts {
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self(std::array::from_fn(|index| self.0[index] - before.0[index]))
    }

    /// The bound that so many of a hundred are within; 0 of none, and the greatest bound where that is not enough.
    pub(crate) fn quantile_us(&self, percent: u64) -> u64 {
        let wanted = (self.0.iter().sum::<u64>() * percent).div_ceil(100);
        let mut count = 0;
        let within = self.0.iter().position(|bucket| {
            count += bucket;
            count >= wanted
        });
        match within {
            _ if wanted == 0 => 0,
            Some(index) => BUCKETS_US[index.min(BUCKETS_US.len() - 1)],
            None => 0,
        }
    }
}

/// Counters by label, for what is rare: never on the tick path of a well-behaved player.
#[derive(Debug, Default)]
pub(crate) struct Labelled(Mutex<BTreeMap<String, u64>>);

impl Labelled {
    pub(crate) fn up(&self, label: &str) {
        self.add(label, 1);
    }
    pub(crate) fn add(&self, label: &str, count: u64) {
        *self.lock().entry(label.to_owned()).or_default() += count;
    }
    pub(crate) fn set(&self, label: &str, value: u64) {
        self.lock().insert(label.to_owned(), value);
    }
    pub(crate) fn remove(&self, label: &str) {
        self.lock().remove(label);
    }
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
    pub(crate) fn write(&self, Series(name, kind, label): Series, help: &str, out: &mut String) {
        head(out, name, help, kind);
        for (value, count) in self.lock().iter() {
            // Labels are our own words and configured names; quotes and backslashes cannot occur in them.
            let _ = writeln!(out, "{name}{{{label}=\"{value}\"}} {count}");
        }
    }
}

/// Name, kind and label of labelled numbers.
pub(crate) struct Series(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
);

/// What comes before a number's lines.
pub(crate) fn head(out: &mut String, name: &str, help: &str, kind: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(observed_us: &[u64], expected_us: u64) {
        let histogram = Histogram::default();
        histogram.observe(Duration::from_secs(9));
        let before = histogram.counts();
        for us in observed_us {
            histogram.observe(Duration::from_micros(*us));
        }
        assert_eq!(
            histogram.counts().since(&before).quantile_us(99),
            expected_us,
            "{observed_us:?}"
        );
    }

    #[test]
    fn a_quantile_is_the_bound_of_its_bucket() {
        check(&[], 0);
        check(&[70], 100);
        check(&[70, 300], 500);
        check(&[&[70; 99][..], &[5_000]].concat(), 100);
        check(&[&[70; 98][..], &[5_000; 2]].concat(), 8_000);
        check(&[2_000_000], 1_000_000);
    }
}
