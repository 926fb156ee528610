//! `chaos relay`: rooms of bots on several game servers. One or more servers are killed during matches and restarted,
//! repeatedly.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use devstack::{Backend, install};

use crate::crowd::Crowd;
use crate::detour::Proxies;
use crate::kills::{Aftermath, Kill};
use crate::ledger::{Ledger, counts};
use crate::reconcile;
use crate::system::{System, Wanted};
use crate::table::{Table, spread};
use crate::track::Track;

const POOL: &str = "main";
/// Confirmed ticks that a killed game server may cost.
const LOST_TICKS_MAX: u64 = 2;
/// How long a match may take to continue.
const BACK_MAX: Duration = Duration::from_secs(30);
const DRAIN_MAX: Duration = Duration::from_secs(20);
/// How long a restarted server runs before the next kill, so that it is registered and has rooms.
const CALM: Duration = Duration::from_millis(500);

/// Flags of `relay`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many kills
    #[arg(long, default_value_t = 20)]
    kills: usize,
    /// Rooms of five bots
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    rooms: u16,
    /// Game servers
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=50))]
    relays: u16,
    /// How many of them end at once; all of them: as in a deployment
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=50))]
    at_once: u16,
    /// Ask the game servers to end (SIGTERM) instead of killing them
    #[arg(long)]
    drain: bool,
    /// How long a match lasts at most
    #[arg(long, default_value_t = 120)]
    match_seconds: u32,
    /// Keep the logs of every part in this folder
    #[arg(long)]
    logs: Option<PathBuf>,
}

/// Returns true if nothing was lost.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut system = System::start(
        &runtime,
        Wanted {
            relays: options.relays,
            pools: format!(r#"{{"{POOL}":{{"countdown_ms":1000}}}}"#),
            settings: format!(r#"{{"match_seconds":{}}}"#, options.match_seconds),
            environment: Vec::new(),
            backend: Backend::CargoLambda(install::cargo_lambda(false)?),
            binaries: None,
            detour: Some(Arc::new(Proxies::plain(runtime.handle().clone()))),
            logs: options.logs.clone(),
        },
    )?;
    let mut crowd = Crowd::come(&runtime, &system.stack.url, usize::from(options.rooms));
    let mut all = Aftermath::default();
    for number in 0..options.kills {
        crowd.wait_playing()?;
        let aftermath = kill(&mut system, &crowd.tracks, number, options)?;
        eprintln!(
            "{} {}: {} rooms, lost ticks {}, pause {} ms, detection {} ms, missing {}",
            if options.drain { "drain" } else { "kill" },
            number + 1,
            aftermath.rooms,
            spread(aftermath.lost_ticks.clone()),
            spread(aftermath.pauses_ms.clone()),
            spread(aftermath.detections_ms.clone()),
            aftermath.missing.len(),
        );
        all.add(aftermath);
    }
    let ledger = crowd.go_home(&runtime, options.match_seconds)?;
    report(&system, options, &all, &ledger)
}

/// Kills the servers with the most players. Restarts them, alternately, immediately or after their rooms have moved.
fn kill(
    system: &mut System,
    tracks: &[Track],
    number: usize,
    options: &Options,
) -> Result<Aftermath> {
    let relays = busiest(tracks, options.at_once);
    if relays.is_empty() {
        bail!("nobody plays");
    }
    let kill = Kill::begin(&relays, tracks);
    tracing::info!(?relays, players = kill.players(), "ending them");
    end(system, &relays, options.drain)?;
    let is_all = options.at_once >= options.relays;
    let at_once = is_all || number % 2 == 1;
    let stack = &mut system.stack;
    let mut start = || relays.iter().try_for_each(|relay| stack.start_again(relay));
    if at_once {
        start()?;
    }
    let aftermath = kill.aftermath(BACK_MAX);
    if !at_once {
        start()?;
    }
    for relay in &relays {
        stack.wait_for(relay)?;
    }
    thread::sleep(CALM);
    Ok(aftermath)
}

/// The names of this number of game servers, those with the most players first.
fn busiest(tracks: &[Track], count: u16) -> Vec<String> {
    let mut players: BTreeMap<String, usize> = BTreeMap::new();
    for now in tracks.iter().filter_map(Track::now) {
        *players.entry(now.relay).or_default() += 1;
    }
    let mut relays: Vec<(String, usize)> = players.into_iter().collect();
    relays.sort_by_key(|(_, players)| std::cmp::Reverse(*players));
    relays.truncate(usize::from(count));
    relays.into_iter().map(|(relay, _)| relay).collect()
}

fn end(system: &mut System, relays: &[String], drain: bool) -> Result<()> {
    let stack = &mut system.stack;
    if !drain {
        return relays.iter().try_for_each(|relay| stack.kill(relay));
    }
    if !stack.terminate(relays, DRAIN_MAX)? {
        bail!("{relays:?} did not end within {DRAIN_MAX:?}");
    }
    Ok(())
}

fn report(system: &System, options: &Options, all: &Aftermath, ledger: &Ledger) -> Result<bool> {
    let mut table = Table::default();
    add_aftermath(&mut table, options, all);
    let entries = ledger.read();
    let scores = reconcile::scores(system, &[POOL], &entries)?;
    scores.add_to(&mut table);
    table.info("ended without scores, players", counts(&entries.ended));
    let panics = system.log_lines("panicked at", |_| true);
    table.zero("panics", panics.len());
    let mismatches = system.log_lines("mismatch", |name| name.starts_with("relay"));
    table.zero("hash mismatches", mismatches.len());
    table.zero("errors", entries.wrong.len());
    println!("{}", table.text());
    let lists = [
        &all.missing,
        &entries.wrong,
        &scores.wrong,
        &panics,
        &mismatches,
    ];
    for line in lists.into_iter().flatten().take(20) {
        println!("  {line}");
    }
    Ok(table.is_fine())
}

/// Ticks are checked; times are not, because they depend on the load of the machine.
fn add_aftermath(table: &mut Table, options: &Options, all: &Aftermath) {
    let (word, lost_max, pause_goal) = if options.drain {
        ("drains", 0, 500)
    } else {
        ("kills", LOST_TICKS_MAX, 3000)
    };
    let lost = all.lost_ticks.iter().max().copied().unwrap_or(0);
    table.info(word, options.kills);
    table.must("rooms that went on", all.rooms, all.rooms > 0);
    let name = format!("lost ticks p50/p99/max (<= {lost_max})");
    table.must(&name, spread(all.lost_ticks.clone()), lost <= lost_max);
    let name = format!("pause ms p50/p99/max (goal: p99 <= {pause_goal})");
    table.info(&name, spread(all.pauses_ms.clone()));
    if !options.drain {
        let name = "detection ms p50/p99/max (goal: <= 2000)";
        table.info(name, spread(all.detections_ms.clone()));
    }
    table.zero("players who did not come back", all.missing.len());
}
