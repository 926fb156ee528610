//! Runs the differential test: episodes of 2,000 steps, each with its own seed, on one Redis per
//! thread.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::fmt::Write;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::action::{self, Action, PLAYERS, Random, draw};
use super::apply::player_name;
use super::world::{POOLS, World};

/// Steps of an episode. Each episode begins with an empty Redis, which keeps the checks fast.
const EPISODE: u64 = 2000;
/// Steps between two runs of the lobby's own checker, which reads all keys.
const CHECK_EVERY: u64 = 8;
const TAIL: usize = 30;

/// The options of a run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The minimum number of steps. Episodes are completed.
    pub steps: u64,
    /// The seed of the first episode. Further episodes have the seeds that follow.
    pub seed: u64,
    /// The number of threads; each has its own Redis.
    pub threads: usize,
}

/// The result of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// The number of steps.
    pub steps: u64,
    /// The number of times that each action had each outcome.
    pub counts: BTreeMap<String, u64>,
    /// The duration of the run.
    pub elapsed: Duration,
}

impl Report {
    fn add(&mut self, other: Self) {
        self.steps += other.steps;
        for (name, count) in other.counts {
            *self.counts.entry(name).or_default() += count;
        }
    }
}

/// A failure, and the actions of the episode up to it.
struct Failure {
    done: Vec<Action>,
    lines: Vec<String>,
    wrong: String,
}

/// Runs all episodes. Errors: the difference, with the seed and the shortest list of actions that
/// shows it.
pub fn run(options: Options) -> Result<Report> {
    let begun = Instant::now();
    let (next, episodes) = (AtomicU64::new(0), options.steps.div_ceil(EPISODE));
    let mut report = Report::default();
    std::thread::scope(|scope| {
        let work = || work(options.seed, &next, episodes);
        let threads: Vec<_> = (0..options.threads).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let done = thread
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))?;
            report.add(done?);
        }
        Ok::<_, anyhow::Error>(())
    })?;
    report.elapsed = begun.elapsed();
    Ok(report)
}

/// A new seed.
pub fn any_seed() -> u64 {
    RandomState::new().build_hasher().finish() % 1_000_000_000
}

fn work(seed: u64, next: &AtomicU64, episodes: u64) -> Result<Report> {
    let redis = testkit::Redis::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut report = Report::default();
    let warm = runtime.block_on(play(&redis.url, &one_by_one(seed), &mut Report::default()))?;
    if let Err(failure) = warm {
        next.store(episodes, Ordering::Relaxed);
        let shown = runtime.block_on(shrunk(&redis.url, failure))?;
        bail!("SEED={seed}: {shown}");
    }
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= episodes {
            return Ok(report);
        }
        let seed = seed.wrapping_add(number);
        let mut random = Random(seed);
        let actions: Vec<Action> = (0..EPISODE).map(|_| draw(&mut random)).collect();
        let played = runtime.block_on(play(&redis.url, &actions, &mut report));
        if let Err(failure) = played.with_context(|| format!("SEED={seed}"))? {
            next.store(episodes, Ordering::Relaxed);
            let shown = runtime.block_on(shrunk(&redis.url, failure))?;
            bail!("SEED={seed}: {shown}");
        }
    }
}

/// Actions that load the scripts, one call at a time: the first call of a script is sent again once the script is loaded,
/// after the calls that were sent together with it.
fn one_by_one(seed: u64) -> Vec<Action> {
    let mut random = Random(seed);
    let drawn = (0..EPISODE).map(|_| draw(&mut random));
    let single = drawn.map(|action| match action {
        Action::Expire { pool, .. } | Action::ExpireTwice { pool } => {
            Action::Expire { pool, limit: 1 }
        }
        other => other,
    });
    single.collect()
}

/// Applies a list of actions to an empty Redis.
async fn play(url: &str, actions: &[Action], report: &mut Report) -> Result<Result<(), Failure>> {
    let mut world = World::new(url, (0..PLAYERS).map(player_name)).await?;
    let mut lines = Vec::new();
    for (i, action) in (0..).zip(actions) {
        let wrong = step(&mut world, i, action, &mut lines, report).await?;
        if !wrong.is_empty() {
            let done = actions[..=i as usize].to_vec();
            return Ok(Err(Failure { done, lines, wrong }));
        }
    }
    Ok(Ok(()))
}

/// Applies one action. Returns the violations and differences as text.
async fn step(
    world: &mut World,
    i: u64,
    action: &Action,
    lines: &mut Vec<String>,
    report: &mut Report,
) -> Result<String> {
    let answers = match world.apply(action).await {
        Ok(answers) => answers,
        Err(error) => {
            lines.push(format!("{i}: {action:?}"));
            return Ok(format!("an error: {error:#}"));
        }
    };
    report.steps += 1;
    let outcome = answers.real.split(' ').next().unwrap_or_default();
    let name = format!("{} {outcome}", action::name(*action));
    *report.counts.entry(name).or_default() += 1;
    lines.push(format!("{i}: {action:?}: {}", answers.real));
    let mut wrong = world.compare().await?;
    if answers.real != answers.ideal {
        wrong.push(format!(
            "the lobby answered {:?}, the reference {:?}",
            answers.real, answers.ideal
        ));
    }
    if i.is_multiple_of(CHECK_EVERY) {
        for pool in POOLS {
            wrong.extend(lobby::check::violations(&world.lobby, pool).await?);
        }
    }
    Ok(wrong.join("\n"))
}

/// Shortens the list of actions: removes pieces, large ones first, as long as the failure remains.
async fn shrunk(url: &str, found: Failure) -> Result<String> {
    let mut best = found;
    let until = Instant::now() + Duration::from_mins(1);
    let mut piece = best.done.len() / 2;
    while piece > 0 && Instant::now() < until {
        let mut begin = 0;
        while begin + piece < best.done.len() && Instant::now() < until {
            let fewer = [&best.done[..begin], &best.done[begin + piece..]].concat();
            match play(url, &fewer, &mut Report::default()).await? {
                Err(failure) => best = failure,
                Ok(()) => begin += piece,
            }
        }
        piece /= 2;
    }
    let mut text = format!(
        "{}\nafter {} actions, the last of them:\n",
        best.wrong,
        best.done.len()
    );
    for line in &best.lines[best.lines.len().saturating_sub(TAIL)..] {
        writeln!(text, "{line}")?;
    }
    Ok(text)
}
