//! The determinism check on this machine: `cargo run -p wasm --example determinism_check -- arena 7
//! 1000000`. The tests of `web/sdk` compare the result with that of the WebAssembly.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, seed, ticks] = arguments.as_slice() else {
        eprintln!("usage: determinism_check GAME SEED TICKS");
        return ExitCode::FAILURE;
    };
    let (Some(game), Ok(seed), Ok(ticks)) =
        (wasm::find(name.as_bytes()), seed.parse(), ticks.parse())
    else {
        eprintln!("no such game, or no numbers");
        return ExitCode::FAILURE;
    };
    println!("{}", (game.determinism_check)(seed, ticks));
    ExitCode::SUCCESS
}
