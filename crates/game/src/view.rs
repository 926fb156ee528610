//! A game's values at one tick, as its schema describes them. Snapshots are made of views.

use crate::{EntityLists, FIELDS_MAX, Field, Fields, SEATS_MAX, Schema, Seat};

/// Values in the order of a schema's fields; the rest is 0.
pub type Values = [u32; FIELDS_MAX];

/// A game's visible state at a tick. Made once and filled again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The tick it shows.
    pub tick: u32,
    /// Those of the match itself.
    pub match_values: Values,
    /// Every seat that is part of the match; one that left stays.
    pub seats: [Option<Values>; SEATS_MAX],
    /// At most [`crate::ENTITIES_MAX`].
    pub entities: EntityLists,
}

impl View {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.tick = 0;
        self.match_values = Values::default();
        // Not the values: to write an array of `None` copies them too.
        for seat in &mut self.seats {
            *seat = None;
        }
        self.entities.clear();
    }

    /// The player on this seat, as far as it is shown: hidden fields have their defaults.
    pub fn player<P: Fields + Default>(&self, seat: Seat) -> Option<P> {
        let mut player = P::default();
        player.set_values(self.seats[seat.index()].as_ref()?);
        Some(player)
    }

    /// All players, in the order of their seats, as far as they are shown.
    pub fn players<P: Fields + Default>(&self) -> impl Iterator<Item = P> {
        Seat::all().filter_map(|seat| self.player(seat))
    }

    /// Sets the private fields of every other seat to 0. `viewer` is who gets the view; None:
    /// nobody of the match.
    pub fn hide(&mut self, schema: &Schema, viewer: Option<Seat>) {
        let others = Seat::all().filter(|&seat| Some(seat) != viewer);
        for seat in others.take_while(|_| schema.private != 0) {
            for (at, value) in self.seats[seat.index()].iter_mut().flatten().enumerate() {
                if schema.private >> at & 1 == 1 {
                    *value = schema.seat.get(at).map_or(0, Field::zero);
                }
            }
        }
    }

    /// Shows this player on a seat.
    pub fn show_player(&mut self, seat: Seat, player: &impl Fields) {
        self.seats[seat.index()] = Some(player.values());
    }

    /// Shows a seat with these fields.
    pub fn show(&mut self, seat: Seat, fields: &[u32]) {
        let values = self.seats[seat.index()].insert(Values::default());
        fill(values, fields);
    }
}

/// Sets the first values.
fn fill(values: &mut Values, first: &[u32]) {
    for (slot, &value) in values.iter_mut().zip(first) {
        *slot = value;
    }
}
