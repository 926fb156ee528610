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
/// The same code runs in the relay, in a browser and in bots, bit for bit. So: no floats, no clock
/// and no hashed containers in the state, and every random number from a [`crate::Random`] inside
/// it.
pub trait Game: State {
    /// The name in URLs, logs and settings of pools: `arena`.
    const NAME: &'static str;
    /// The settings, at most [`crate::SETTINGS_MAX`].
    const SETTINGS: &'static [Setting] = &[];
    /// Constants that a client draws with: name and value, lengths in px, speeds in px/s.
    const CONSTANTS: Constants;

    /// Ticks a second. A length of time in the state is in ticks: that of a setting in seconds is
    /// `seconds * Self::RATE.ticks_per_second()`.
    ///
    /// A match of [`Rate::OnCommand`] steps when a command was applied, when a player's presence
    /// changed, and when a timer ends. In between, each timer of the state counts down by itself
    /// ([`State::pass`]), and nothing else may happen: a step without any of these changes nothing.
    /// Such a game has no inputs.
    const RATE: Rate = Rate::HZ60;

    /// How many players a match has, within 1 to [`crate::SEATS_MAX`]. The pool or the room that a
    /// match comes from has a range within this one.
    const SEATS: RangeInclusive<u8> = 1..=5;

    /// Whether [`Game::sees`] hides anything. Then each player has snapshots of their own, which the
    /// server encodes one by one.
    const HIDES: bool = false;

    /// Whether a client draws the other players where its prediction has them, at the time of its
    /// own player, and not where the server showed them a moment ago. The step of such a game moves
    /// the others in a prediction, too, by what they did last
    /// ([`Players::others`](crate::Players::others)). For games in which players push each other.
    const PREDICTS_OTHERS: bool = false;

    /// What a player holds in each tick: the schema of a type that [`input!`](crate::input)
    /// declares.
    const INPUT: &'static InputSchema = Pad::SCHEMA;

    /// The kinds of commands, at most [`crate::command::COMMANDS_MAX`].
    const COMMANDS: &'static [CommandKind] = &[];

    /// The names of the stats that a player's result has beside the score, at most
    /// [`crate::STATS_MAX`]: `laps`.
    const STATS: &'static [&'static str] = &[];

    /// A fresh match of these players. The settings are in range. A client's roster has the seats
    /// only.
    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self;

    /// A player becomes part of the match: on a free seat, or on one whose player left.
    fn join(&mut self, member: &Member) {
        self.show_join(member);
    }

    /// A seat is given up for good: it is out, but keeps its score.
    fn leave(&mut self, seat: Seat) {
        self.show_out(seat);
    }

    /// A player's connection is lost or back. Inputs of an absent player are neutral.
    fn set_away(&mut self, seat: Seat, away: bool) {
        self.show_away(seat, away);
    }

    /// The seats that a player may take while the match runs: join in progress. Seats that have a
    /// player who did not leave are ignored, and the pool has to allow late joins. A seat that a
    /// player left may be taken by another one; [`Game::join`] then starts it again.
    fn accepts(&self) -> Seats {
        Seats::NONE
    }

    /// A player requests something once. Called before the step of a tick, in the order in which
    /// the commands arrived. A refused command changes nothing.
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

    /// Whether the player is in the world now.
    fn is_alive(&self, seat: Seat) -> bool {
        self.is_in(seat)
    }

    /// Whether this player may know about a subject now: another player, or an entity. Only called
    /// if [`Game::HIDES`]; a player always knows about themself. What a player may not know is left
    /// out of their snapshots, and of everything that is not a player's.
    fn sees(&self, _viewer: Seat, _subject: Subject<'_>) -> bool {
        true
    }

    /// How much a subject matters to a player now: another player, or an entity. In a game whose
    /// [`Game::SEATS`] end at 17 or more, the snapshots have a limit of bytes. If more than that
    /// has changed, a subject of relevance 4 is sent four times as often as one of relevance 1. 0
    /// counts as 1: to hide a subject, use [`Game::sees`].
    fn relevance(&self, _viewer: Seat, _subject: Subject<'_>) -> u8 {
        1
    }

    /// A player's pose, for [`Past`]; None when the player is not in the world, or the game never
    /// rewinds. Coordinates are below 2^20.
    fn pose(&self, _seat: Seat) -> Option<Pose> {
        None
    }
}

/// What a player may know about, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// Another player.
    Seat(Seat),
    /// An entity, as the view shows it.
    Entity(Entity<'a>),
}

/// Who steps, and so which results a step may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The room: everything is decided.
    Authority,
    /// A client predicting its own seat: only that seat moves and shoots, and no hit, score or
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

/// What a step gets beside the state.
#[derive(Debug)]
pub struct Step<'a> {
    /// The tick the state shows after the step; a fresh match shows 0.
    pub tick: u32,
    /// The inputs by seat; a seat beyond them holds nothing.
    pub inputs: &'a [SeatInput],
    /// [`Game::INPUT`].
    pub input_schema: &'static InputSchema,
    /// Who steps.
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

    /// What a player holds, as the game's type of input.
    ///
    /// # Panics
    /// Where debug assertions are on, as in a game's tests: when the game does not have this input
    /// as [`Game::INPUT`].
    pub fn input<I: InputFields>(&self, seat: Seat) -> I {
        debug_assert!(
            I::SCHEMA == self.input_schema,
            "the game needs `const INPUT: &'static InputSchema = {}::SCHEMA`",
            core::any::type_name::<I>()
        );
        I::from(self.seat_input(seat).input)
    }

    /// What a player holds, and how far in the past they saw the others.
    pub fn seat_input(&self, seat: Seat) -> SeatInput {
        self.inputs.get(seat.index()).copied().unwrap_or_default()
    }
}
