//! Server messages as JSON. The fields of a snapshot come from the game's schema.

use alloc::vec::Vec;

use game::{ArgKind, Entity, Event, Field, Game, Schema, Seat, Settings, Values};

use super::write::Writer;
use crate::{Encoding, Frame, GameMessage, Greeting, MessageRefusal, Moved, Player, Score};

pub(crate) fn welcome<G: Game>(encoding: Encoding, greeting: &Greeting<'_>, out: &mut Vec<u8>) {
    let Greeting {
        seat,
        tick,
        joined_at,
        room_id,
        epoch,
        players,
        ..
    } = *greeting;
    let mut json = Writer::new(out);
    json.open(b'{').key("type").text("welcome");
    json.key("seat").number(seat.index() as i64);
    json.key("player_id");
    player_id(&mut json, players, seat.index());
    json.key("tick").number(tick.into());
    if joined_at > 0 {
        json.key("joined_at").number(joined_at.into());
    }
    json.key("rates")
        .open(b'{')
        .key("tick_hz")
        .number(G::RATE.ticks_per_second().into());
    json.key("snapshot_hz")
        .number(encoding.snapshot_hz(G::RATE).into())
        .close(b'}');
    json.key("room_id")
        .text(room_id)
        .key("epoch")
        .number(epoch as i64);
    json.key("game").text(G::NAME);
    arena::<G>(&mut json, greeting.settings);
    json.key("players").open(b'[');
    for (seat, player) in Seat::all().zip(players) {
        json.open(b'{');
        seated(&mut json, seat, player);
        json.close(b'}');
    }
    json.close(b']').close(b'}');
}

