//! The engine of one game, for browsers: `cargo rustc -p wasm --bin engine --target
//! wasm32-unknown-unknown --profile wasm -- --cfg arena`. `web/scripts/wasm.mjs` runs this for each
//! game of the registry.
#![allow(unexpected_cfgs, reason = "games are chosen by their names")]
#![allow(unsafe_code, reason = "of `no_mangle` alone: see `wasm::exports`")]
#![cfg_attr(target_arch = "wasm32", no_main)]

use wasm::{Entry, exports};

/// `None` if no game is chosen; each call is then rejected.
static GAME: Option<Entry> = registry::chosen_game!(Entry);

/// An allocator with half the code size of the standard library's.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Must be the first call.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn start() {
    exports::start(GAME.as_ref());
}

/// On other targets the program does nothing; it compiles so that each build checks it.
#[cfg(not(target_arch = "wasm32"))]
fn main() {
    start();
}
