//! Plays a replay file, verifies every state hash and prints the result: `cargo xtask replay FILE`.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use game::Settings;
use netclient::Hashes;
use protocol::replay::ReplayHeader;
use protocol::{roster, scores};
use wasm::{Recorded, find};

fn main() -> ExitCode {
    match verify() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn verify() -> Result<()> {
    let path = std::env::args_os().nth(1).context("usage: replay FILE")?;
    let file = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let (header, records) = ReplayHeader::split(&file)?;
    let game = find(header.game.as_bytes())
        .with_context(|| format!("no game is called {}", header.game))?;
    let named = header
        .settings
        .iter()
        .map(|(name, &value)| (name.as_str(), value));
    let recorded = Recorded {
        seed: Some(header.seed),
        settings: Settings::parse(game.settings, named)?,
        roster: &roster(&header.players),
        records,
    };
    let mut watch = (game.watch)(&recorded)?;
    let ticks = watch.ticks();
    let seconds = f64::from(ticks) / f64::from(game.rate.ticks_per_second());
    println!(
        "{} in {}: {ticks} ticks ({seconds:.1} s), seed {}",
        header.game, header.room, header.seed
    );
    watch.scene(ticks.into())?;
    match watch.outcome() {
        None => println!("it ends before the match does"),
        Some(outcome) => {
            for score in scores(outcome, &header.players) {
                println!(
                    "{}. {} ({}): {}",
                    score.rank, score.name, score.player_id, score.score
                );
            }
        }
    }
    let Hashes {
        compared,
        different,
        first_different,
    } = watch.hashes();
    if let Some(tick) = first_different {
        bail!("{different} of {compared} hashes differ, first that of tick {tick}");
    }
    println!("all {compared} hashes equal");
    Ok(())
}
