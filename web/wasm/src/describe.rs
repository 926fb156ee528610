//! A game's schema as JSON, for the page.

use game::command::CommandKind;
use game::{Arg, ArgKind, Field, InputField, InputKind, Kind};

use crate::games::Entry;

/// `{"ticksPerSecond":60,"slots":5,"match":[["round","count"],…],"player":[["x","px"],…],"things":[["projectiles",[…]]],
/// "events":[["hit",[["by","seat"],…]]],"commands":[["play_card",["card"],false],…],
/// "settings":["lives"],"input":[["aim","angle"],["item","choice",3]],"constants":["width"]}`. The flag of a command is
/// whether it has a text. The values of the constants, and the default, minimum and maximum of each setting, are
/// returned as numbers, in this order.
pub(crate) fn describe(game: &Entry, out: &mut Vec<u8>) {
    let schema = game.schema;
    out.extend_from_slice(b"{\"ticksPerSecond\":");
    out.extend_from_slice(game.rate.ticks_per_second().to_string().as_bytes());
    out.extend_from_slice(b",\"slots\":");
    out.extend_from_slice(game.slots.to_string().as_bytes());
    out.extend_from_slice(b",\"match\":");
    list(out, schema.match_fields, field);
    out.extend_from_slice(b",\"player\":");
    list(out, schema.seat, field);
    out.extend_from_slice(b",\"things\":");
    list(out, schema.entities, |out, kind| {
        begin(out, kind.name);
        list(out, kind.fields, field);
        out.extend_from_slice(b"]");
    });
    out.extend_from_slice(b",\"events\":");
    list(out, schema.events, |out, kind| {
        begin(out, kind.name);
        list(out, kind.args, arg);
        out.extend_from_slice(b"]");
    });
    out.extend_from_slice(b",\"commands\":");
    list(out, game.commands, command);
    out.extend_from_slice(b",\"settings\":");
    list(out, game.settings, |out, setting| text(out, setting.name));
    out.extend_from_slice(b",\"input\":");
    list(out, game.input.fields(), input);
    out.extend_from_slice(b",\"constants\":");
    list(out, game.constants, |out, &(name, _)| text(out, name));
    out.extend_from_slice(b"}");
}

fn field(out: &mut Vec<u8>, field: &Field) {
    pair(out, field.name, unit(field.kind));
}

/// A choice and a count also have their greatest value.
fn input(out: &mut Vec<u8>, &InputField { name, kind }: &InputField) {
    begin(out, name);
    text(
        out,
        match kind {
            InputKind::Button => "button",
            InputKind::Hold => "hold",
            InputKind::Axis => "axis",
            InputKind::Direction => "direction",
            InputKind::Angle => "angle",
            InputKind::Choice(_) => "choice",
            InputKind::Count(_) => "count",
        },
    );
    if let Some(greatest) = kind.greatest() {
        out.extend_from_slice(b",");
        out.extend_from_slice(greatest.to_string().as_bytes());
    }
    out.extend_from_slice(b"]");
}

fn arg(out: &mut Vec<u8>, arg: &Arg) {
    let unit = match arg.kind {
        ArgKind::Seat => "seat",
        ArgKind::Entity => "thing",
        ArgKind::Value(kind) => unit(kind),
    };
    pair(out, arg.name, unit);
}

fn command(out: &mut Vec<u8>, kind: &CommandKind) {
    begin(out, kind.name);
    list(out, kind.args, |out, name| text(out, name));
    out.extend_from_slice(if kind.has_text { b",true]" } else { b",false]" });
}

fn unit(kind: Kind) -> &'static str {
    match kind {
        Kind::Linear { .. } => "px",
        Kind::Velocity { .. } => "px_per_tick",
        Kind::Angle => "radians",
        Kind::Flag => "flag",
        Kind::Count => "count",
        Kind::Timer => "ticks",
    }
}

fn pair(out: &mut Vec<u8>, name: &str, value: &str) {
    begin(out, name);
    text(out, value);
    out.extend_from_slice(b"]");
}

/// The start of a pair, up to its value.
fn begin(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"[");
    text(out, name);
    out.extend_from_slice(b",");
}

fn list<T>(out: &mut Vec<u8>, items: &[T], each: impl Fn(&mut Vec<u8>, &T)) {
    out.extend_from_slice(b"[");
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(b",");
        }
        each(out, item);
    }
    out.extend_from_slice(b"]");
}

/// Names of a schema are identifiers, so they need no escaping.
fn text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(b"\"");
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b"\"");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::find;

    #[test]
    fn a_command_has_the_names_of_its_arguments_and_whether_it_has_a_text() {
        const KINDS: &[CommandKind] = &[
            CommandKind::new("trade", &["give", "take"]),
            CommandKind::new("say", &[]).with_text(),
        ];
        let arena = find(b"arena").expect("the arena");
        let game = Entry {
            commands: KINDS,
            ..*arena
        };
        let mut out = Vec::new();
        describe(&game, &mut out);
        let text = String::from_utf8(out).expect("text");
        let commands = r#""commands":[["trade",["give","take"],false],["say",[],true]],"#;
        assert!(text.contains(commands), "{text}");
    }
}
