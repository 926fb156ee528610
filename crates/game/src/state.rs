//! The parts of a game's state, and the macro that derives it from one list of fields.

mod entities;
mod fields;
mod macros;
mod players;
mod save;

use alloc::vec::Vec;

pub use entities::{Entities, EntityFields, Evaluated, Spawned, evaluated};
pub use fields::{Fields, Number};
pub use fields::{
    Numbers, NumbersMut, from_shown, kind, kind_index, kinds, kinds_len, private, restore_number,
    shown, shown_len, to_shown,
};
pub use players::Players;
pub use save::Save;

use crate::{BadState, Entity, Member, Reader, Schema, Seat, Values, View};

/// The state of a match: its visible part, and its saved form.
/// [`state!`](crate::state) derives it from a list of fields. Implement it by hand for a game whose
/// state needs more.
pub trait State: Clone + Send + 'static {
    /// The schema of the visible values and the events.
    const SCHEMA: &'static Schema;

    /// Fills `view.match_values`, `view.seats` and `view.entities`; all are empty before.
    fn read(&self, view: &mut View);

    /// Loads a view in a client; the rest of the state is unchanged. Values fit their bits, but may
    /// still be out of range.
    fn load(&mut self, view: &View) -> Result<(), BadState>;

    /// The fields of an entity whose kind does not change, at a tick not before its own. A game
    /// whose entities do not move keeps the default.
    fn evaluate(entity: &Entity<'_>, _tick: u32) -> Values {
        entity.fields()
    }

    /// Passes this many ticks: each timer counts down. Only called in a game of
    /// [`Rate::OnCommand`](crate::Rate::OnCommand), with at most [`State::due_in`]
    /// ticks.
    fn pass(&mut self, _ticks: u32) {}

    /// Ticks until the first timer ends; None if no timer runs.
    fn due_in(&self) -> Option<u32> {
        None
    }

    /// Sets the visible sign of a lost connection. The macro sets the player's flag with the name
    /// `away`, if there is one.
    fn show_away(&mut self, _seat: Seat, _away: bool) {}

    /// Adds a player on this seat, unless the seat has a player who did not leave. The macro follows `seats(Player, start)`.
    fn show_join(&mut self, _member: &Member) {}

    /// Marks a player who gives up the seat. The macro sets the player's flag with the name `out`,
    /// if there is one.
    fn show_out(&mut self, _seat: Seat) {}

    /// Whether the seat has a player who has not given it up. The default is true.
    fn is_in(&self, _seat: Seat) -> bool {
        true
    }

    /// Appends the complete state, settings and random generator included.
    fn save(&self, out: &mut Vec<u8>);

    /// Restores the bytes of [`State::save`]. Invalid bytes are an error, never a panic.
    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState>;
}