pub(crate) fn joined(seat: Seat, player: &Player, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{').key("type").text("joined");
    seated(&mut json, seat, player);
    json.close(b'}');
}

fn seated(json: &mut Writer<'_>, seat: Seat, player: &Player) {
    json.key("seat")
        .number(seat.index() as i64)
        .key("player_id")
        .text(&player.player_id);
    json.key("name").text(&player.name);
    colors(json, player);
    if let Some(team) = player.team {
        json.key("team").number(team.into());
    }
    if player.is_bot {
        json.key("bot").flag(true);
    }
}

/// The members of a snapshot that are the same for all clients, without the braces.
pub(crate) fn body<G: Game>(frame: &Frame<'_>, out: &mut Vec<u8>) {
    let view = frame.view;
    let mut json = Writer::new(out);
    json.key("tick").number(view.tick.into());
    json.key("players").open(b'{');
    for (seat, player) in Seat::all().zip(frame.players) {
        if let Some(values) = view.seat(seat) {
            json.key(&player.player_id).open(b'{');
            fields(&mut json, G::SCHEMA.seat, values);
            json.key("alive").flag(frame.alive.contains(seat));
            colors(&mut json, player);
            json.key("online")
                .flag(frame.online.contains(seat))
                .close(b'}');
        }
    }
    json.close(b'}');
    if !G::SCHEMA.match_fields.is_empty() {
        json.key("match").open(b'{');
        fields(&mut json, G::SCHEMA.match_fields, &view.match_values);
        json.close(b'}');
    }
    for (kind, described) in G::SCHEMA.entities.iter().enumerate() {
        json.key(described.name).open(b'[');
        for (birth, values) in view.entities.of_kind(kind).iter() {
            let entity = Entity {
                kind: kind as u8,
                birth,
                values,
            };
            let values = if described.changes {
                entity.fields()
            } else {
                G::evaluate(&entity, view.tick)
            };
            entity_of(&mut json, described.fields, frame.players, &entity, &values);
        }
        json.close(b']');
    }
}

pub(crate) fn snapshot(ack: u32, margin: i32, body: &[u8], out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{')
        .key("type")
        .text("snapshot")
        .key("ack")
        .number(ack.into())
        .key("margin")
        .number(margin.into());
    out.push(b',');
    out.extend_from_slice(body);
    out.push(b'}');
}

pub(crate) fn event(
    schema: &Schema,
    players: &[Player],
    tick: u32,
    event: &Event,
    out: &mut Vec<u8>,
) {
    let Some(kind) = schema.events.get(usize::from(event.kind)) else {
        return;
    };
    let mut json = Writer::new(out);
    json.open(b'{')
        .key("type")
        .text("event")
        .key("tick")
        .number(tick.into())
        .key("event")
        .text(kind.name);
    for (arg, &value) in kind.args.iter().zip(&event.args) {
        json.key(arg.name);
        match arg.kind {
            ArgKind::Seat => player_id(
                &mut json,
                players,
                usize::try_from(value).unwrap_or(usize::MAX),
            ),
            ArgKind::Entity => {
                json.number(value);
            }
            ArgKind::Value(kind) => {
                json.value(kind, value);
            }
        }
    }
    json.close(b'}');
}

pub(crate) fn message(from: &Player, message: &GameMessage, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{')
        .key("type")
        .text("message")
        .key("from")
        .text(&from.player_id)
        .key("name")
        .text(&message.name)
        .key("payload")
        .raw(&message.payload)
        .close(b'}');
}

pub(crate) fn message_result(id: u32, result: Result<u32, MessageRefusal>, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{').key("type").text("message_result");
    json.key("id").number(id.into()).key("status");
    match result {
        Ok(tick) => json.text("delivered").key("tick").number(tick.into()),
        Err(refusal) => json.text("refused").key("reason").text(refusal.name()),
    };
    json.close(b'}');
}

pub(crate) fn command_result(id: u32, result: Result<u32, &str>, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{').key("type").text("command_result");
    json.key("id").number(id.into()).key("status");
    match result {
        Ok(tick) => json.text("applied").key("tick").number(tick.into()),
        Err(reason) => json.text("refused").key("reason").text(reason),
    };
    json.close(b'}');
}

pub(crate) fn over(scores: &[Score], out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{')
        .key("type")
        .text("over")
        .key("scores")
        .open(b'[');
    for Score {
        player_id,
        name,
        score,
        rank,
        stats,
    } in scores
    {
        json.open(b'{')
            .key("player_id")
            .text(player_id)
            .key("name")
            .text(name);
        json.key("score")
            .number((*score).into())
            .key("rank")
            .number((*rank).into());
        if !stats.is_empty() {
            json.key("stats").open(b'{');
            for (name, &value) in stats {
                json.key(name).number(value.into());
            }
            json.close(b'}');
        }
        json.close(b'}');
    }
    json.close(b']').close(b'}');
}

pub(crate) fn moved(moved: &Moved, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{')
        .key("type")
        .text("moved")
        .key("url")
        .text(&moved.url);
    if let Some(path) = &moved.path {
        json.key("path").text(path);
    }
    if let Some(it) = &moved.webtransport {
        json.key("webtransport")
            .open(b'{')
            .key("url")
            .text(&it.url)
            .key("certificate_sha256")
            .text(&it.certificate_sha256)
            .close(b'}');
    }
    json.key("ticket").text(&moved.ticket);
    json.key("epoch").number(moved.epoch as i64).close(b'}');
}

pub(crate) fn error(code: u16, message: &str, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{')
        .key("type")
        .text("error")
        .key("code")
        .number(code.into())
        .key("message")
        .text(message)
        .close(b'}');
}

fn arena<G: Game>(json: &mut Writer<'_>, settings: &Settings) {
    json.key("arena").open(b'{');
    for &(name, value) in G::CONSTANTS {
        json.key(name).number(value.into());
    }
    json.key("settings").open(b'{');
    for (name, value) in settings.named(G::SETTINGS) {
        json.key(name).number(value.into());
    }
    json.close(b'}').close(b'}');
}

fn entity_of(
    json: &mut Writer<'_>,
    described: &[Field],
    players: &[Player],
    entity: &Entity<'_>,
    values: &Values,
) {
    json.open(b'{').key("id").number(entity.id() as i64);
    fields(json, described, values);
    json.key("playerUUID");
    let owner = entity.birth.owner.map_or(usize::MAX, Seat::index);
    player_id(json, players, owner);
    json.close(b'}');
}

/// Omitted values are 0.
fn fields(json: &mut Writer<'_>, described: &[Field], values: &[u32]) {
    let values = values.iter().chain(core::iter::repeat(&0));
    for (field, &value) in described.iter().zip(values) {
        json.key(field.name).value(field.kind, field.number(value));
    }
}

fn colors(json: &mut Writer<'_>, player: &Player) {
    json.key("colors").open(b'[');
    for color in &player.colors {
        json.text(color);
    }
    json.close(b']');
}

fn player_id(json: &mut Writer<'_>, players: &[Player], seat: usize) {
    match players.get(seat) {
        Some(player) => {
            json.text(&player.player_id);
        }
        None => {
            json.null();
        }
    }
}
