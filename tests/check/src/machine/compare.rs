//! Compares a pool in Redis with the reference, as rows of text.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::reference::{Entry, Group, Made, Membership, Pool, Reference, Room};

/// A row: kind, id, and the remaining values.
pub(crate) type Row = Vec<String>;

/// Adopts from Redis the ids of new rooms, which are matched by their first player, and the order of each relay's
/// rooms.
pub(crate) fn learn(pool: &mut Pool, rows: &[Row]) {
    let ours: Vec<String> = pool
        .rooms
        .keys()
        .filter(|id| id.starts_with("new-"))
        .cloned()
        .collect();
    for id in ours {
        let first = pool.rooms[&id].seats.first().cloned().unwrap_or_default();
        let named = rows
            .iter()
            .find(|row| row[0] == "player" && row[1] == first);
        if let Some(theirs) = named
            .map(|row| row[3].clone())
            .filter(|room| !room.is_empty())
        {
            pool.rename(&id, &theirs);
        }
    }
    for row in rows.iter().filter(|row| row[0] == "relay") {
        let listed: BTreeSet<&String> = row[2..].iter().collect();
        if let Some(owned) = pool.owned.get_mut(&row[1])
            && owned.iter().collect::<BTreeSet<_>>() == listed
        {
            *owned = row[2..].to_vec();
        }
    }
}

/// The differences as text; empty if there are none.
pub(crate) fn differences(pool: &Pool, rows: &[Row]) -> Result<Vec<String>> {
    let ideal: BTreeSet<String> = ideal(pool).into_iter().collect();
    let real = real(rows).into_iter().collect::<BTreeSet<String>>();
    let mut wrong: Vec<String> = real
        .difference(&ideal)
        .map(|row| format!("redis has       {row}"))
        .chain(
            ideal
                .difference(&real)
                .map(|row| format!("reference wants {row}")),
        )
        .collect();
    let entries = rows.iter().filter(|row| row[0] == "entry");
    let entries: Vec<Entry> = entries
        .map(|row| entry(&row[2], &row[3]))
        .collect::<Result<_>>()?;
    let new: Vec<&Entry> = pool
        .outbox
        .iter()
        .skip(pool.outbox.len() - pool.fresh)
        .collect();
    for i in 0..entries.len().max(new.len()) {
        let (real, ideal) = (
            entries.get(i),
            new.get(i).map(|entry| without_nonces(entry)),
        );
        if real != ideal.as_ref() {
            wrong.push(format!(
                "outbox, new entry {i}: redis {real:?}, reference {ideal:?}"
            ));
        }
    }
    Ok(wrong)
}

fn real(rows: &[Row]) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        match row[0].as_str() {
            "queue" | "aside" | "available" | "offers" | "deadlines" | "board" => {
                lines.extend(
                    row[2..]
                        .chunks(2)
                        .map(|pair| format!("{} {} {}", row[0], pair[0], pair[1])),
                );
            }
            "seats" | "relay" => {
                let set: BTreeSet<&String> = row[2..].iter().collect();
                lines.push(format!("{} {} {set:?}", row[0], row[1]));
            }
            "entry" => {}
            _ => lines.push(row.join(" ")),
        }
    }
    lines
}

fn ideal(pool: &Pool) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, player) in &pool.players {
        let (state, numbers) = match player.membership {
            Membership::Out => ("out", " ".to_owned()),
            Membership::Queued => ("queued", format!("{} {}", player.epoch, player.x)),
            Membership::Seated => ("seated", format!("{} {}", player.epoch, player.x)),
            Membership::Playing => ("playing", format!("{} {}", player.epoch, player.x)),
        };
        lines.push(format!(
            "player {id} {state} {} {} {numbers}",
            player.room, player.reason
        ));
        if let Some(rest) = player.away {
            lines.push(format!("away {id} {rest}"));
        }
        if let Some(seat) = player.late {
            lines.push(format!("late {id} {seat}"));
        }
        if player.is_ready {
            lines.push(format!("ready {id}"));
        }
        if player.is_silent {
            lines.push(format!("silent {id}"));
        }
    }
    for (id, room) in &pool.rooms {
        let saved = room
            .saved_tick
            .map_or_else(String::new, |tick| tick.to_string());
        lines.push(format!(
            "room {id} {} {} {} {} {} {} {} {} {saved}",
            state_of(room),
            room.generation,
            room.epoch,
            room.relay,
            room.boot,
            room.countdown_at,
            room.ttl_at,
            u8::from(room.is_waiting),
        ));
        let seats: BTreeSet<_> = room.seats.iter().collect();
        lines.extend((!seats.is_empty()).then(|| format!("seats {id} {seats:?}")));
        lines.extend(room.bots.iter().map(|seat| format!("bot {id} {seat}")));
        if let Some(made) = &room.made {
            let (what, kicked) = (made_line(made), made.kicked.join(","));
            lines.push(format!(
                "made {id} {} {what} {} {kicked}",
                made.host, made.bots
            ));
        }
        lines.extend(group_lines(id, room));
        if pool.is_listed(room) {
            lines.push(format!("available {id} {}", room.seats.len()));
        }
        if !room.free.is_empty() {
            let free: Vec<String> = room.free.iter().map(u8::to_string).collect();
            lines.push(format!("free {id} {}", free.join(",")));
            lines.push(format!("offers {id} {}", free.len()));
        }
    }
    for (id, kept) in &pool.rematches {
        let mut roster = kept.roster.clone();
        roster.sort();
        // Four empty fields.
        let what = kept.made.as_ref().map_or("   ".to_owned(), made_line);
        let (next, roster) = (kept.next.as_deref().unwrap_or_default(), roster.join(","));
        lines.push(format!("rematch {id} {what} {next} {roster}"));
        let groups = groups_in_words(&kept.groups);
        lines.extend((!groups.is_empty()).then(|| format!("kept {id} {groups}")));
    }
    for (relay, rooms) in &pool.owned {
        lines.push(format!(
            "relay {relay} {:?}",
            rooms.iter().collect::<BTreeSet<_>>()
        ));
    }
    lines.extend(pool.queue.iter().map(|(id, at)| format!("queue {id} {at}")));
    lines.extend(pool.aside.iter().map(|(id, at)| format!("aside {id} {at}")));
    lines.extend(
        pool.deadlines
            .iter()
            .map(|(member, at)| format!("deadlines {member} {at}")),
    );
    lines.extend(
        pool.board
            .iter()
            .map(|(id, score)| format!("board {id} {score}")),
    );
    lines
}

