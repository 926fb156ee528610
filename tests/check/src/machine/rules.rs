//! Invariants of the reference that concern several rooms or pools. They hold for the scripts as well, because both
//! states are equal after each step.

use std::collections::{BTreeMap, BTreeSet};

use super::reference::{Pool, Reference, Room};

/// The violated invariants as text.
pub(super) fn broken(reference: &Reference) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut room_of, mut code_of) = (BTreeMap::new(), BTreeMap::new());
    for (name, pool) in &reference.pools {
        for (id, room) in &pool.rooms {
            for player in &room.seats {
                if let Some(other) = room_of.insert(player, id) {
                    wrong.push(format!("{player} is in {id} and in {other}"));
                }
            }
            check_seats(pool, id, room, &mut wrong);
            check_groups(pool, id, room, &mut wrong);
            let Some(made) = &room.made else { continue };
            if let Some(other) = code_of.insert(&made.code, id) {
                wrong.push(format!("{} is the code of {id} and of {other}", made.code));
            }
            let named = reference.codes.get(&made.code);
            if named.is_none_or(|named| named.pool != *name || named.nonce != made.nonce) {
                wrong.push(format!("the code of {id} is {named:?}, and not {made:?}"));
            }
            check_made(id, room, &mut wrong);
        }
    }
    let live = |player: &&String| {
        reference
            .pools
            .values()
            .filter(|pool| pool.is_live(player))
            .count()
    };
    let players: BTreeSet<&String> = reference
        .pools
        .values()
        .flat_map(|pool| pool.players.keys())
        .collect();
    let twice = players.into_iter().filter(|player| live(player) > 1);
    wrong.extend(twice.map(|player| format!("{player} is live in two pools")));
    wrong
}

fn check_made(id: &str, room: &Room, wrong: &mut Vec<String>) {
    let Some(made) = &room.made else { return };
    if room.is_gathering() && !room.seats.is_empty() && !room.seats.contains(&made.host) {
        wrong.push(format!("the host of {id} is not in it: {}", made.host));
    }
    if made.kicked.iter().any(|player| room.seats.contains(player)) {
        wrong.push(format!("{id} has a player who was kicked: {made:?}"));
    }
    if room.seats.len() > made.seats {
        wrong.push(format!("{id} has more players than seats"));
    }
}

/// A group has seats in one room, which its own room names. While that room is open, all players of the group are
/// there.
fn check_groups(pool: &Pool, id: &str, room: &Room, wrong: &mut Vec<String>) {
    for (group, players) in &room.groups {
        let own = pool.rooms.get(group).and_then(|own| own.made.as_ref());
        if own.is_none_or(|made| made.matched.as_deref() != Some(id)) {
            wrong.push(format!(
                "{group} has seats in {id}, and its own room is {own:?}"
            ));
        }
        if !room.is_started && !players.iter().all(|player| room.seats.contains(player)) {
            wrong.push(format!(
                "{id} has {:?} of the group {players:?}",
                room.seats
            ));
        }
    }
    let Some(made) = room.made.as_ref().filter(|made| made.matched.is_some()) else {
        return;
    };
    let other = made
        .matched
        .as_ref()
        .and_then(|other| pool.rooms.get(other));
    if !room.seats.is_empty()
        || other.is_none_or(|other| other.groups.iter().all(|group| group.0 != id))
    {
        wrong.push(format!(
            "the group of {id} is not where it must be: {made:?}"
        ));
    }
}

/// A seat has one player or one bot. The seat of a late player was offered in this epoch or is kept from an earlier
/// one.
fn check_seats(pool: &Pool, id: &str, room: &Room, wrong: &mut Vec<String>) {
    let mut taken = room.bots.clone();
    for player in &room.seats {
        let record = &pool.players[player];
        let Some(seat) = record.late else { continue };
        if !taken.insert(seat) {
            wrong.push(format!("{id} has somebody else in seat {seat} of {player}"));
        }
        if room.free.contains(&seat) {
            wrong.push(format!("{id} offers seat {seat}, which {player} has"));
        }
    }
    if room.seats.len() + room.bots.len() > pool.settings.seats_max as usize {
        wrong.push(format!("{id} has more players and bots than seats"));
    }
    let is_offered = room.free.iter().all(|seat| room.offered.contains(seat));
    if !is_offered || (!room.free.is_empty() && room.boot.is_empty()) {
        wrong.push(format!(
            "{id} has seats that its relay has not offered: {:?}",
            room.free
        ));
    }
}
