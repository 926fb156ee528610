//! A game server as a process: starts it, serves until a signal or a hanging game ends it, and
//! returns how it ended.

use game::Game;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Config;
use crate::server::{GameServer, StartError};

/// As `sysexits.h` has it: an internal error of the program.
const EXIT_HUNG: u8 = 70;

/// How it ended. Its rooms were handed over either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A signal asked it to stop.
    Told,
    /// A game kept one of its threads for good: a new process is to be started.
    Hung,
}

impl Ended {
    /// Exit code for the process's supervisor.
    pub fn code(self) -> u8 {
        match self {
            Self::Told => 0,
            Self::Hung => EXIT_HUNG,
        }
    }
}

/// Serves this game until SIGTERM, SIGINT, or a game that does not return.
///
/// # Errors
/// When it cannot start.
pub async fn serve<G: Game + Send + 'static>(config: Config) -> Result<Ended, StartError> {
    let mut stops = Stops::new().map_err(StartError::Signals)?;
    let server = tokio::select! {
        server = GameServer::<G>::start(config) => server?,
        () = stops.next() => return Ok(Ended::Told),
    };
    let ended = tokio::select! {
        () = stops.next() => Ended::Told,
        () = server.hung() => Ended::Hung,
    };
    // A second signal ends the process at once.
    tokio::select! {
        () = server.shutdown() => {}
        () = stops.next() => {}
    }
    Ok(ended)
}

/// The signals that end it.
struct Stops {
    terminate: Signal,
    interrupt: Signal,
}

impl Stops {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
