//! Commands: reliable one-time requests of a player, which the game may refuse.

use alloc::string::String;

use crate::event::ARGS_MAX;

/// The maximum number of command kinds of a game.
pub const COMMANDS_MAX: usize = 64;
/// The maximum length of a command's text, characters.
pub const TEXT_CHARS_MAX: usize = 200;

/// A kind of command, as [`crate::Game::COMMANDS`] declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandKind {
    /// The name that clients use: `play_card`.
    pub name: &'static str,
    /// The names of its arguments, at most six. All of them are integers.
    pub args: &'static [&'static str],
    /// Whether it has a text of at most [`TEXT_CHARS_MAX`] characters.
    pub has_text: bool,
}

impl CommandKind {
    /// A command with these arguments, and no text.
    pub const fn new(name: &'static str, args: &'static [&'static str]) -> Self {
        Self {
            name,
            args,
            has_text: false,
        }
    }

    /// The same command with a text.
    #[must_use]
    pub const fn with_text(self) -> Self {
        Self {
            has_text: true,
            ..self
        }
    }
}

/// A command of a player. Its numbers come from outside and may be any integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Index into [`crate::Game::COMMANDS`].
    pub kind: u8,
    /// The arguments in the order of the kind; the rest is 0.
    pub args: [i64; ARGS_MAX],
    /// The text; empty for a command without one.
    pub text: String,
}

impl Command {
    /// A command of this kind, with these arguments (at most six) and no text.
    pub fn new(kind: u8, args: &[i64]) -> Self {
        let mut command = Self {
            kind,
            args: [0; ARGS_MAX],
            text: String::new(),
        };
        for (slot, &arg) in command.args.iter_mut().zip(args) {
            *slot = arg;
        }
        command
    }
}

/// Why a game refuses a command. Clients get the reason: `not_your_turn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused: {0}")]
pub struct Refusal(pub &'static str);
