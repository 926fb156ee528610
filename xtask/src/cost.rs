//! `cargo xtask cost`: what the deployment in AWS costs idle, for 1,000 matches, and with so many players at a time.
//!
//! What is counted is what the templates make (infra/README.md); how often a match uses it is said at [`Match`].

use std::fmt::Write as _;

use anyhow::{Result, ensure};

/// Flags of `cost`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Players at a time, on average over the month
    #[arg(long, default_value_t = 1000)]
    ccu: u32,
    /// How long a match lasts
    #[arg(long, default_value_t = 3.0)]
    match_minutes: f64,
    /// The functions' way out: with a NAT gateway (Egress: nat) instead of an egress-only one
    #[arg(long)]
    nat: bool,
}

/// When, and for which region, [`Prices`] were right as far as known. Verify them before you rely on them.
const PRICED: &str =
    "us-east-1, on demand, list prices of mid-2025, without free tiers and taxes; to be verified";

/// USD for one unit.
struct Prices {
    fargate_vcpu_hour: f64,
    fargate_gb_hour: f64,
    cache_node_hour: f64,
    load_balancer_hour: f64,
    load_balancer_unit_hour: f64,
    address_hour: f64,
    nat_hour: f64,
    secret_month: f64,
    alarm_month: f64,
    metric_month: f64,
    dashboard_month: f64,
    zone_month: f64,
    lambda_gb_second: f64,
    lambda_request: f64,
    http_call: f64,
    socket_message: f64,
    socket_minute: f64,
    log_gb: f64,
    traffic_gb: f64,
    between_zones_gb: f64,
}

/// The one table. Fargate and Lambda on arm64, cache.t4g.small for Valkey.
const PRICES: Prices = Prices {
    fargate_vcpu_hour: 0.032_38,
    fargate_gb_hour: 0.003_56,
    cache_node_hour: 0.025_6,
    load_balancer_hour: 0.022_5,
    load_balancer_unit_hour: 0.006,
    address_hour: 0.005,
    nat_hour: 0.045,
    secret_month: 0.40,
    alarm_month: 0.10,
    metric_month: 0.30,
    dashboard_month: 3.0,
    zone_month: 0.50,
    lambda_gb_second: 0.000_013_333_4,
    lambda_request: 0.20e-6,
    http_call: 1.00e-6,
    socket_message: 1.00e-6,
    socket_minute: 0.25e-6,
    log_gb: 0.50,
    traffic_gb: 0.09,
    between_zones_gb: 0.02,
};

const HOURS_A_MONTH: f64 = 730.0;
const SECONDS_A_MONTH: f64 = HOURS_A_MONTH * 3600.0;

/// Of one vCPU at 60 % load: a player costs 290 µs of CPU a second.
const PLAYERS_PER_VCPU: f64 = 2000.0;
/// What a player is sent a second: 640 B of messages (docs/netcode.md), 60 of them, each with 56 B of IP, TCP and WebSocket
/// and 22 B of TLS. He sends about as much, which is free except in the load balancer and between zones.
const BYTES_PER_SECOND: f64 = 640.0 + 60.0 * (56.0 + 22.0);
/// As many as infra/relays.yaml has.
const SLOTS_MAX: f64 = 6.0;
/// Alarms beside a slot's two, and metrics made of logs: infra/monitoring.yaml, infra/front.yaml, infra/relays.yaml.
const ALARMS: f64 = 11.0;
const METRICS: f64 = 5.0;

/// What one match uses, of everything that is paid by use.
struct Match {
    http_calls: f64,
    socket_messages: f64,
    socket_minutes: f64,
    invocations: f64,
    log_gb: f64,
    traffic_gb: f64,
}

const PLAYERS: f64 = 4.0;

impl Match {
    /// A player asks who he is, joins, and asks again once or twice; hears of the queue, the room, its changes, the countdown,
    /// start and end; pings each minute; and stays on the lobby's socket for half a minute besides the match. Seating is
    /// invoked for each who joins, the rest of the bridge three times.
    fn lasting(minutes: f64) -> Self {
        let on_socket = minutes + 0.5;
        let http_calls = 4.0 * PLAYERS;
        let pings = on_socket.ceil() * PLAYERS;
        let asked = PLAYERS + pings;
        let told = 10.0 * PLAYERS + pings;
        let opened_and_closed = 2.0 * PLAYERS;
        let invocations = http_calls + asked + opened_and_closed + PLAYERS + 3.0;
        Self {
            http_calls,
            socket_messages: asked + told,
            socket_minutes: on_socket * PLAYERS,
            invocations,
            // A line or two each.
            log_gb: (invocations + http_calls) * 500.0 / 1e9,
            traffic_gb: minutes * 60.0 * PLAYERS * BYTES_PER_SECOND / 1e9,
        }
    }
}

/// Prints the bill.
pub(crate) fn run(options: &Options) -> Result<()> {
    ensure!(
        options.match_minutes.is_finite() && options.match_minutes > 0.0,
        "--match-minutes must be more than 0"
    );
    print!("{}", bill(options));
    Ok(())
}

