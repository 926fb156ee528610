//! Checks that a view and its events match the schema and its limits.

use core::fmt;

use crate::{Birth, ENTITIES_MAX, EntityKind, Event, Field, Schema, Seat, View};

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
    /// An entity with more or fewer values than its kind has fields.
    #[error("`{entity}` have {values} values each, and the schema declares {fields} fields")]
    EntityFields {
        /// The entity's kind, by name.
        entity: &'static str,
        /// How many values there are.
        values: usize,
        /// How many fields are declared.
        fields: usize,
    },
    /// A value of the match that its field does not hold.
    #[error("the match: `{field}` is {value}, which does not fit into {bits} bits")]
    Match {
        /// By name.
        field: &'static str,
        /// What it is.
        value: i64,
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
        value: i64,
        /// What the schema gives it.
        bits: u8,
    },
    /// An entity's value that its field does not hold.
    #[error("`{entity}` of {}: `{field}` is {value}, which does not fit into {bits} bits", Owner(*owner))]
    Entity {
        /// The entity's kind, by name.
        entity: &'static str,
        /// Whose.
        owner: Option<Seat>,
        /// By name.
        field: &'static str,
        /// What it is.
        value: i64,
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

impl Schema {
    /// An error unless all of the view fits.
    #[inline]
    pub fn check(&self, view: &View) -> Result<(), ShownError> {
        if !fits(self.match_fields, &view.match_values) {
            return Err(self.match_error(&view.match_values));
        }
        for (seat, values) in view.seat_values() {
            if !fits(self.seat, values) {
                return Err(self.seat_error(seat, values));
            }
        }
        self.check_entities(view)
    }

    #[inline]
    fn check_entities(&self, view: &View) -> Result<(), ShownError> {
        let mut count = 0;
        for (kind, list) in view.entities.lists().iter().enumerate() {
            if list.is_empty() {
                continue;
            }
            count += list.len();
            let declared = self.entities.len();
            let described = self.entities.get(kind).ok_or(ShownError::EntityKind {
                kind: kind as u8,
                declared,
            })?;
            if list.width() != described.fields.len() {
                return Err(ShownError::EntityFields {
                    entity: described.name,
                    values: list.width(),
                    fields: described.fields.len(),
                });
            }
            for (birth, values) in list.iter() {
                if !fits(described.fields, values) {
                    return Err(entity_error(described, birth, values));
                }
            }
        }
        if count > ENTITIES_MAX {
            return Err(ShownError::Entities(count));
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
    fn match_error(&self, values: &[u32]) -> ShownError {
        let (field, value) = misfit(self.match_fields, values);
        ShownError::Match {
            field: field.name,
            value,
            bits: field.bits,
        }
    }

    #[cold]
    fn seat_error(&self, seat: Seat, values: &[u32]) -> ShownError {
        let (field, value) = misfit(self.seat, values);
        ShownError::Seat {
            seat,
            field: field.name,
            value,
            bits: field.bits,
        }
    }
}

#[cold]
fn entity_error(kind: &EntityKind, birth: Birth, values: &[u32]) -> ShownError {
    let (field, value) = misfit(kind.fields, values);
    ShownError::Entity {
        entity: kind.name,
        owner: birth.owner,
        field: field.name,
        value,
        bits: field.bits,
    }
}

/// Of an entity, in an error.
struct Owner(Option<Seat>);

impl fmt::Display for Owner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(seat) => write!(out, "seat {}", seat.index()),
            None => out.write_str("nobody"),
        }
    }
}

#[inline]
fn fits(fields: &[Field], values: &[u32]) -> bool {
    let mut beyond = 0;
    for (field, value) in fields.iter().zip(values) {
        beyond |= value & !field.max();
    }
    beyond == 0
}

/// The first field that does not hold its value.
fn misfit(fields: &'static [Field], values: &[u32]) -> (Field, i64) {
    const NONE: Field = Field {
        name: "",
        bits: 0,
        kind: crate::Kind::Count,
    };
    let mut both = fields.iter().copied().zip(values.iter().copied());
    both.find(|(field, value)| *value > field.max())
        .map_or((NONE, 0), |(field, shown)| (field, field.number(shown)))
}
