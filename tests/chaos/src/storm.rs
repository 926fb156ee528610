//! `chaos storm`: thousands of players lose their lobby sockets and game sockets at the same time, because nginx is
//! killed and restarted, and all of them reconnect through it. They are in turn-based matches that wait. A few
//! matches at 60 Hz run beside them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bots::{Client, Error, Join, LobbyMessage, MatchEvent, next_message};
use devstack::metrics::Metrics;
use devstack::{Backend, interrupt};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::arrival::until_started;
use crate::crowd::Crowd;
use crate::system::{System, Wanted};
use crate::table::{Table, spread};

/// A turn of `cards` lasts as long as the run, so these matches send almost nothing.
const POOLS: &str = r#"{"main":{"countdown_ms":1000},
    "cards":{"game":"cards","seats_min":2,"seats_max":2,"countdown_ms":1000,
        "settings":{"turn_seconds":900,"match_seconds":900}}}"#;
/// Players who join concurrently.
const JOINING: usize = 64;
/// The longest time from the first join until every player is in a match.
const START_MAX: Duration = Duration::from_mins(10);
/// How long the 60 Hz matches are measured before the storm.
const CALM: Duration = Duration::from_secs(10);
/// How long players may take to reconnect.
const BACK_MAX: Duration = Duration::from_mins(1);
const BACK_GOAL_MS: u64 = 10_000;
const MATCH_SECONDS: u32 = 900;

/// Flags of `storm`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Players, an even number, in matches of two that wait for a turn; each has two sockets
    #[arg(long, default_value_t = 2_500, value_parser = clap::value_parser!(u16).range(2..))]
    players: u16,
    /// Rooms of five bots at 60 Hz
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rooms: u16,
    /// Folder of the programs, such as release builds. Default: this program's folder
    #[arg(long)]
    binaries: Option<PathBuf>,
    /// Keep the logs of every part in this folder
    #[arg(long)]
    logs: Option<PathBuf>,
}

/// The times at which a player's sockets were last opened.
#[derive(Clone, Copy, Default)]
struct Opened {
    lobby: Option<Instant>,
    game: Option<Instant>,
}

type Player = Arc<Mutex<Opened>>;

