//! The lobby's functions, testable without a Lambda runtime; the programs in `src/bin` run them.
//!
//! A program starts the log, reads its configuration, makes its clients once and passes each
//! invocation to one of [`handlers`]. HTTP handlers take events of API Gateway's HTTP API and
//! always answer; every error is a problem document ([`respond::Problem`]). Socket handlers take
//! events of API Gateway's WebSocket API. The others take small JSON events from the bridge or a
//! schedule.
//!
//! `fixtures/` has an event for each, to try one by hand against a Redis:
//! `JWT_SECRET=skirmish-fixtures-only-0123456789abcdef CONNECTIONS_URL=http://127.0.0.1:9/ cargo
//! lambda watch`, then `cargo lambda invoke queue-join --data-file
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
pub mod traces;

pub use app::App;
pub use config::{Config, Needs};
