//! Shared test support: private Redis servers, free ports, and waiting for a condition.
//!
//! Only tests, benches and `devstack` import this crate. It has no dependencies.

mod ports;
pub mod redis;
mod wait;

pub use ports::{PortBlock, free_port, is_free};
pub use redis::{Node, Redis};
pub use wait::{PATIENCE, eventually};
