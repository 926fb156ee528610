//! The `skirmishctl` binary.

use std::io::{ErrorKind, stdout};
use std::process::ExitCode;

use clap::Parser;
use skirmishctl::{Cli, run};

fn main() -> ExitCode {
    match run(&Cli::parse(), &mut stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // Its reader has read enough: `skirmishctl rooms | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("skirmishctl: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