/// The rows about groups and the list of rooms.
fn group_lines(id: &str, room: &Room) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(made) = &room.made {
        lines.extend(made.queued.map(|since| format!("queued {id} {since}")));
        lines.extend(made.matched.as_ref().map(|to| format!("match {id} {to}")));
        if made.is_listed && room.is_gathering() {
            lines.push(format!("listed {id} {} {}", room.seats.len(), made.seats));
        }
    }
    if !room.groups.is_empty() {
        lines.push(format!("groups {id} {}", groups_in_words(&room.groups)));
    }
    lines
}

fn groups_in_words(groups: &[Group]) -> String {
    let words = groups
        .iter()
        .map(|(id, players)| format!("{id}={}", players.join(",")));
    words.collect::<Vec<_>>().join(";")
}

/// The record of a room, and the stored data of its match.
fn made_line(made: &Made) -> String {
    let visibility = if made.is_listed { "listed" } else { "private" };
    format!("{} {} {visibility} {}", made.code, made.nonce, made.seats)
}

/// The state in the room's record.
pub(crate) fn state_of(room: &Room) -> &'static str {
    match (room.is_started, room.is_gathering()) {
        (true, _) => "started",
        (false, true) => "gathering",
        (false, false) if room.made.is_some() => "matched",
        (false, false) => "open",
    }
}

/// The differences of the codes of all pools, and of the fleet.
pub(crate) fn shared_differences(reference: &Reference, rows: &[Row]) -> Vec<String> {
    let ideal = reference
        .codes
        .iter()
        .map(|(code, named)| format!("code {code} {} {} {}", named.pool, named.room, named.nonce));
    let ideal: BTreeSet<String> = ideal.chain(reference.fleet_rows()).collect();
    let real: BTreeSet<String> = rows.iter().map(|row| row.join(" ")).collect();
    let only_real = real
        .difference(&ideal)
        .map(|row| format!("redis has       {row}"));
    let only_ideal = ideal
        .difference(&real)
        .map(|row| format!("reference wants {row}"));
    only_real.chain(only_ideal).collect()
}

fn without_nonces(entry: &Entry) -> Entry {
    let mut entry = entry.clone();
    entry.release.iter_mut().for_each(|(_, nonce)| *nonce = 0);
    entry.release.sort();
    entry
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Written {
    room: String,
    tell: Vec<Tell>,
    inbox: Vec<Inbox>,
    release: Vec<Release>,
    codes: Vec<Released>,
}

#[derive(Deserialize)]
struct Tell {
    to: Vec<String>,
    message: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Inbox {
    relay: String,
    kind: String,
    room: String,
    epoch: u64,
    #[serde(default)]
    player: String,
}

#[derive(Deserialize)]
struct Release {
    player: String,
}

#[derive(Deserialize)]
struct Released {
    code: String,
    nonce: String,
}

fn entry(kind: &str, text: &str) -> Result<Entry> {
    // Lua's JSON cannot encode an empty list.
    let text = text.replace("\"to\":{}", "\"to\":[]");
    let written: Written =
        serde_json::from_str(&text).with_context(|| format!("an outbox entry: {text}"))?;
    let mut tell = BTreeMap::new();
    for one in written.tell {
        let kind = one
            .message
            .get("type")
            .and_then(|kind| kind.as_str())
            .unwrap_or_default();
        tell.extend(one.to.into_iter().map(|player| (player, kind.to_owned())));
    }
    let inbox = written.inbox.into_iter();
    let inbox = inbox.map(|to| {
        format!(
            "{} {} {} {} {}",
            to.relay, to.kind, to.room, to.epoch, to.player
        )
    });
    let mut release: Vec<(String, u64)> = written
        .release
        .into_iter()
        .map(|release| (release.player, 0))
        .collect();
    release.sort();
    let codes = written.codes.into_iter();
    let codes = codes.map(|released| Ok((released.code, released.nonce.parse()?)));
    Ok(Entry {
        kind: kind.to_owned(),
        room: written.room,
        tell,
        inbox: inbox.collect(),
        release,
        codes: codes.collect::<Result<_>>()?,
    })
}
