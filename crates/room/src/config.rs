//! Configuration, errors and counters of a room.

use game::{BadState, GAME_TEXT_BYTES_MAX, Game, Settings, ShownError};
use protocol::Player;

/// The properties of a room that are fixed when a relay claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomConfig {
    /// The room's id in the lobby.
    pub room_id: String,
    /// The epoch of this relay's ownership.
    pub epoch: u64,
    /// The seed of the match's random numbers.
    pub seed: u64,
    /// The settings of the game.
    pub settings: Settings,
    /// The match starts when all players are connected, or after this many frames (1/60 s).
    pub grace_frames: u32,
}

/// Why a room cannot be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// No players, or more players than the game has seats.
    #[error("a room of this game has 1 to {most} players, not {players}")]
    Players {
        /// How many players it should have.
        players: usize,
        /// The most players of the game.
        most: u8,
    },
    /// A player has two seats.
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

/// Why a room cannot continue: its game breaks a limit of its schema, and no client could read the
/// state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the game `{game}` broke a limit at tick {tick}: {error}")]
pub struct Fault {
    /// The name of the game.
    pub game: &'static str,
    /// The tick whose state breaks the limit.
    pub tick: u32,
    /// The limit, and what exceeds it.
    pub error: ShownError,
}

/// Why a message had no effect. It is counted, and never a reason to close the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The input arrived after its tick.
    #[error("the tick was simulated already")]
    Late,
    /// The input arrived too long before its tick.
    #[error("the tick is more than 64 ahead")]
    Early,
    /// More game messages than [`crate::CHAT_PER_SECOND`], or more commands than
    /// [`crate::COMMANDS_PER_SECOND`].
    #[error("too many messages of the game's own")]
    Flood,
    /// The game declares no command of this name.
    #[error("no such command")]
    UnknownCommand,
    /// The arguments are not those that the game declares.
    #[error("the command has other arguments")]
    BadArguments,
    /// Nothing is simulated for this seat.
    #[error("the match has not begun, or is over")]
    NotRunning,
}

/// Counters since the room was created; the relay adds them up for `/metrics`.
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
    pub queues_overflowed: u64,
    /// Replays that were dropped because no checkpoint saved them in time ([`crate::UNSAVED_BYTES_MAX`]).
    pub replays_given_up: u64,
}

/// Checks the number of players, duplicate players, the lengths of their texts and the game's
/// settings.
pub(crate) fn check<G: Game>(config: &RoomConfig, players: &[Player]) -> Result<(), RoomError> {
    let most = *G::SEATS.end();
    if players.is_empty() || players.len() > usize::from(most) {
        let players = players.len();
        return Err(RoomError::Players { players, most });
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
