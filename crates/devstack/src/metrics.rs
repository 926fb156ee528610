//! A relay's metrics, read from `/metrics`.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::http;

/// The timeout, because a loaded relay answers late.
const PATIENCE: Duration = Duration::from_secs(10);

/// One reading.
#[derive(Debug)]
pub struct Metrics(String);

impl Metrics {
    /// Reads them from the relay at this port.
    pub fn read(port: u16) -> Result<Self> {
        let text = http::get(port, "/metrics", PATIENCE).context("the relay returns no metrics")?;
        Ok(Self(text))
    }

    /// The sum of all series with this name; 0 if there is none.
    pub fn sum(&self, name: &str) -> f64 {
        let of_name = |line: &&str| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '{']))
        };
        let values = self.0.lines().filter(of_name);
        values
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }

    /// The upper bound, in seconds, of the histogram bucket that contains the percentile `share` (0 to 1) of the
    /// values since `before`; None if there were none.
    pub fn bound(&self, before: &Self, name: &str, share: f64) -> Option<f64> {
        let then = before.buckets(name);
        let counted_then = |bound: f64| {
            let bucket = then
                .iter()
                .find(|(other, _)| other.total_cmp(&bound).is_eq());
            bucket.map_or(0.0, |(_, count)| *count)
        };
        let counts: Vec<(f64, f64)> = self
            .buckets(name)
            .into_iter()
            .map(|(bound, count)| (bound, count - counted_then(bound)))
            .collect();
        let (_, all) = *counts.last().filter(|(_, all)| *all > 0.0)?;
        let found = counts.iter().find(|(_, count)| *count >= all * share);
        found.map(|(bound, _)| *bound)
    }

    /// The bounds of p50, p99 and p99.9 in ms, as `0.1/0.25/1`; a dash if nothing was counted.
    pub fn bounds_ms(&self, before: &Self, name: &str) -> String {
        let bounds = [0.5, 0.99, 0.999].map(|share| self.bound(before, name, share));
        let shown = bounds.map(|bound| bound.map_or("–".to_owned(), |s| (s * 1e3).to_string()));
        shown.join("/")
    }

    fn buckets(&self, name: &str) -> Vec<(f64, f64)> {
        let prefix = format!("{name}_bucket{{");
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for line in self.0.lines().filter(|line| line.starts_with(&prefix)) {
            let Some((_, rest)) = line.split_once("le=\"") else {
                continue;
            };
            let Some((bound, rest)) = rest.split_once('"') else {
                continue;
            };
            let bound = bound.parse().unwrap_or(f64::INFINITY);
            let count = rest
                .rsplit(' ')
                .next()
                .and_then(|n| n.parse().ok())
                .unwrap_or(0.0);
            match buckets
                .iter_mut()
                .find(|(other, _)| other.total_cmp(&bound).is_eq())
            {
                Some((_, sum)) => *sum += count,
                None => buckets.push((bound, count)),
            }
        }
        buckets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_covers_only_new_values_and_is_none_without_any() {
        let metrics = |fast: u32, all: u32| {
            Metrics(format!(
                "late_bucket{{le=\"0.001\"}} {fast}\nlate_bucket{{le=\"0.25\"}} {all}\n\
                 late_bucket{{le=\"+Inf\"}} {all}\n"
            ))
        };
        let (before, after) = (metrics(10, 10), metrics(60, 110));
        assert_eq!(after.bound(&before, "late", 0.5), Some(0.001));
        assert_eq!(after.bound(&before, "late", 0.99), Some(0.25));
        assert_eq!(after.bounds_ms(&before, "late"), "1/250/250");
        assert_eq!(after.bound(&after, "late", 0.5), None);
        assert_eq!(after.bounds_ms(&before, "other"), "–/–/–");
    }
}
