//! `chaos relay`: rooms of bots on two game servers, one of which is killed during matches and
//! restarted, repeatedly.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use bots::{Client, Error, GameTicket, Join, Joined, Lobby, LobbyMessage, Status, next_message};
use devstack::interrupt;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::detour::Ways;
use crate::kills::{Aftermath, Kill};
use crate::ledger::{Ledger, counts};
use crate::reconcile;
use crate::seat::{self, End};
use crate::system::{System, Wanted};
use crate::table::{Table, spread};
use crate::track::Track;

const POOL: &str = "main";
const SEATS: usize = 5;
/// Confirmed ticks that a killed game server may cost.
const LOST_TICKS_MAX: u64 = 2;
/// From joining to playing, for all of them.
const START_MAX: Duration = Duration::from_mins(2);
/// How long a match may take to continue.
const BACK_MAX: Duration = Duration::from_secs(30);
const DRAIN_MAX: Duration = Duration::from_secs(20);
/// How long a started server runs before it is killed again: it must be registered, and should have
/// rooms.
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
    /// Ask the game server to end (SIGTERM) instead of killing it
    #[arg(long)]
    drain: bool,
    /// How long a match lasts at most
    #[arg(long, default_value_t = 120)]
    match_seconds: u32,
    /// Keep the logs of every part in this folder
    #[arg(long)]
    logs: Option<PathBuf>,
}

