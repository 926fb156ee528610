//! Compile-time checks of a game's description. An error names the field and the rule.

/// Whether an item before this one has the same name. This is a macro because a constant function
/// cannot take a closure that reads the name.
macro_rules! is_named_before {
    ($items:expr, $at:expr $(, $name:ident)?) => {{
        let mut before = 0;
        while before < $at && !is_same($items[before]$(.$name)?, $items[$at]$(.$name)?) {
            before += 1;
        }
        before < $at
    }};
}

mod input;

pub(crate) use input::input_mistake;

use core::ops::RangeInclusive;

use crate::command::{COMMANDS_MAX, CommandKind};
use crate::event::ARGS_MAX;
use crate::{
    ArgKind, ENTITY_KINDS_MAX, EventKind, FIELDS_MAX, Field, Game, Kind, SEATS_MAX, SETTINGS_MAX,
    STATS_MAX, Schema, Setting,
};

/// The maximum number of event kinds in a schema: an index is a byte.
const EVENT_KINDS_MAX: usize = 256;
/// JSON has at most four decimals of a px.
const PARTS: u16 = 10_000;
const ANGLE_BITS: u8 = 10;
/// Member names that JSON uses in addition to a seat's fields, an entity's fields, the lists of
/// entities, and an event's arguments.
const SEAT_NAMES: &[&str] = &["alive", "colors", "online"];
const ENTITY_NAMES: &[&str] = &["id", "playerUUID"];
const LIST_NAMES: &[&str] = &["type", "ack", "margin", "tick", "players", "match"];
const ARG_NAMES: &[&str] = &["type", "tick", "event"];

/// A mistake in a game's description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The part of the description: `seat field`.
    pub what: &'static str,
    /// Its name: `hp`.
    pub name: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
}

/// A compile error unless every encoding can carry the game's description.
pub(crate) const fn assert_described<G: Game>() {
    G::SCHEMA.assert();
    if !G::RATE.is_known() {
        Mistake::of("game", G::NAME, "has a rate other than 60, 30, 20 or 10 Hz").fail();
    }
    assert!(
        is_range_of_seats(&G::SEATS),
        "`SEATS` is a range within 1..=64, such as 2..=8"
    );
    if let Some(mistake) = settings_mistake(G::SETTINGS) {
        mistake.fail();
    }
    if let Some(mistake) = commands_mistake(G::COMMANDS) {
        mistake.fail();
    }
    if let Some(mistake) = stats_mistake(G::STATS) {
        mistake.fail();
    }
}

/// Whether a room can have this range of seats.
pub(crate) const fn is_range_of_seats(seats: &RangeInclusive<u8>) -> bool {
    1 <= *seats.start() && *seats.start() <= *seats.end() && *seats.end() as usize <= SEATS_MAX
}

impl Schema {
    /// Panics with the first mistake, which is a compile error in a constant. Every game's schema is checked
    /// in this way where the game is first used, also in its own tests.
    ///
    /// ```
    /// use game::*;
    /// const HP: Field = Field { name: "hp", bits: 32, kind: Kind::Count };
    /// const _: () = Schema { match_fields: &[], private: 0, seat: &[HP], entities: &[], events: &[] }.assert();
    /// ```
    ///
    /// A field of 33 bits:
    /// ```compile_fail,E0080
    /// use game::*;
    /// const HP: Field = Field { name: "hp", bits: 33, kind: Kind::Count };
    /// const _: () = Schema { match_fields: &[], private: 0, seat: &[HP], entities: &[], events: &[] }.assert();
    /// ```
    ///
    /// Thirty-three fields:
    /// ```compile_fail,E0080
    /// use game::*;
    /// const HP: Field = Field { name: "hp", bits: 3, kind: Kind::Count };
    /// const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFG";
    /// const SEAT: [Field; 33] = {
    ///     let mut fields = [HP; 33];
    ///     let mut at = 0;
    ///     while at < 33 {
    ///         fields[at].name = LETTERS.split_at(at).1.split_at(1).0;
    ///         at += 1;
    ///     }
    ///     fields
    /// };
    /// const _: () = Schema { match_fields: &[], private: 0, seat: &SEAT, entities: &[], events: &[] }.assert();
    /// ```
    ///
    /// A scale that does not divide 10,000:
    /// ```compile_fail,E0080
    /// use game::*;
    /// const X: Field = Field { name: "x", bits: 14, kind: Kind::Linear { per_px: 3 } };
    /// const _: () = Schema { match_fields: &[], private: 0, seat: &[X], entities: &[], events: &[] }.assert();
    /// ```
    ///
    /// # Panics
    /// When the schema has a mistake.
    pub const fn assert(&self) {
        if let Some(mistake) = self.mistake() {
            mistake.fail();
        }
    }

    /// The first mistake in the schema.
    pub const fn mistake(&self) -> Option<Mistake> {
        if let Some(mistake) = fields_mistake("match field", self.match_fields, &[]) {
            return Some(mistake);
        }
        if let Some(mistake) = fields_mistake("seat field", self.seat, SEAT_NAMES) {
            return Some(mistake);
        }
        if self.entities.len() > ENTITY_KINDS_MAX {
            let last = self.entities[ENTITY_KINDS_MAX].name;
            return Some(Mistake::of(
                "entities",
                last,
                "exceeds the limit of 16 kinds",
            ));
        }
        let mut at = 0;
        while at < self.entities.len() {
            let kind = &self.entities[at];
            if is_one_of(LIST_NAMES, kind.name) {
                return Some(Mistake::of("entities", kind.name, RESERVED));
            }
            if is_named_before!(self.entities, at, name) {
                return Some(Mistake::of("entities", kind.name, TWICE));
            }
            if let Some(mistake) = fields_mistake("entity field", kind.fields, ENTITY_NAMES) {
                return Some(mistake);
            }
            at += 1;
        }
        events_mistake(self.events)
    }
}