/// Returns true if every player reconnected.
pub(crate) fn run(options: &Options) -> Result<bool> {
    if options.players % 2 == 1 {
        bail!("{} players do not make matches of two", options.players);
    }
    edge::raise_open_files_max()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut system = System::start(
        &runtime,
        Wanted {
            relays: 2,
            pools: POOLS.to_owned(),
            settings: format!(r#"{{"match_seconds":{MATCH_SECONDS}}}"#),
            environment: vec![("CAPACITY".to_owned(), options.players.to_string())],
            backend: Backend::Own,
            binaries: options.binaries.clone(),
            detour: None,
            logs: options.logs.clone(),
        },
    )?;
    let url = system.stack.url.clone();
    let mut players = Players::come(&runtime, &url, options.players);
    players.wait_playing()?;
    let crowd = Crowd::come(&runtime, &url, usize::from(options.rooms));
    crowd.wait_playing()?;
    let start = readings(&system)?;
    thread::sleep(CALM);
    let calm = readings(&system)?;
    let cut_at = Instant::now();
    system.stack.kill("nginx")?;
    system.stack.start_again("nginx")?;
    let back = players.wait_back(cut_at)?;
    let storm = readings(&system)?;
    let mut table = Table::default();
    add_back(&mut table, options, &back);
    table.info(
        "lateness of ticks before, p50/p99/p99.9 ms",
        lateness(&start, &calm),
    );
    table.info(
        "lateness of ticks in the storm, p50/p99/p99.9 ms (goal: p99 <= 4)",
        lateness(&calm, &storm),
    );
    let panics = system.log_lines("panicked at", |_| true);
    table.zero("panics", panics.len());
    println!("{}", table.text());
    drop(crowd);
    Ok(table.is_fine())
}

/// Times are printed but not checked, because they depend on the load of the machine.
fn add_back(table: &mut Table, options: &Options, back: &Back) {
    table.info("sockets", usize::from(options.players) * 2);
    let name = format!("lobby sockets open again, p50/p99/max ms (goal: <= {BACK_GOAL_MS})");
    table.info(&name, spread(back.lobby_ms.clone()));
    let name = format!("game sockets open again, p50/p99/max ms (goal: <= {BACK_GOAL_MS})");
    table.info(&name, spread(back.game_ms.clone()));
    table.zero("players who did not come back", back.missing);
    table.zero("errors", back.wrong.len());
    for line in back.wrong.iter().take(5) {
        table.info("error", line.clone());
    }
}

fn readings(system: &System) -> Result<Vec<Metrics>> {
    let relays = system.stack.relays.iter();
    relays
        .map(|(_, url)| {
            let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
            Metrics::read(port.context("a port")?)
        })
        .collect()
}

/// The lateness of ticks on each relay.
fn lateness(before: &[Metrics], after: &[Metrics]) -> String {
    let pairs = before.iter().zip(after);
    let of = |(before, after): (&Metrics, &Metrics)| {
        after.bounds_ms(before, "skirmish_tick_lateness_seconds")
    };
    pairs.map(of).collect::<Vec<_>>().join(", ")
}

/// The players of the waiting matches.
struct Players {
    all: Vec<Player>,
    tasks: JoinSet<Result<(), Error>>,
    wrong: Vec<String>,
}

/// How long they took to reconnect.
#[derive(Default)]
struct Back {
    lobby_ms: Vec<u64>,
    game_ms: Vec<u64>,
    missing: usize,
    wrong: Vec<String>,
}

impl Players {
    fn come(runtime: &Runtime, url: &str, count: u16) -> Self {
        let mut tasks = JoinSet::new();
        let joining = Arc::new(Semaphore::new(JOINING));
        let all: Vec<Player> = (0..count).map(|_| Player::default()).collect();
        for (number, player) in all.iter().enumerate() {
            let (url, player, joining) = (url.to_owned(), player.clone(), joining.clone());
            let name = format!("Player {}", number + 1);
            tasks.spawn_on(
                async move { wait_in_match(&url, &name, &player, &joining).await },
                runtime.handle(),
            );
        }
        Self {
            all,
            tasks,
            wrong: Vec::new(),
        }
    }

    fn wait_playing(&mut self) -> Result<()> {
        let deadline = Instant::now() + START_MAX;
        loop {
            interrupt::check()?;
            self.note_ended();
            let playing = self.opened().filter(|opened| opened.game.is_some()).count();
            if playing == self.all.len() {
                return Ok(());
            }
            if Instant::now() > deadline || !self.wrong.is_empty() {
                let (count, wrong) = (self.all.len(), self.wrong.first());
                bail!("only {playing} of {count} are in a match; {wrong:?}");
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn wait_back(&mut self, cut_at: Instant) -> Result<Back> {
        loop {
            interrupt::check()?;
            self.note_ended();
            let back = self.back(cut_at);
            if back.missing == 0 || cut_at.elapsed() > BACK_MAX {
                return Ok(back);
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn back(&self, cut_at: Instant) -> Back {
        let mut back = Back {
            wrong: self.wrong.clone(),
            ..Back::default()
        };
        let since = |at: Option<Instant>| {
            let at = at.filter(|at| *at > cut_at)?;
            Some(at.duration_since(cut_at).as_millis() as u64)
        };
        for opened in self.opened() {
            let (lobby, game) = (since(opened.lobby), since(opened.game));
            back.missing += usize::from(lobby.is_none() || game.is_none());
            back.lobby_ms.extend(lobby);
            back.game_ms.extend(game);
        }
        back
    }

    fn opened(&self) -> impl Iterator<Item = Opened> {
        let players = self.all.iter();
        players.map(|player| *player.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            self.wrong.push(match ended {
                Ok(Ok(())) => "a match ended".to_owned(),
                Ok(Err(error)) => error.to_string(),
                Err(error) => error.to_string(),
            });
        }
    }
}

/// Joins a match and stays in it without taking a turn.
async fn wait_in_match(
    url: &str,
    name: &str,
    player: &Player,
    joining: &Semaphore,
) -> Result<(), Error> {
    let join = Join {
        pool: Some("cards".to_owned()),
        ..Join::default()
    };
    let turn = joining.acquire().await;
    let client = Client::guest(url, name).await?;
    let mut lobby = Some(client.lobby());
    let started = until_started(&client, &mut lobby, Some(&join)).await?;
    let Some((_, ticket)) = started else {
        return Ok(());
    };
    let mut game = client.play(ticket).await?;
    drop(turn);
    loop {
        tokio::select! {
            event = game.next() => match event? {
                Some(MatchEvent::Welcome(_)) => note(player, |opened| &mut opened.game),
                Some(ended @ (MatchEvent::Over(_) | MatchEvent::Ended { .. })) => {
                    return Err(Error::Unexpected(format!("{ended:?}")));
                }
                None => return Ok(()),
                Some(_) => {}
            },
            message = next_message(&mut lobby) => {
                if let LobbyMessage::State(_) = message {
                    note(player, |opened| &mut opened.lobby);
                }
                if let Some((room, ticket)) = message.place() {
                    game.follow(room, ticket);
                }
            }
        }
    }
}

fn note(player: &Player, which: fn(&mut Opened) -> &mut Option<Instant>) {
    let mut opened = player.lock().unwrap_or_else(PoisonError::into_inner);
    *which(&mut opened) = Some(Instant::now());
}
