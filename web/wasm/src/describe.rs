//! Owns a game's schema as JSON: how the page learns what the numbers mean that it gets.

use game::{Arg, ArgKind, Field, Kind};

use crate::games::Entry;

/// `{"player":[["x","px"],…],"things":[["projectiles",[…]]],"events":[["hit",[["by","seat"],…]]],"settings":["lives"]}`.
pub(crate) fn describe(game: &Entry, out: &mut Vec<u8>) {
    let schema = game.schema;
    out.extend_from_slice(b"{\"player\":");
    list(out, schema.seat, field);
    out.extend_from_slice(b",\"things\":");
    list(out, schema.entities, |out, kind| {
        named(out, kind.name, |out| list(out, kind.fields, field));
    });
    out.extend_from_slice(b",\"events\":");
    list(out, schema.events, |out, kind| {
        named(out, kind.name, |out| list(out, kind.args, arg));
    });
    out.extend_from_slice(b",\"settings\":");
    list(out, game.settings, |out, setting| text(out, setting.name));
    out.push(b'}');
}

fn field(out: &mut Vec<u8>, field: &Field) {
    named(out, field.name, |out| text(out, unit(field.kind)));
}

fn arg(out: &mut Vec<u8>, arg: &Arg) {
    named(out, arg.name, |out| {
        text(
            out,
            match arg.kind {
                ArgKind::Seat => "seat",
                ArgKind::Entity => "thing",
                ArgKind::Value(kind) => unit(kind),
            },
        );
    });
}

fn unit(kind: Kind) -> &'static str {
    match kind {
        Kind::Linear { .. } => "px",
        Kind::Angle => "radians",
        Kind::Flag => "flag",
        Kind::Count => "count",
        Kind::Timer => "ticks",
    }
}

fn named(out: &mut Vec<u8>, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'[');
    text(out, name);
    out.push(b',');
    value(out);
    out.push(b']');
}

fn list<T>(out: &mut Vec<u8>, items: &[T], each: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        each(out, item);
    }
    out.push(b']');
}

/// A schema's names need no escape: they are identifiers.
fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}
