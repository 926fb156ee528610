//! The lobby's functions: what the bins in `src/bin` wire up, testable without a Lambda runtime.
//!
//! A bin starts the log, reads its configuration, makes its clients once and hands each invocation to one of
//! [`handlers`]. HTTP handlers take API Gateway HTTP API events and always answer; every error they give is a problem
//! document ([`respond::Problem`]). Socket handlers take API Gateway WebSocket API events. The rest take small JSON
//! events from the bridge or a schedule.
//!
//! `fixtures/` has an event for each, to try one by hand against a Redis: `JWT_SECRET=skirmish-fixtures-only-0123456789abcdef
//! CONNECTIONS_URL=http://127.0.0.1:9/ cargo lambda watch`, then `cargo lambda invoke queue-join --data-file
//! functions/fixtures/queue-join.json`.

pub mod app;
pub mod auth;
pub mod config;
pub mod handlers;
pub mod idempotency;
pub mod log;
pub mod name;
pub mod programs;
pub mod push;
pub mod request;
pub mod respond;
pub mod serve;
pub mod socket;

pub use app::App;
pub use config::{Config, Needs};