const RESERVED: &str = "has a name that the protocol reserves";
const TWICE: &str = "has the same name as another one";

const fn fields_mistake(
    what: &'static str,
    fields: &'static [Field],
    reserved: &[&str],
) -> Option<Mistake> {
    let mut at = 0;
    while at < fields.len() {
        let field = &fields[at];
        let rule = match field.kind {
            _ if at >= FIELDS_MAX => "exceeds the limit of 32",
            _ if is_one_of(reserved, field.name) => RESERVED,
            _ if is_named_before!(fields, at, name) => TWICE,
            _ if field.bits < 1 || field.bits > 32 => "must have 1 to 32 bits",
            Kind::Linear { per_px } | Kind::Velocity { per_px } if !divides(per_px) => DIVIDES,
            Kind::Angle if field.bits != ANGLE_BITS => "is an angle, which must have 10 bits",
            Kind::Flag if field.bits != 1 => "is a flag, which must have 1 bit",
            _ => {
                at += 1;
                continue;
            }
        };
        return Some(Mistake::of(what, field.name, rule));
    }
    None
}

const DIVIDES: &str = "has a scale (per_px) that does not divide 10,000";

const fn events_mistake(events: &'static [EventKind]) -> Option<Mistake> {
    let mut at = 0;
    while at < events.len() {
        let event = &events[at];
        let rule = if at >= EVENT_KINDS_MAX {
            "exceeds the limit of 256 kinds"
        } else if event.args.len() > ARGS_MAX {
            "has more than 6 arguments"
        } else {
            let Some(rule) = args_rule(event) else {
                at += 1;
                continue;
            };
            rule
        };
        return Some(Mistake::of("event", event.name, rule));
    }
    None
}

const fn args_rule(event: &'static EventKind) -> Option<&'static str> {
    let mut at = 0;
    while at < event.args.len() {
        let arg = &event.args[at];
        if is_one_of(ARG_NAMES, arg.name) {
            return Some("has an argument with a name that the protocol reserves");
        }
        if let ArgKind::Value(Kind::Linear { per_px } | Kind::Velocity { per_px }) = arg.kind
            && !divides(per_px)
        {
            return Some("has an argument with a scale (per_px) that does not divide 10,000");
        }
        if is_named_before!(event.args, at, name) {
            return Some("has two arguments with the same name");
        }
        at += 1;
    }
    None
}

/// The first mistake in a game's settings.
const fn settings_mistake(settings: &'static [Setting]) -> Option<Mistake> {
    let mut at = 0;
    while at < settings.len() {
        let setting = &settings[at];
        if at >= SETTINGS_MAX {
            return Some(Mistake::of(
                "setting",
                setting.name,
                "exceeds the limit of 8",
            ));
        }
        if setting.min > setting.default || setting.default > setting.max {
            let rule = "has a default outside of its range";
            return Some(Mistake::of("setting", setting.name, rule));
        }
        at += 1;
    }
    None
}

/// The first mistake in a game's commands.
const fn commands_mistake(commands: &'static [CommandKind]) -> Option<Mistake> {
    let mut at = 0;
    while at < commands.len() {
        let command = &commands[at];
        let rule = if at >= COMMANDS_MAX {
            "exceeds the limit of 64"
        } else if command.args.len() > ARGS_MAX {
            "has more than 6 arguments"
        } else if is_named_before!(commands, at, name) {
            TWICE
        } else {
            at += 1;
            continue;
        };
        return Some(Mistake::of("command", command.name, rule));
    }
    None
}

/// The first mistake in the stats of a game's results.
const fn stats_mistake(stats: &'static [&'static str]) -> Option<Mistake> {
    let mut at = 0;
    while at < stats.len() {
        let rule = if at >= STATS_MAX {
            "exceeds the limit of 8"
        } else if is_named_before!(stats, at) {
            TWICE
        } else {
            at += 1;
            continue;
        };
        return Some(Mistake::of("stat", stats[at], rule));
    }
    None
}

const fn divides(per_px: u16) -> bool {
    per_px > 0 && PARTS.is_multiple_of(per_px)
}

const fn is_one_of(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if is_same(names[at], name) {
            return true;
        }
        at += 1;
    }
    false
}

pub(crate) const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

impl Mistake {
    const fn of(what: &'static str, name: &'static str, rule: &'static str) -> Self {
        Self { what, name, rule }
    }

    /// Panics with one text, because a panic in a constant cannot format.
    pub(crate) const fn fail(self) -> ! {
        let text = Text::EMPTY.push(self.what).push(" `").push(self.name);
        panic!("{}", text.push("` ").push(self.rule).as_str())
    }
}

/// A text that is assembled in a constant. It is truncated to the size of the buffer.
struct Text {
    bytes: [u8; 200],
    length: usize,
}

impl Text {
    const EMPTY: Self = Self {
        bytes: [0; 200],
        length: 0,
    };

    const fn push(mut self, part: &str) -> Self {
        let part = part.as_bytes();
        let mut at = 0;
        while at < part.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = part[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "a game's description has a mistake",
        }
    }
}

#[cfg(test)]
mod tests;
