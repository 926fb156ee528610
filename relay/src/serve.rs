//! A game server as a process: starts it, serves until a signal or a hanging game ends it, and returns how it ended.

use edge::StopSignals;

use crate::config::Config;
use crate::games::GameEntry;
use crate::server::{GameServer, StartError};

/// `EX_SOFTWARE` of `sysexits.h`: an internal error of the program.
const EXIT_HUNG: u8 = 70;

/// How a server ended. In both cases its rooms were handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By a signal or by an operator.
    Stopped,
    /// A game does not return from its code: the supervisor must start a new process.
    Hung,
}

impl Ended {
    /// Exit code for the process's supervisor.
    pub fn code(self) -> u8 {
        match self {
            Self::Stopped => 0,
            Self::Hung => EXIT_HUNG,
        }
    }
}

/// Serves these games until SIGTERM, SIGINT, a drain by an operator, or a game that does not return.
///
/// # Errors
/// When it cannot start.
pub async fn serve(games: &'static [GameEntry], config: Config) -> Result<Ended, StartError> {
    let mut stops = StopSignals::new().map_err(StartError::Signals)?;
    let server = tokio::select! {
        server = GameServer::start(games, config) => server?,
        () = stops.next() => return Ok(Ended::Stopped),
    };
    let ended = tokio::select! {
        () = stops.next() => Ended::Stopped,
        () = server.asked_to_drain() => Ended::Stopped,
        () = server.hung() => Ended::Hung,
    };
    // A second signal ends the process immediately.
    tokio::select! {
        () = server.shutdown() => {}
        () = stops.next() => {}
    }
    Ok(ended)
}
