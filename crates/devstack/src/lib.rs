//! A private Skirmish system on this machine: starts, supervises and stops every part of
//! production.
//!
//! `cargo xtask up`, the system tests, the fault runs and the benchmarks start a [`Stack`]. No
//! deployed program imports this crate.

pub mod builds;
pub mod command;
pub mod http;
pub mod install;
pub mod interrupt;
pub mod log_line;
pub mod metrics;
pub mod nginx;
pub mod process;
pub mod redis;
pub mod supervisor;

mod functions;
mod stack;
mod versions;

pub use stack::{Backend, Detour, Ended, Redis, Region, Service, Stack, StackConfig, random_key};
