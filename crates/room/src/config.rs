//! Configuration, errors and counters of a room.

use game::{BadState, GAME_TEXT_BYTES_MAX, Game, Settings, ShownError};
use protocol::Player;

/// What is fixed about a room when a relay claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomConfig {
    /// As the lobby names it.
    pub room_id: String,
    /// Which owner of the room this is.
    pub epoch: u64,
    /// Of the match's random numbers.
    pub seed: u64,
    /// Of the game.
    pub settings: Settings,
    /// The match starts when all are in, or after this many frames (1/60 s).
    pub grace_frames: u32,
}

/// Why a room cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// No players, or more than there are seats.
    #[error("a room seats 1 to 5 players, not {0}")]
    Players(usize),
    /// One player on two seats.
    #[error("player {0} is seated twice")]
    Twice(String),
    /// [`Player::game`] of a player is too long.
    #[error("the text for the game of player {0} has more than 256 bytes")]
    GameText(String),
    /// A setting that the game refuses.
    #[error("setting `{0}` is out of range")]
    Setting(&'static str),
    /// The saved bytes are not a room of this game.
    #[error(transparent)]
    Saved(#[from] BadState),
}

/// Why a room cannot go on: its game shows what its schema does not allow, and no client could read
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the game `{game}` broke a limit at tick {tick}: {error}")]
pub struct Fault {
    /// By name.
    pub game: &'static str,
    /// The tick that shows it.
    pub tick: u32,
    /// The limit, and what exceeds it.
    pub error: ShownError,
}

/// Why an input did nothing. Counted, never fatal by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It came after its tick.
    #[error("the tick was simulated already")]
    Late,
    /// It came too long before its tick.
    #[error("the tick is more than 64 ahead")]
    Early,
    /// More game messages than [`crate::CHAT_PER_SECOND`], or more commands than
    /// [`crate::COMMANDS_PER_SECOND`].
    #[error("too many messages of the game's own")]
    Flood,
    /// The game declares no command of this name.
    #[error("no such command")]
    UnknownCommand,
    /// A command needs other arguments.
    #[error("the command has other arguments")]
    BadArguments,
    /// Nothing is simulated for this seat.
    #[error("the match has not begun, or is over")]
    NotRunning,
}

/// What a room counts since it was made; the relay adds them up for `/metrics`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Inputs that a tick used.
    pub inputs_applied: u64,
    /// Inputs accepted for a future tick.
    pub inputs_taken: u64,
    /// Refused as [`Refused::Late`].
    pub inputs_late: u64,
    /// Refused as [`Refused::Early`].
    pub inputs_early: u64,
    /// Refused as [`Refused::NotRunning`].
    pub inputs_not_running: u64,
    /// Ticks of connected seats for which the last input was repeated.
    pub inputs_held: u64,
    /// Game messages that were passed on.
    pub messages: u64,
    /// Game messages that were refused, for any reason.
    pub messages_refused: u64,
    /// Commands that were accepted for a tick.
    pub commands: u64,
    /// Commands that were refused, by the room or by the game.
    pub commands_refused: u64,
    /// Snapshots sent.
    pub snapshots: u64,
    /// Connections closed because their reliable queue overflowed.
    pub lanes_overflowed: u64,
    /// Replays that were forgotten because nobody saved them ([`crate::UNSAVED_BYTES_MAX`]).
    pub replays_given_up: u64,
}

/// Checks the number of players, duplicate players, the lengths of their texts and the game's
/// settings.
pub(crate) fn check<G: Game>(config: &RoomConfig, players: &[Player]) -> Result<(), RoomError> {
    if players.is_empty() || players.len() > usize::from(*G::SEATS.end()) {
        return Err(RoomError::Players(players.len()));
    }
    for (seat, player) in players.iter().enumerate() {
        if players[..seat]
            .iter()
            .any(|other| other.player_id == player.player_id)
        {
            return Err(RoomError::Twice(player.player_id.clone()));
        }
        if player.game.len() > GAME_TEXT_BYTES_MAX {
            return Err(RoomError::GameText(player.player_id.clone()));
        }
    }
    match config.settings.check(G::SETTINGS) {
        Err(game::SettingsError::Range { name, .. }) => Err(RoomError::Setting(name)),
        _ => Ok(()),
    }
}
