//! Plays a game with its bots and at random, checks its state after each tick, and prints a hash
//! over all states: `cargo run -p wasm --example check_game -- tag 7 200000`.

use std::fs;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use game::{Bot, Game, testing};

/// The maximum CPU time of a step; a longer step ends its room.
const STEP_MAX: Duration = Duration::from_millis(100);

/// How many different numbers of players are tried in matches of bots.
const COUNTS_MAX: usize = 6;

macro_rules! checks {
    ($($game:ty, $bot:ty;)*) => { &[$((<$game as Game>::NAME, check::<$game, $bot>)),*] };
}

type Check = fn(u64, u32) -> Result<u64, String>;

const CHECKS: &[(&str, Check)] = registry::each_game!(checks);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, seed, ticks] = arguments.as_slice() else {
        eprintln!("usage: check_game GAME SEED TICKS");
        return ExitCode::FAILURE;
    };
    let check = CHECKS.iter().find(|(game, _)| game == name);
    let (Some((_, check)), Ok(seed), Ok(ticks)) = (check, seed.parse(), ticks.parse()) else {
        eprintln!("no such game, or no numbers");
        return ExitCode::FAILURE;
    };
    match check(seed, ticks) {
        Ok(hash) => {
            println!("{hash}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn check<G: Game, B: Bot>(seed: u64, ticks: u32) -> Result<u64, String> {
    for players in G::SEATS.step_by(G::SEATS.len().div_ceil(COUNTS_MAX)) {
        testing::play::<G, B>(seed, players.into());
    }
    let mut longest = (Duration::ZERO, 0);
    let hash = testing::play_at_random::<G>(seed, ticks, |tick, step| {
        let began = cpu_time();
        step();
        longest = longest.max((cpu_time().saturating_sub(began), tick));
    });
    let (took, tick) = longest;
    if took > STEP_MAX {
        return Err(format!(
            "{} at tick {tick}: the step took {took:?}, more than {STEP_MAX:?}",
            G::NAME
        ));
    }
    Ok(hash)
}

/// The CPU time of this thread, where the system has `/proc`; elsewhere the elapsed time. On a busy machine, the
/// elapsed time of a step would include the time of other processes.
fn cpu_time() -> Duration {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let began = *BEGAN;
    let times = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = times.split(' ').next().and_then(|text| text.parse().ok());
    nanos.map_or_else(|| began.elapsed(), Duration::from_nanos)
}
