//! The reference machine: random actions, drawn from a seed, done by the real scripts on a real Redis and by a reference in
//! memory, on a clock of the machine's. After each, both must have answered the same and hold the same.

mod action;
mod apply;
mod compare;
mod reference;
mod run;
mod work;
mod world;

pub use run::{Options, Report, any_seed, run};
