//! What `cargo xtask` does, as a library: [`stack`] runs the whole system on this machine, for `up` and for the tests.

pub mod bench;
pub mod bots;
pub mod builds;
pub mod chaos;
pub mod check;
pub mod client;
pub mod command;
pub mod cost;
pub mod follow;
pub mod games;
pub mod install;
pub mod interrupt;
pub mod netcode;
pub mod new_game;
pub mod replay;
pub mod sbom;
pub mod stack;
pub mod supervisor;
pub mod test;
pub mod up;
pub mod versions;
pub mod watch;
