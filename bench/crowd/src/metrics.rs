//! What a relay says of itself in `/metrics`.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::Result;

/// One reading.
pub(crate) struct Metrics(String);

impl Metrics {
    /// Asks `host:port`.
    pub(crate) fn read(address: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "GET /metrics HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(Self(text))
    }

    /// The sum of all series of this name; 0 of none.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        let of_name = |line: &&str| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '{']))
        };
        let values = self.0.lines().filter(of_name);
        values
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }

    /// The bound, in seconds, under which so much of a histogram is that was counted since `before`.
    pub(crate) fn bound(&self, before: &Self, name: &str, share: f64) -> f64 {
        let (now, then) = (self.buckets(name), before.buckets(name));
        let counts: Vec<(f64, f64)> = now
            .iter()
            .map(|(bound, count)| {
                let then = then
                    .iter()
                    .find(|(other, _)| other.total_cmp(bound).is_eq());
                (*bound, count - then.map_or(0.0, |(_, count)| *count))
            })
            .collect();
        let all = counts.last().map_or(0.0, |(_, count)| *count);
        let found = counts.iter().find(|(_, count)| *count >= all * share);
        found.map_or(f64::NAN, |(bound, _)| *bound)
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
