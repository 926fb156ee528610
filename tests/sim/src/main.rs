//! `netcode [GAME [PLAYERS [NETWORK]]]`: simulates many matches under each network condition, and prints what players
//! see. Without a game, it plays the arena and evaluates its shots.

use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use game::Game;
use sim::{Condition, PLAYERS, Report, Transport, play, play_game};

/// Match time of each condition, seconds.
const SECONDS: u64 = 600;

/// Plays a match of a number of players and adds its measurements.
type Play = fn(usize, &Condition, u64, &mut Report);

macro_rules! games {
    ($($game:ty, $bot:ty;)*) => {
        [$((<$game as Game>::NAME, play_game::<$game, $bot> as Play)),*]
    };
}

fn main() -> ExitCode {
    let players = std::env::args().nth(2).map(|players| players.parse());
    let Ok(players) = players.unwrap_or(Ok(PLAYERS)) else {
        eprintln!("the second argument is a number of players");
        return ExitCode::FAILURE;
    };
    let play: Play = match std::env::args().nth(1).as_deref() {
        None | Some("arena") => |_, condition, seed, report| play(condition, seed, report),
        Some(wanted) => {
            let games = registry::each_game!(games);
            let Some((_, play)) = games.into_iter().find(|(name, _)| *name == wanted) else {
                let names = registry::NAMES.join(", ");
                eprintln!("no game {wanted:?}; the games are {names}");
                return ExitCode::FAILURE;
            };
            play
        }
    };
    let begun = Instant::now();
    let network = std::env::args().nth(3).unwrap_or_default();
    let transports = [Transport::WebSocket, Transport::WebTransport];
    let conditions = transports.map(|transport| {
        let mut conditions = Condition::table();
        conditions.retain(|condition| condition.name.starts_with(&network));
        conditions.into_iter().map(move |it| it.over(transport))
    });
    let conditions: Vec<_> = conditions.into_iter().flatten().collect();
    let reports: Vec<Report> = thread::scope(|scope| {
        let running: Vec<_> = conditions
            .iter()
            .map(|condition| scope.spawn(move || measure(play, players, condition)))
            .collect();
        let finished = running.into_iter().map(thread::ScopedJoinHandle::join);
        finished
            .map(|report| report.expect("a simulation"))
            .collect()
    });
    for transport in transports {
        println!("{transport:?}\n\n{}", Report::header());
        for (condition, report) in conditions.iter().zip(&reports) {
            if condition.transport == transport {
                println!("{}", report.row(&condition.name));
            }
        }
        println!();
    }
    let match_us: u64 = reports.iter().map(|report| report.match_us).sum();
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{:.0} match-seconds in {seconds:.1} s: {:.0} in a second",
        match_us as f64 / 1e6,
        match_us as f64 / 1e6 / seconds
    );
    ExitCode::SUCCESS
}

fn measure(play: Play, players: usize, condition: &Condition) -> Report {
    let mut report = Report::default();
    for seed in 1.. {
        play(players, condition, seed, &mut report);
        // The sum of player time does not depend on the number of players.
        if report.player_us >= SECONDS * 1_000_000 * PLAYERS as u64 {
            break;
        }
    }
    report
}
