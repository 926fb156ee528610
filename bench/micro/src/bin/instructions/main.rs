//! Counts the instructions of a room's tick under valgrind, and compares them with the committed figures.
//!
//! `cargo run -p micro --profile counted` compares; with `-- --renew` it commits to the new figures.

mod callgrind;
mod figures;
mod play;

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use callgrind::Instructions;
use figures::{Figures, GROWTH_PERCENT_MAX};

/// Counts, compares, and exits with an error if a part grew too much.
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match *words.as_slice() {
        [] => compare(),
        ["--renew"] => renew(),
        [play::WORD] => {
            play::run();
            Ok(())
        }
        _ => Err(anyhow::anyhow!("it takes nothing, or --renew")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> Result<()> {
    let before = Figures::read()?;
    let now = count()?;
    println!("{}", now.table(&before));
    if before.machine != now.machine {
        println!(
            "not compared: the committed figures are of {}",
            before.machine
        );
        return Ok(());
    }
    let is_same_compiler = before.compiler == now.compiler;
    if !is_same_compiler {
        println!(
            "the committed figures are of {}, these of {}",
            before.compiler, now.compiler
        );
    }
    let grown = now.grown_since(&before);
    if grown.is_empty() {
        return Ok(());
    }
    let blame = if is_same_compiler {
        "find out why"
    } else {
        "the other compiler may be why"
    };
    bail!(
        "over {GROWTH_PERCENT_MAX} % more instructions in: {}; {blame}, or commit to it: {}",
        grown.join(", "),
        figures::RENEW
    )
}

fn renew() -> Result<()> {
    let now = count()?;
    let before = Figures::read().unwrap_or_else(|_| now.clone());
    println!("{}", now.table(&before));
    now.write()
}

fn count() -> Result<Figures> {
    let counted = callgrind::count(play::WORD)?;
    let per_tick = |part: &str| counted.of(part) / f64::from(play::PLAYER_TICKS);
    Ok(Figures {
        compiler: compiler()?,
        machine: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        parts: Instructions::parts()
            .map(|part| (part.to_owned(), per_tick(part)))
            .collect(),
    })
}

/// The version of the compiler that cargo uses here.
fn compiler() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .arg("--version")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .context("cannot run rustc")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
