//! Logs the lateness of ticks once a minute. Deployments that do not scrape `/metrics` alarm on
//! this line.

use std::sync::Arc;
use std::time::Duration;

use prometheus::Histogram;
use prometheus::core::Metric;
use tokio::time::MissedTickBehavior;

use crate::shared::Shared;

const EVERY: Duration = Duration::from_mins(1);

/// Runs until the task is aborted.
pub(crate) async fn log_stats(shared: Arc<Shared>) {
    let metrics = &shared.metrics;
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every.tick().await;
    let read = || (counts(&metrics.tick_lateness), metrics.ticks_skipped.get());
    let mut before = read();
    loop {
        every.tick().await;
        let now = read();
        tracing::info!(
            relay = shared.config.relay_id,
            rooms = metrics.rooms.get(),
            lateness_p99_us = p99_us(&before.0, &now.0),
            skipped = now.1 - before.1,
            "ticks"
        );
        before = now;
    }
}

/// Cumulative counts by bucket bound, in seconds; the last entry is the total.
fn counts(histogram: &Histogram) -> Vec<(f64, u64)> {
    let metric = histogram.metric();
    let histogram = metric.get_histogram();
    let buckets = histogram.get_bucket().iter();
    let mut counts: Vec<_> = buckets
        .map(|bucket| (bucket.upper_bound(), bucket.cumulative_count()))
        .collect();
    counts.push((f64::INFINITY, histogram.get_sample_count()));
    counts
}

/// p99 over the interval, rounded up to a bucket bound; 0 if there were no samples, and the
/// greatest finite bound for samples above it.
fn p99_us(before: &[(f64, u64)], now: &[(f64, u64)]) -> u64 {
    let between = now.iter().zip(before);
    let between: Vec<_> = between
        .map(|((bound, now), (_, before))| (*bound, now - before))
        .collect();
    let all = between.last().map_or(0, |(_, count)| *count);
    let wanted = (all * 99).div_ceil(100);
    let mut bounds = between.iter().filter(|(bound, _)| bound.is_finite());
    let greatest = bounds.clone().next_back();
    let within = bounds.find(|(_, count)| *count >= wanted).or(greatest);
    match within {
        Some((bound, _)) if all > 0 => (bound * 1e6) as u64,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    fn check(observed_us: &[u64], expected_us: u64) {
        let histogram = Metrics::new().tick_lateness;
        histogram.observe(9.0);
        let before = counts(&histogram);
        for us in observed_us {
            histogram.observe(Duration::from_micros(*us).as_secs_f64());
        }
        let now = counts(&histogram);
        assert_eq!(p99_us(&before, &now), expected_us, "{observed_us:?}");
    }

    #[test]
    fn a_p99_is_the_bound_of_its_bucket() {
        check(&[], 0);
        check(&[70], 100);
        check(&[70, 300], 500);
        check(&[&[70; 99][..], &[5_000]].concat(), 100);
        check(&[&[70; 98][..], &[5_000; 2]].concat(), 8_000);
        check(&[2_000_000], 1_000_000);
    }
}
