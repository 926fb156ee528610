//! What `cargo xtask` does, as a library: [`stack`] runs the whole system on this machine, for `up` and for the tests.

pub mod builds;
pub mod command;
pub mod install;
pub mod interrupt;
pub mod stack;
pub mod test;
pub mod up;
