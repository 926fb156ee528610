//! Checks that a view and its events match the schema and its limits.

use core::fmt;

use crate::{Birth, ENTITIES_MAX, EntityKind, Event, Field, Schema, Seat, View};

/// A violation of the schema by a game. Clients cannot decode such a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShownError {
    /// More entities than [`ENTITIES_MAX`].
    #[error("{0} entities are shown, more than {ENTITIES_MAX}")]
    Entities(usize),
    /// An entity of an undeclared kind.
    #[error("an entity of kind {kind} is shown, and the schema declares {declared} kinds")]
    EntityKind {
        /// The kind of the entity.
        kind: u8,
        /// The number of declared kinds.
        declared: usize,
    },
    /// An entity with more or fewer values than its kind has fields.
    #[error("`{entity}` have {values} values each, and the schema declares {fields} fields")]
    EntityFields {
        /// The name of the entity's kind.
        entity: &'static str,
        /// The number of values.
        values: usize,
        /// The number of declared fields.
        fields: usize,
    },
    /// A value of the match that does not fit into its field.
    #[error("the match: `{field}` is {value}, which does not fit into {bits} bits")]
    Match {
        /// The name of the field.
        field: &'static str,
        /// The value.
        value: i64,
        /// The width of the field.
        bits: u8,
    },
    /// A value of a seat that does not fit into its field.
    #[error("seat {}: `{field}` is {value}, which does not fit into {bits} bits", seat.index())]
    Seat {
        /// The seat.
        seat: Seat,
        /// The name of the field.
        field: &'static str,
        /// The value.
        value: i64,
        /// The width of the field.
        bits: u8,
    },
    /// A value of an entity that does not fit into its field.
    #[error("`{entity}` of {}: `{field}` is {value}, which does not fit into {bits} bits", Owner(*owner))]
    Entity {
        /// The name of the entity's kind.
        entity: &'static str,
        /// The owner, if any.
        owner: Option<Seat>,
        /// The name of the field.
        field: &'static str,
        /// The value.
        value: i64,
        /// The width of the field.
        bits: u8,
    },
    /// An event of an undeclared kind.
    #[error("an event of kind {kind} happened, and the schema declares {declared} kinds")]
    Event {
        /// The kind of the event.
        kind: u8,
        /// The number of declared kinds.
        declared: usize,
    },
}

impl Schema {
    /// An error unless the complete view fits the schema.
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

    /// An error unless all events are of declared kinds.
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

/// The owner of an entity in an error text.
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

/// The first field whose value does not fit, and the value.
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
