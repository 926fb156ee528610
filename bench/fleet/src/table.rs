//! Prints the results as tables.

use anyhow::Result;
use crowd::figures::table;

use crate::Args;
use crate::autoscaler::{ECS, KUBERNETES};
use crate::day::{self, Load, Shape};
use crate::needs;
use crate::parts::Parts;

/// Prints a day and a launch for the rules of each engine.
pub(crate) fn day(players_peak: f64, match_s: u32) {
    println!(
        "\n## A day and a launch: {players_peak:.0} players at most, matches of {match_s} s\n"
    );
    let mut rows = Vec::new();
    for (shape, name) in [
        (Shape::Day, "day"),
        (
            Shape::Launch,
            "launch: 20 times as many in 5 min; the half hour from then",
        ),
    ] {
        for (rules, engine) in [(ECS, "ECS"), (KUBERNETES, "Kubernetes")] {
            let load = Load {
                players_peak,
                seats: 5,
                match_s,
                shape,
            };
            let report = day::run(load, rules);
            rows.push(vec![
                format!("{name}, {engine}"),
                report.seated.to_string(),
                report.wait_s(0.5).to_string(),
                report.wait_s(0.99).to_string(),
                report.denied.to_string(),
                report.relays_most.to_string(),
                format!("{:.0}", report.relay_hours),
            ]);
        }
    }
    let head = [
        "",
        "seated",
        "wait for a room p50 s",
        "p99 s",
        "denied after 10 min",
        "relays at most",
        "relay hours",
    ];
    table(&head, &rows);
}

/// Prints the cost of each step.
pub(crate) fn parts(parts: &Parts) {
    println!("\n## CPU of Redis, µs\n");
    let row = |name: &str, micros: f64| vec![name.to_owned(), format!("{micros:.1}")];
    table(
        &["step", "µs"],
        &[
            row("renewal of a relay", parts.renewal),
            row("lobby socket opens", parts.connect),
            row("join", parts.join),
            row("seat (assign), a player", parts.seat),
            row("notification", parts.push),
            row("claim of a room", parts.claim),
            row("checkpoint", parts.checkpoint),
            row("end of a match", parts.finish),
            row(
                &format!("journal entry ({} B)", parts.entry_bytes),
                parts.entry,
            ),
            row("poll of a pool", parts.poll),
            row("sweep of an empty pool", parts.sweep_pool),
            row("sweep, a player who plays", parts.sweep_player),
        ],
    );
    println!(
        "\nNotifications of a player, from the join to the end of the match: {:.1}",
        parts.pushes
    );
}

/// Prints what this number of players needs.
pub(crate) fn needs(args: &Args, parts: &Parts) -> Result<()> {
    let (players, match_s) = (f64::from(args.players), f64::from(args.match_s));
    let needs = needs::of(players, f64::from(args.pools), match_s, parts)?;
    println!(
        "\n## {players:.0} players in {} pools, matches of {match_s:.0} s\n",
        args.pools
    );
    let share = |share: &needs::Share| {
        let (rate, cores) = (format!("{:.0}", share.rate), format!("{:.2}", share.cores));
        vec![share.step.to_owned(), rate, cores]
    };
    let rows: Vec<Vec<String>> = needs.shares.iter().map(share).collect();
    table(&["step", "a second", "cores of Redis"], &rows);
    println!();
    table(
        &["what", "how many"],
        &[
            vec![
                "relays of 1 vCPU".to_owned(),
                format!("{:.0}", needs.relays),
            ],
            vec![
                "shards of Redis, 60 % busy".to_owned(),
                format!("{:.0}", needs.nodes),
            ],
            vec![
                "calls of functions a second".to_owned(),
                format!("{:.0}", needs.calls),
            ],
            vec![
                "concurrent functions".to_owned(),
                format!("{:.0}", needs.concurrency),
            ],
            vec![
                "notifications a second".to_owned(),
                format!("{:.0}", needs.pushes),
            ],
        ],
    );
    println!();
    let cost = |(what, usd): &(&str, f64)| vec![(*what).to_owned(), format!("{usd:.0}")];
    let total: f64 = needs.costs.iter().map(|(_, usd)| usd).sum();
    let mut rows: Vec<Vec<String>> = needs.costs.iter().map(cost).collect();
    rows.push(vec!["**total**".to_owned(), format!("**{total:.0}**")]);
    table(&["at 67.5 % of the peak on average", "USD a month"], &rows);
    Ok(())
}