fn bill(options: &Options) -> String {
    let mut out = String::new();
    let (slots, vcpus) = slots(f64::from(options.ccu));
    let idle = idle(slots, vcpus, options.nat);
    let _ = writeln!(out, "Prices: {PRICED}.\n");
    let _ = writeln!(out, "Idle, with {slots} slots of {vcpus} vCPU, USD a month");
    if slots > SLOTS_MAX {
        let _ = writeln!(
            out,
            "(more than the {SLOTS_MAX} that one stack has: a stack a region, say)"
        );
    }
    let per_month = table(&mut out, &idle);
    let one = Match::lasting(options.match_minutes);
    let _ = writeln!(
        out,
        "\nFor 1,000 matches of {PLAYERS} players and {} minutes, USD",
        options.match_minutes
    );
    let per_thousand = table(&mut out, &by_use(&one, 1000.0));
    let matches =
        f64::from(options.ccu) / PLAYERS * SECONDS_A_MONTH / (options.match_minutes * 60.0);
    let by_matches = matches / 1000.0 * per_thousand;
    let all = per_month + by_matches;
    let _ = writeln!(
        out,
        "\n{} players at a time: {matches:.0} matches a month, {by_matches:.2} + {per_month:.2} = {all:.2} USD a month",
        options.ccu
    );
    out
}

/// How many game servers of how many vCPU: one more than the players need, so that one may be drained; at least two.
fn slots(ccu: f64) -> (f64, f64) {
    for vcpus in [1.0, 2.0, 4.0] {
        let slots = ((ccu / (PLAYERS_PER_VCPU * vcpus)).ceil() + 1.0).max(2.0);
        if slots <= SLOTS_MAX {
            return (slots, vcpus);
        }
    }
    ((ccu / (PLAYERS_PER_VCPU * 4.0)).ceil() + 1.0, 4.0)
}

fn idle(slots: f64, vcpus: f64, nat: bool) -> Vec<(&'static str, f64)> {
    let p = &PRICES;
    let task =
        |vcpu: f64, gb: f64| HOURS_A_MONTH * (vcpu * p.fargate_vcpu_hour + gb * p.fargate_gb_hour);
    let minutes = HOURS_A_MONTH * 60.0;
    let sweeps = minutes * (p.lambda_request + 0.05 * 0.5 * p.lambda_gb_second);
    let mut lines = vec![
        ("game servers", slots * task(vcpus, 2.0 * vcpus)),
        ("nginx, two tasks", 2.0 * task(0.25, 0.5)),
        ("Redis, two nodes", 2.0 * HOURS_A_MONTH * p.cache_node_hour),
        ("load balancer", HOURS_A_MONTH * p.load_balancer_hour),
        (
            "IPv4 addresses",
            (slots + 4.0) * HOURS_A_MONTH * p.address_hour,
        ),
        ("secrets", 5.0 * p.secret_month),
        (
            "alarms, metrics, dashboard",
            (ALARMS + 2.0 * slots) * p.alarm_month + METRICS * p.metric_month + p.dashboard_month,
        ),
        ("private zone", p.zone_month),
        ("sweep", sweeps),
    ];
    if nat {
        lines.push(("NAT gateway", HOURS_A_MONTH * (p.nat_hour + p.address_hour)));
    }
    lines
}

fn by_use(one: &Match, matches: f64) -> Vec<(&'static str, f64)> {
    let p = &PRICES;
    // 256 MB for 15 ms: waiting for Redis, mostly.
    let invocation = p.lambda_request + 0.25 * 0.015 * p.lambda_gb_second;
    vec![
        ("HTTP API", matches * one.http_calls * p.http_call),
        (
            "WebSocket API",
            matches
                * (one.socket_messages * p.socket_message + one.socket_minutes * p.socket_minute),
        ),
        ("functions", matches * one.invocations * invocation),
        ("logs", matches * one.log_gb * p.log_gb),
        // A unit is 1 GB in an hour, of both directions.
        (
            "load balancer's units",
            matches * 2.0 * one.traffic_gb * p.load_balancer_unit_hour,
        ),
        // Half of it meets a game server in the other zone than its nginx, in both directions.
        (
            "traffic between zones",
            matches * one.traffic_gb * p.between_zones_gb,
        ),
        (
            "traffic to players",
            matches * one.traffic_gb * p.traffic_gb,
        ),
    ]
}

fn table(out: &mut String, lines: &[(&str, f64)]) -> f64 {
    for (what, usd) in lines {
        let _ = writeln!(out, "  {what:<28}{usd:>10.2}");
    }
    let sum = lines.iter().map(|(_, usd)| usd).sum();
    let _ = writeln!(out, "  {:<28}{sum:>10.2}", "together");
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(ccu: u32, match_minutes: f64, nat: bool) -> f64 {
        let text = bill(&Options {
            ccu,
            match_minutes,
            nat,
        });
        let last = text
            .trim_end()
            .rsplit("= ")
            .next()
            .and_then(|rest| rest.split(' ').next());
        last.and_then(|usd| usd.parse().ok()).expect("a total")
    }

    #[test]
    fn more_players_never_cost_less() {
        let totals: Vec<f64> = [0, 1, 100, 1_000, 2_001, 10_000, 50_000]
            .map(|ccu| total(ccu, 3.0, false))
            .to_vec();
        assert!(totals.is_sorted(), "{totals:?}");
    }

    #[test]
    fn nobody_playing_costs_what_stands_there() {
        let usd = idle(2.0, 1.0, false)
            .iter()
            .map(|(_, usd)| usd)
            .sum::<f64>();
        assert!((total(0, 3.0, false) - usd).abs() < 0.01);
        assert!((50.0..250.0).contains(&usd), "{usd}");
        assert!(total(0, 3.0, true) > usd + 30.0);
    }

    #[test]
    fn a_slot_is_spare_and_bigger_ones_come_before_more_than_there_are() {
        assert_eq!(slots(0.0), (2.0, 1.0));
        assert_eq!(slots(2_000.0), (2.0, 1.0));
        assert_eq!(slots(2_001.0), (3.0, 1.0));
        assert_eq!(slots(10_001.0), (4.0, 2.0));
        assert_eq!(slots(40_000.0), (6.0, 4.0));
    }
}
