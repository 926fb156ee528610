//! Exclusive use of the pool `main`, in which pages and third-party clients play.

use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::system::{self, Options, System};

/// The lock of a deployment's `main`.
static TURN: Mutex<()> = Mutex::new(());

/// A system whose `main` is used by one test only.
pub struct MainPool {
    system: System,
    /// Released when the bots have left.
    _turn: Option<MutexGuard<'static, ()>>,
}

impl MainPool {
    /// Opens it with bots that wait for players. `match_seconds` does not apply to a deployment.
    pub fn open(match_seconds: u32, bots: u32) -> Self {
        let turn =
            system::deployment().map(|_| TURN.lock().unwrap_or_else(PoisonError::into_inner));
        let system = if turn.is_some() {
            System::deployed()
        } else {
            System::start(Options {
                pools: r#"{"main":{"countdown_ms":1000}}"#.to_owned(),
                settings: format!(r#"{{"match_seconds":{match_seconds}}}"#),
                ..Options::default()
            })
        };
        let mut pool = Self {
            system,
            _turn: turn,
        };
        if bots > 0 {
            pool.system.add_bots(bots);
        }
        pool
    }
}

impl Deref for MainPool {
    type Target = System;

    fn deref(&self) -> &System {
        &self.system
    }
}
