//! The trait that every game implements. It contains nothing about networks.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::command::{Command, CommandKind, Refusal};
use crate::{
    Entity, Event, InputFields, InputSchema, Member, Pad, Past, Pose, Ranking, Rate, Roster, Seat,
    SeatInput, Seats, Setting, Settings, State,
};

/// Name and value of each constant of a game.
pub type Constants = &'static [(&'static str, u32)];

/// A game: the rules of an integer [`State`] that a deterministic [`Game::step`] advances by one
/// tick of its [`Game::RATE`].
///
/// The same code runs in the relay, in browsers and in bots, with bit-identical results. Therefore the state has no
/// floats, no clock and no hashed containers, and every random number comes from a [`crate::Random`] inside
/// the state.
pub trait Game: State {
    /// The name in URLs, logs and settings of pools: `arena`.
    const NAME: &'static str;
    /// The settings, at most [`crate::SETTINGS_MAX`].
    const SETTINGS: &'static [Setting] = &[];
    /// Constants for drawing: name and value, lengths in px, speeds in px/s.
    const CONSTANTS: Constants;

    /// The rate. Durations in the state are in ticks: that of a setting in seconds is
    /// `seconds * Self::RATE.ticks_per_second()`.
    ///
    /// A match of [`Rate::OnCommand`] steps when a command was applied, when a player's presence
    /// changed, and when a timer ends. In between, only the timers of the state count down
    /// ([`State::pass`]): a step without any of these events must change nothing.
    /// Such a game has no inputs.
    const RATE: Rate = Rate::HZ60;

    /// The range of the number of players of a match, within 1 to [`crate::SEATS_MAX`]. The range of the pool or room
    /// of a match lies within it.
    const SEATS: RangeInclusive<u8> = 1..=5;

    /// Whether [`Game::sees`] hides anything. Each player then gets individual snapshots, which the
    /// server encodes one by one.
    const HIDES: bool = false;

    /// Whether a client draws the other players at their predicted positions, at the time of its own player,
    /// instead of at past positions from snapshots. In a prediction, the step of such a game also
    /// moves the others, according to their last known movement
    /// ([`Players::others`](crate::Players::others)). This is for games in which players push each
    /// other.
    const PREDICTS_OTHERS: bool = false;

    /// The schema of the player's input in each tick, of a type that [`input!`](crate::input)
    /// declares.
    const INPUT: &'static InputSchema = Pad::SCHEMA;

    /// The kinds of commands, at most [`crate::command::COMMANDS_MAX`].
    const COMMANDS: &'static [CommandKind] = &[];

    /// The names of the stats in a player's result, in addition to the score, at most
    /// [`crate::STATS_MAX`]: `laps`.
    const STATS: &'static [&'static str] = &[];

    /// Creates a match of these players. The settings are in range. A client's roster has only the
    /// seats.
    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self;

    /// Adds a player to the match: on a free seat, or on the seat of a player who left.
    fn join(&mut self, member: &Member) {
        self.show_join(member);
    }

    /// Handles a player who gives up the seat permanently: they are out, but keep their score.
    fn leave(&mut self, seat: Seat) {
        self.show_out(seat);
    }

    /// Handles a lost or restored connection of a player. Inputs of an absent player are neutral.
    fn set_away(&mut self, seat: Seat, away: bool) {
        self.show_away(seat, away);
    }

    /// The seats that a player may take while the match runs (join in progress). Seats of
    /// players who did not leave are ignored, and the pool must allow late joins. If another player
    /// takes the seat of a player who left, [`Game::join`] resets it.
    fn accepts(&self) -> Seats {
        Seats::NONE
    }

    /// Applies or refuses a command of a player. Called before the step of a tick, in the order of
    /// arrival. A refused command must change nothing.
    fn command(&mut self, _seat: Seat, _command: &Command) -> Result<(), Refusal> {
        Err(Refusal("unknown_command"))
    }

    /// Advances the state by one tick.
    fn step(&mut self, step: Step<'_>);

    /// The result once the match is over. A match that all players have left ends without a winner.
    fn outcome(&self) -> Option<Ranking>;

    /// A player's stat of this name, once the match is over.
    fn stat(&self, _seat: Seat, _name: &str) -> i32 {
        0
    }

    /// Whether the player is in the world.
    fn is_alive(&self, seat: Seat) -> bool {
        self.is_in(seat)
    }

    /// Whether this player may know about a subject: another player, or an entity. Only called
    /// if [`Game::HIDES`]. Players always know about themselves. A hidden subject is left out of the
    /// player's snapshots. Public data contains only what is hidden from no player.
    fn sees(&self, _viewer: Seat, _subject: Subject<'_>) -> bool {
        true
    }

    /// The relevance of a subject to a player: another player, or an entity. In a game whose
    /// [`Game::SEATS`] end at 17 or more, snapshots have a size limit. If the changes exceed it,
    /// a subject of relevance 4 is sent four times as often as one of relevance 1. 0
    /// counts as 1; to hide a subject, use [`Game::sees`].
    fn relevance(&self, _viewer: Seat, _subject: Subject<'_>) -> u8 {
        1
    }

    /// A player's pose, for [`Past`]; None when the player is not in the world, or the game never
    /// rewinds. Coordinates are below 2^20.
    fn pose(&self, _seat: Seat) -> Option<Pose> {
        None
    }
}

/// Whether players of this game see different things.
pub const fn hides<G: Game>() -> bool {
    G::SCHEMA.private != 0 || G::HIDES
}

/// A subject of [`Game::sees`] and [`Game::relevance`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// Another player.
    Seat(Seat),
    /// An entity, as the view shows it.
    Entity(Entity<'a>),
}

/// Who runs the step, and thus which results it may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The room: everything is decided.
    Authority,
    /// A client that predicts its own seat. Only that seat moves and shoots, and no hit, score or
    /// respawn is decided.
    Predict(Seat),
}

impl Mode {
    /// Whether this step moves this seat.
    pub fn moves(self, seat: Seat) -> bool {
        match self {
            Self::Authority => true,
            Self::Predict(own) => own == seat,
        }
    }
}

/// The input of a step, in addition to the state.
#[derive(Debug)]
pub struct Step<'a> {
    /// The tick of the state after the step; a new match is at tick 0.
    pub tick: u32,
    /// The inputs by seat; the input of a missing seat is the default.
    pub inputs: &'a [SeatInput],
    /// [`Game::INPUT`].
    pub input_schema: &'static InputSchema,
    /// Who runs the step.
    pub mode: Mode,
    /// The poses after previous steps.
    pub past: &'a Past,
    /// Events are appended here.
    pub events: &'a mut Vec<Event>,
}

impl Step<'_> {
    /// Whether this step decides hits, scores and ends, which a prediction leaves to the server.
    pub fn decides(&self) -> bool {
        self.mode == Mode::Authority
    }

    /// The input of a player, as the game's type of input.
    ///
    /// # Panics
    /// If the type is not that of [`Game::INPUT`], where debug assertions are on, as in a game's
    /// tests.
    pub fn input<I: InputFields>(&self, seat: Seat) -> I {
        debug_assert!(
            I::SCHEMA == self.input_schema,
            "the game needs `const INPUT: &'static InputSchema = {}::SCHEMA`",
            core::any::type_name::<I>()
        );
        I::from(self.seat_input(seat).input)
    }

    /// The input of a player, with the view delay.
    pub fn seat_input(&self, seat: Seat) -> SeatInput {
        self.inputs.get(seat.index()).copied().unwrap_or_default()
    }
}
