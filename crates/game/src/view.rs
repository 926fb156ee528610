//! A game's visible values at one tick, as its schema describes them. Snapshots encode views.

use alloc::vec::Vec;

use crate::{EntityLists, FIELDS_MAX, Field, Fields, Schema, Seat, Seats};

/// Values in the order of a schema's fields; the rest is 0.
pub type Values = [u32; FIELDS_MAX];

/// A game's visible state at a tick. It is created once and filled repeatedly.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The tick of the state.
    pub tick: u32,
    /// The values of the match fields; omitted ones are 0.
    pub match_values: Vec<u32>,
    seats: Seats,
    /// The values of every seat, seat 0 first; undefined for a seat that is not in `seats`.
    values: Vec<u32>,
    /// The number of values per seat.
    width: usize,
    /// The entities, at most [`crate::ENTITIES_MAX`].
    pub entities: EntityLists,
}

impl View {
    /// An empty view of this tick.
    pub fn at(tick: u32) -> Self {
        Self {
            tick,
            ..Self::default()
        }
    }

    /// Clears it and keeps its memory.
    pub fn clear(&mut self) {
        self.tick = 0;
        self.match_values.clear();
        self.seats = Seats::NONE;
        self.entities.clear();
    }

    /// The seats that are part of the match, including those of players who left.
    pub const fn seats(&self) -> Seats {
        self.seats
    }

    /// A seat's values, in the order of the schema's fields; values beyond the slice
    /// are 0.
    #[inline]
    pub fn seat(&self, seat: Seat) -> Option<&[u32]> {
        if self.seats.contains(seat) {
            let at = seat.index() * self.width;
            self.values.get(at..at + self.width)
        } else {
            None
        }
    }

    /// A seat's values.
    #[inline]
    pub fn seat_mut(&mut self, seat: Seat) -> Option<&mut [u32]> {
        if self.seats.contains(seat) {
            let at = seat.index() * self.width;
            self.values.get_mut(at..at + self.width)
        } else {
            None
        }
    }

    /// Every seat with its values, in order.
    pub fn seat_values(&self) -> impl Iterator<Item = (Seat, &[u32])> {
        self.seats.iter().map(|seat| {
            let at = seat.index() * self.width;
            (seat, &self.values[at..at + self.width])
        })
    }

    /// The visible part of the player on this seat: hidden fields have their defaults.
    pub fn player<P: Fields + Default>(&self, seat: Seat) -> Option<P> {
        let mut player = P::default();
        player.set_values(self.seat(seat)?);
        Some(player)
    }

    /// The visible parts of all players, in the order of their seats.
    pub fn players<P: Fields + Default>(&self) -> impl Iterator<Item = P> {
        self.seats.iter().filter_map(|seat| self.player(seat))
    }

    /// Sets the private fields of all seats except the viewer's to 0. Without a viewer, those of all
    /// seats.
    pub fn hide(&mut self, schema: &Schema, viewer: Option<Seat>) {
        if schema.private == 0 {
            return;
        }
        let others = self.seats.iter().filter(|&seat| Some(seat) != viewer);
        for seat in others {
            for (at, value) in self.seat_mut(seat).into_iter().flatten().enumerate() {
                if schema.private >> at & 1 == 1 {
                    *value = schema.seat.get(at).map_or(0, Field::zero);
                }
            }
        }
    }

    /// Sets the match fields.
    pub fn show_match<M: Fields>(&mut self, of: &M) {
        self.match_values.resize(M::FIELDS.len(), 0);
        of.put_values(&mut self.match_values);
    }

    /// Sets the player on a seat.
    pub fn show_player<P: Fields>(&mut self, seat: Seat, player: &P) {
        player.put_values(self.show_any(seat, P::FIELDS.len()));
    }

    /// Sets the values of a seat.
    pub fn show(&mut self, seat: Seat, fields: &[u32]) {
        let values = self.show_any(seat, fields.len());
        for (value, field) in values.iter_mut().zip(fields) {
            *value = *field;
        }
    }

    /// Adds a seat, and returns its values, which the caller must set: at least the first `fields` of them. The
    /// others are 0.
    #[inline]
    pub fn show_any(&mut self, seat: Seat, fields: usize) -> &mut [u32] {
        if fields > self.width {
            self.widen(fields);
        }
        let at = seat.index() * self.width;
        if self.values.len() < at + self.width {
            self.grow(at + self.width);
        }
        self.seats.set(seat, true);
        let values = &mut self.values[at..at + self.width];
        if fields < values.len() {
            values[fields..].fill(0);
        }
        values
    }

    /// Removes a seat from the view.
    pub fn remove(&mut self, seat: Seat) {
        self.seats.set(seat, false);
    }

    #[cold]
    fn grow(&mut self, len: usize) {
        self.values.resize(len, 0);
    }

    /// Increases the number of values per seat.
    #[cold]
    fn widen(&mut self, width: usize) {
        let old = core::mem::take(&mut self.values);
        self.values.resize(self.seats.span() * width, 0);
        for seat in self.seats.iter() {
            let (from, to) = (seat.index() * self.width, seat.index() * width);
            self.values[to..to + self.width].copy_from_slice(&old[from..from + self.width]);
        }
        self.width = width;
    }
}

impl PartialEq for View {
    fn eq(&self, other: &Self) -> bool {
        self.tick == other.tick
            && self.seats == other.seats
            && is_same(&self.match_values, &other.match_values)
            && self.entities == other.entities
            && (self.seat_values().zip(other.seat_values()))
                .all(|((_, values), (_, others))| is_same(values, others))
    }
}

impl Eq for View {}

/// Whether these values are the same; omitted values are 0.
fn is_same(values: &[u32], others: &[u32]) -> bool {
    let shared = values.len().min(others.len());
    let rest = values[shared..].iter().chain(&others[shared..]);
    values[..shared] == others[..shared] && rest.into_iter().all(|&value| value == 0)
}
