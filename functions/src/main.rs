//! `functions`: all functions in one program. It runs the function whose name it is started under:
//! `ln -s functions queue-join && ./queue-join`.

use std::process::ExitCode;

use functions::programs::{ALL, Program};

fn main() -> ExitCode {
    let started_as = std::env::args_os().next().unwrap_or_default();
    let Some(program) = Program::named(started_as.as_ref()) else {
        let names = ALL.map(|program| program.name).join(", ");
        eprintln!("start this program under the name of a function: {names}");
        return ExitCode::FAILURE;
    };
    match program.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", program.name);
            ExitCode::FAILURE
        }
    }
}
