//! The client half of a match for a browser: [`netclient`] and the games, called over linear
//! memory.
//!
//! One instance plays one match. Texts and frames pass through one buffer, numbers through another.
//! [`exports`] documents their layout; `web/sdk/src/engine.ts` is the caller.

mod describe;
mod determinism_check;
pub mod exports;
mod games;
mod input;
mod numbers;
mod play;
mod watch;

pub use determinism_check::determinism_check;
pub use games::Entry;
#[cfg(not(target_arch = "wasm32"))]
pub use games::find;
pub use watch::Recorded;
