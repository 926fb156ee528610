//! What a game's state is made of, and the macro that writes it from one list of fields.

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

/// The parts of a match's state: what clients see of it, and how it is saved.
/// [`state!`](crate::state) writes it from a list of fields; a game whose state needs more
/// implements it.
pub trait State: Clone + Send + 'static {
    /// The values the game shows, and its events.
    const SCHEMA: &'static Schema;

    /// Fills `view.match_values`, `view.seats` and `view.entities`; all are empty before.
    fn read(&self, view: &mut View);

    /// Takes over what a view shows, in a client; the rest stays. Values fit their bits, but may
    /// still be out of range.
    fn load(&mut self, view: &View) -> Result<(), BadState>;

    /// The fields of an entity whose kind does not change, at a tick not before its own. A game
    /// whose entities stand still keeps this.
    fn evaluate(entity: &Entity<'_>, _tick: u32) -> Values {
        entity.fields()
    }

    /// This many ticks pass: each timer counts down. Called in a game of
    /// [`Rate::OnCommand`](crate::Rate::OnCommand) only; the ticks are never more than
    /// [`State::due_in`] says.
    fn pass(&mut self, _ticks: u32) {}

    /// Ticks until the first timer ends; None while none runs.
    fn due_in(&self) -> Option<u32> {
        None
    }

    /// Sets what clients see of a lost connection. The macro sets the player's flag with the name
    /// `away`, if there is one.
    fn show_away(&mut self, _seat: Seat, _away: bool) {}

    /// Adds a player on this seat, unless it has one who did not leave. The macro adds what `seats(Player, start)` says.
    fn show_join(&mut self, _member: &Member) {}

    /// Marks a player who gives up the seat. The macro sets the player's flag with the name `out`,
    /// if there is one.
    fn show_out(&mut self, _seat: Seat) {}

    /// Whether the seat has a player who has not given it up. A state by hand says yes.
    fn is_in(&self, _seat: Seat) -> bool {
        true
    }

    /// Appends the whole state, settings and random generator included.
    fn save(&self, out: &mut Vec<u8>);

    /// Reads what [`State::save`] wrote. Invalid bytes are an error, never a panic.
    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState>;
}
