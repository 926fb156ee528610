//! Checks that a view and its events match the schema and its limits.

use crate::{ENTITIES_MAX, Entity, Event, Field, Schema, Seat, Values, View};

/// A violation of the schema by a game. Clients cannot decode such a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShownError {
    /// More than a view has room for.
    #[error("{0} entities are shown, more than {ENTITIES_MAX}")]
    Entities(usize),
    /// An entity of no kind.
    #[error("an entity of kind {kind} is shown, and the schema declares {declared} kinds")]
    EntityKind {
        /// The entity's.
        kind: u8,
        /// How many there are.
        declared: usize,
    },
    /// A value of the match that its field does not hold.
    #[error("the match: `{field}` is {value}, which does not fit into {bits} bits")]
    Match {
        /// By name.
        field: &'static str,
        /// What it is.
        value: u32,
        /// What the schema gives it.
        bits: u8,
    },
    /// A value that its field does not hold.
    #[error("seat {}: `{field}` is {value}, which does not fit into {bits} bits", seat.index())]
    Seat {
        /// Whose.
        seat: Seat,
        /// By name.
        field: &'static str,
        /// What it is.
        value: u32,
        /// What the schema gives it.
        bits: u8,
    },
    /// An entity's value that its field does not hold.
    #[error("`{entity}` of seat {}: `{field}` is {value}, which does not fit into {bits} bits", seat.index())]
    Entity {
        /// The entity's kind, by name.
        entity: &'static str,
        /// Whose.
        seat: Seat,
        /// By name.
        field: &'static str,
        /// What it is.
        value: u32,
        /// What the schema gives it.
        bits: u8,
    },
    /// An event of no kind.
    #[error("an event of kind {kind} happened, and the schema declares {declared} kinds")]
    Event {
        /// The event's.
        kind: u8,
        /// How many there are.
        declared: usize,
    },
}

impl View {
    /// Its entities as they are shown: as many of the first ones as a snapshot has room for.
    /// Everything that shows a view shows these.
    pub fn shown(&self) -> &[Entity] {
        &self.entities[..self.entities.len().min(ENTITIES_MAX)]
    }
}

impl Schema {
    /// An error unless all of the view fits.
    #[inline]
    pub fn check(&self, view: &View) -> Result<(), ShownError> {
        if view.entities.len() > ENTITIES_MAX {
            return Err(ShownError::Entities(view.entities.len()));
        }
        if !fits(self.match_fields, &view.match_values) {
            return Err(self.match_error(&view.match_values));
        }
        for (seat, values) in Seat::all().zip(&view.seats) {
            if let Some(values) = values
                && !fits(self.seat, values)
            {
                return Err(self.seat_error(seat, values));
            }
        }
        for entity in &view.entities {
            let kind = self.entities.get(usize::from(entity.kind));
            if !kind.is_some_and(|kind| fits(kind.fields, &entity.values)) {
                return Err(self.entity_error(entity));
            }
        }
        Ok(())
    }

    /// An error unless each of the events is of a kind that is declared.
    pub fn check_events(&self, events: &[Event]) -> Result<(), ShownError> {
        let declared = self.events.len();
        let is_unknown = |event: &&Event| usize::from(event.kind) >= declared;
        let unknown = events.iter().find(is_unknown);
        unknown.map_or(Ok(()), |&Event { kind, .. }| {
            Err(ShownError::Event { kind, declared })
        })
    }

    #[cold]
    fn match_error(&self, values: &Values) -> ShownError {
        let (field, value) = misfit(self.match_fields, values);
        ShownError::Match {
            field: field.name,
            value,
            bits: field.bits,
        }
    }

    #[cold]
    fn seat_error(&self, seat: Seat, values: &Values) -> ShownError {
        let (field, value) = misfit(self.seat, values);
        ShownError::Seat {
            seat,
            field: field.name,
            value,
            bits: field.bits,
        }
    }

    #[cold]
    fn entity_error(&self, entity: &Entity) -> ShownError {
        let Some(kind) = self.entities.get(usize::from(entity.kind)) else {
            return ShownError::EntityKind {
                kind: entity.kind,
                declared: self.entities.len(),
            };
        };
        let (field, value) = misfit(kind.fields, &entity.values);
        ShownError::Entity {
            entity: kind.name,
            seat: entity.seat,
            field: field.name,
            value,
            bits: field.bits,
        }
    }
}

#[inline]
fn fits(fields: &[Field], values: &Values) -> bool {
    let mut beyond = 0;
    for (field, value) in fields.iter().zip(values) {
        beyond |= value & !field.max();
    }
    beyond == 0
}

/// The first field that does not hold its value.
fn misfit(fields: &'static [Field], values: &Values) -> (Field, u32) {
    const NONE: Field = Field {
        name: "",
        bits: 0,
        kind: crate::Kind::Count,
    };
    let mut both = fields.iter().copied().zip(values.iter().copied());
    both.find(|(field, value)| *value > field.max())
        .unwrap_or((NONE, 0))
}