/// True: nothing was lost.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut system = System::start(
        &runtime,
        Wanted {
            relays: 2,
            pools: format!(r#"{{"{POOL}":{{"countdown_ms":1000}}}}"#),
            settings: format!(r#"{{"match_seconds":{}}}"#, options.match_seconds),
            environment: Vec::new(),
            binaries: None,
            detour: Some(Arc::new(Ways::plain(runtime.handle().clone()))),
            logs: options.logs.clone(),
        },
    )?;
    let mut crowd = Crowd::come(&runtime, &system.stack.url, usize::from(options.rooms));
    let mut all = Aftermath::default();
    for number in 0..options.kills {
        crowd.wait_playing()?;
        let aftermath = kill(&mut system, &crowd.tracks, number, options.drain)?;
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

/// Kills the server with the most players, and brings it back at once or when its rooms are
/// elsewhere, in turn.
fn kill(system: &mut System, tracks: &[Track], number: usize, drain: bool) -> Result<Aftermath> {
    let mut players: BTreeMap<String, usize> = BTreeMap::new();
    for now in tracks.iter().filter_map(Track::now) {
        *players.entry(now.relay).or_default() += 1;
    }
    let Some((relay, _)) = players.into_iter().max_by_key(|(_, players)| *players) else {
        bail!("nobody plays");
    };
    let kill = Kill::begin(&relay, tracks);
    let stack = &mut system.stack;
    tracing::info!(relay, players = kill.players(), "ending it");
    if !drain {
        stack.kill(&relay)?;
    } else if !stack.terminate(&relay, DRAIN_MAX)? {
        bail!("{relay} did not end within {DRAIN_MAX:?}");
    }
    let at_once = number % 2 == 1;
    if at_once {
        stack.start_again(&relay)?;
    }
    let aftermath = kill.aftermath(BACK_MAX);
    if !at_once {
        stack.start_again(&relay)?;
    }
    stack.wait_for(&relay)?;
    thread::sleep(CALM);
    Ok(aftermath)
}

/// All players, and what they received.
struct Crowd {
    tracks: Vec<Track>,
    ledger: Arc<Ledger>,
    tasks: JoinSet<()>,
    home: watch::Sender<bool>,
}

impl Crowd {
    fn come(runtime: &Runtime, url: &str, rooms: usize) -> Self {
        let mut crowd = Self {
            tracks: Vec::new(),
            ledger: Arc::default(),
            tasks: JoinSet::new(),
            home: watch::Sender::new(false),
        };
        for number in 0..rooms * SEATS {
            let (track, ledger) = (Track::default(), crowd.ledger.clone());
            crowd.tracks.push(track.clone());
            let (url, home) = (url.to_owned(), crowd.home.subscribe());
            let player = async move {
                let name = format!("Bot {}", number + 1);
                if let Err(error) = live(&url, &name, &track, &ledger, home).await {
                    ledger.wrong(format!("{name}: {error}"));
                }
                track.leave();
            };
            crowd.tasks.spawn_on(player, runtime.handle());
        }
        crowd
    }

    /// Waits until nine of ten players see their match run.
    fn wait_playing(&self) -> Result<()> {
        let deadline = Instant::now() + START_MAX;
        loop {
            interrupt::check()?;
            let playing = |track: &&Track| {
                let newest = track.now().and_then(|now| now.newest);
                newest.is_some_and(|(_, at)| at.elapsed() < Duration::from_millis(300))
            };
            let count = self.tracks.iter().filter(playing).count();
            if count * 10 >= self.tracks.len() * 9 {
                return Ok(());
            }
            if Instant::now() > deadline {
                let (all, entries) = (self.tracks.len(), self.ledger.read());
                bail!(
                    "only {count} of {all} play; {:?}; ended: {}",
                    entries.wrong.first(),
                    counts(&entries.ended)
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Lets every match end, and lets no player join another.
    fn go_home(&mut self, runtime: &Runtime, match_seconds: u32) -> Result<Arc<Ledger>> {
        self.home.send_replace(true);
        let patience = Duration::from_secs(u64::from(match_seconds) + 30);
        let tasks = std::mem::take(&mut self.tasks);
        let ended = runtime.block_on(async { timeout(patience, tasks.join_all()).await });
        if ended.is_err() {
            self.ledger
                .wrong(format!("a match went on for {patience:?}"));
        }
        interrupt::check()?;
        Ok(self.ledger.clone())
    }
}

/// Match after match.
async fn live(
    url: &str,
    name: &str,
    track: &Track,
    ledger: &Ledger,
    mut home: watch::Receiver<bool>,
) -> Result<(), Error> {
    let client = Client::guest(url, name).await?;
    // A player cannot leave a match that has started.
    let mut in_match = false;
    while in_match || !*home.borrow() {
        let mut lobby = Some(client.lobby());
        let started = tokio::select! {
            started = until_started(&client, &mut lobby, !in_match) => started?,
            () = sent_home(&mut home), if !in_match => {
                match client.leave().await {
                    Ok(()) => break,
                    Err(error) if error.slug() == Some("in-match") => {
                        in_match = true;
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        // The match ended before the player came back to it.
        let Some((room, game)) = started else { break };
        match seat::play(&client, &mut lobby, &room, game, track).await? {
            End::Over(room, scores) => ledger.over(&room, &scores),
            End::Ended(reason) => ledger.ended(reason.as_deref().unwrap_or("(none)")),
        }
        in_match = false;
    }
    Ok(())
}

async fn sent_home(home: &mut watch::Receiver<bool>) {
    // An error means the same: the run has ended.
    let _ = home.wait_for(|home| *home).await;
}

/// Waits for a match, and joins when the player is out. None: the player is out and `joins` is
/// false.
async fn until_started(
    client: &Client,
    lobby: &mut Option<Lobby>,
    joins: bool,
) -> Result<Option<(String, GameTicket)>, Error> {
    loop {
        let out = match next_message(lobby).await {
            LobbyMessage::MatchStarted { room_id, game, .. }
            | LobbyMessage::MatchMoved { room_id, game, .. } => return Ok(Some((room_id, game))),
            LobbyMessage::State(me) => {
                if let (Some(room), Some(game)) = (me.room, me.game) {
                    return Ok(Some((room, game)));
                }
                me.status == Status::Out
            }
            LobbyMessage::Removed { .. } => true,
            _ => false,
        };
        if out && !joins {
            return Ok(None);
        }
        if out {
            match client.join(&Join::default()).await {
                Ok(Joined::Playing { room, game }) => return Ok(Some((room, game))),
                Ok(_) => {}
                Err(Error::Unreachable(_)) => sleep(Duration::from_millis(200)).await,
                Err(error) => return Err(error),
            }
        }
    }
}

fn report(system: &System, options: &Options, all: &Aftermath, ledger: &Ledger) -> Result<bool> {
    let mut table = Table::default();
    say_aftermath(&mut table, options, all);
    let entries = ledger.read();
    let scores = reconcile::scores(system, &[POOL], &entries)?;
    scores.add_to(&mut table);
    table.say("ended without scores, players", counts(&entries.ended));
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

/// Ticks are checked, times are not: they depend on the load of the machine.
fn say_aftermath(table: &mut Table, options: &Options, all: &Aftermath) {
    let (word, lost_max, pause_goal) = if options.drain {
        ("drains", 0, 500)
    } else {
        ("kills", LOST_TICKS_MAX, 3000)
    };
    let lost = all.lost_ticks.iter().max().copied().unwrap_or(0);
    table.say(word, options.kills);
    table.must("rooms that went on", all.rooms, all.rooms > 0);
    let name = format!("lost ticks p50/p99/max (<= {lost_max})");
    table.must(&name, spread(all.lost_ticks.clone()), lost <= lost_max);
    let name = format!("pause ms p50/p99/max (goal: p99 <= {pause_goal})");
    table.say(&name, spread(all.pauses_ms.clone()));
    if !options.drain {
        let name = "detection ms p50/p99/max (goal: <= 2000)";
        table.say(name, spread(all.detections_ms.clone()));
    }
    table.zero("players who did not come back", all.missing.len());
}
