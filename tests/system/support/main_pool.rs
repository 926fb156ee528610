//! The pool that pages and plain programs play in, for one story: nobody else is there.

use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::system::{self, Options, System};

/// Who tells a story in a deployment's `main`.
static TURN: Mutex<()> = Mutex::new(());

/// A system whose `main` is one story's own.
pub struct MainPool {
    system: System,
    /// Given back when the bots have left.
    _turn: Option<MutexGuard<'static, ()>>,
}

impl MainPool {
    /// So many bots wait in it for whoever joins. Matches take so long, but as long as they do in a deployment.
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
