//! The resources that a number of players needs, calculated from the measured parts and from figures of
//! docs/benchmarks.md.

use anyhow::Result;

use crate::parts::Parts;
use crate::prices::price;

/// The players of a room.
const SEATS: f64 = 5.0;
/// The players that one vCPU of a relay serves at 60 % load (infra/README.md).
const PLAYERS_A_RELAY: f64 = 2000.0;
/// Lease renewals of a relay per second.
const RENEWALS: f64 = 1000.0 / 300.0;
/// Entries of a worker's journal per second: eight phases of each frame.
const ENTRIES: f64 = 480.0;
/// Checkpoints of a room per second: one every two seconds.
const CHECKPOINTS: f64 = 0.5;
/// Polls of a pool's bridge per second: one every 250 ms.
const POLLS: f64 = 4.0;
/// In AWS the sweep runs once a minute.
const SWEEP_S: f64 = 60.0;
/// The share of a core that a node of Redis may use, which leaves capacity for bursts and failovers.
const REDIS_SHARE: f64 = 0.6;
/// The duration of a function call in AWS, with a push of 20 ms: an assumption.
const CALL_S: f64 = 0.03;
/// Bytes per second to a player at 60 Hz (docs/benchmarks.md, tick loop).
const PLAYER_BYTES: f64 = 1009.0;
/// The mean number of players over a day, as a share of the peak (`--day`).
const MEAN: f64 = 0.675;
const MONTH_S: f64 = 30.0 * 86_400.0;
const MONTH_H: f64 = 30.0 * 24.0;

/// The use of Redis by a step at the peak.
pub(crate) struct Share {
    pub(crate) step: &'static str,
    /// Calls per second.
    pub(crate) rate: f64,
    /// Cores of Redis.
    pub(crate) cores: f64,
}

/// The resources that are needed at the peak.
pub(crate) struct Needs {
    pub(crate) shares: Vec<Share>,
    pub(crate) relays: f64,
    pub(crate) nodes: f64,
    pub(crate) calls: f64,
    pub(crate) concurrency: f64,
    pub(crate) pushes: f64,
    /// Resources with their cost in USD per month.
    pub(crate) costs: Vec<(&'static str, f64)>,
}

/// The needs of `players` players at the peak in `pools` pools, with matches of `match_s` seconds.
pub(crate) fn of(players: f64, pools: f64, match_s: f64, parts: &Parts) -> Result<Needs> {
    let joins = players / match_s;
    let rooms = players / SEATS;
    let relays = (players / PLAYERS_A_RELAY).ceil();
    let pushes = joins * parts.pushes;
    let share = |step, rate: f64, micros: f64| Share {
        step,
        rate,
        cores: rate * micros / 1e6,
    };
    let shares = vec![
        share("checkpoint", rooms * CHECKPOINTS, parts.checkpoint),
        share("journal entry", relays * ENTRIES, parts.entry),
        share("join", joins, parts.join),
        share("seat (assign)", joins, parts.seat),
        share("notification (deliver)", pushes, parts.push),
        share("claim of a room", joins / SEATS, parts.claim),
        share("end of a match", joins / SEATS, parts.finish),
        share("renewal of a relay", relays * RENEWALS, parts.renewal),
        share("poll of a pool", pools * POLLS, parts.poll),
        share("sweep, a player", players / SWEEP_S, parts.sweep_player),
        share("sweep, a pool", pools / SWEEP_S, parts.sweep_pool),
    ];
    let cores: f64 = shares.iter().map(|share| share.cores).sum();
    // A join is one call, and each call of `assign` and `deliver` serves several players; the sockets' own calls are
    // two per visit.
    let calls = joins * 2.0;
    let nodes = (cores / REDIS_SHARE).ceil();
    Ok(Needs {
        relays,
        nodes,
        calls,
        concurrency: (calls * CALL_S).ceil(),
        pushes,
        costs: costs(players, relays, nodes, calls, pushes)?,
        shares,
    })
}

/// The costs in USD per month with the mean number of players, at list prices.
fn costs(
    players: f64,
    relays: f64,
    nodes: f64,
    calls: f64,
    pushes: f64,
) -> Result<Vec<(&'static str, f64)>> {
    let vcpu =
        price("Fargate, vCPU")? + 2.0 * price("Fargate, GB of memory")? + price("IPv4 address")?;
    let calls = calls * MEAN * MONTH_S;
    let request = (price("HTTP API, call")? + price("Lambda, request")?) / 1e6;
    let gb_seconds = price("Lambda, GB-second")? * CALL_S * 0.125;
    let minutes = players * MEAN * MONTH_S / 60.0;
    let traffic_gb = players * MEAN * PLAYER_BYTES * MONTH_S / 1e9;
    Ok(vec![
        (
            "relays (Fargate, 1 vCPU each)",
            relays * MEAN * MONTH_H * vcpu,
        ),
        (
            "Redis (two nodes a shard)",
            nodes * 2.0 * MONTH_H * price("cache.t4g.small (Valkey)")?,
        ),
        ("functions and HTTP API", calls * (request + gb_seconds)),
        (
            "WebSocket API, messages",
            pushes * MEAN * MONTH_S * price("WebSocket API, message")? / 1e6,
        ),
        (
            "WebSocket API, connections",
            minutes * price("WebSocket API, connection minute")? / 1e6,
        ),
        (
            "traffic to the players",
            traffic_gb * price("traffic to the internet")?,
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_is_in_the_table_and_ten_times_the_players_need_ten_times_the_relays() {
        let parts = Parts {
            join: 50.0,
            checkpoint: 60.0,
            pushes: 3.0,
            ..Parts::default()
        };
        let small = of(100_000.0, 10.0, 180.0, &parts).expect("prices");
        let large = of(1_000_000.0, 10.0, 180.0, &parts).expect("prices");
        assert_eq!((small.relays, large.relays), (50.0, 500.0));
        assert!(small.costs.iter().all(|(_, usd)| *usd > 0.0));
        let checkpoints = &large.shares[0];
        assert_eq!(
            (checkpoints.step, checkpoints.rate),
            ("checkpoint", 100_000.0)
        );
        assert!((checkpoints.cores - 6.0).abs() < 1e-9);
    }
}
