//! Where bots should wait, so that one person alone gets a match and bots alone never play. A pure
//! function.

use std::collections::{BTreeMap, HashSet};

use bots::Room;

/// A bot that is not playing.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) bot: usize,
    /// None: joining, or in the queue.
    pub(crate) room: Option<Room>,
}

/// What must change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    /// One more bot joins.
    Spawn,
    /// This one leaves its room and joins again: the fullest room, where a person waits, takes it.
    Rejoin(usize),
    /// This one goes home.
    Leave(usize),
}

/// Idle bots leave one seat to the person who makes it a match.
const IDLE_MAX: usize = 2;

/// With `keep` bots for each room in which somebody waits who is not one of `ours`.
pub(crate) fn plan(keep: usize, ours: &HashSet<String>, waiting: &[Waiting]) -> Vec<Order> {
    let rooms = rooms_with_people(ours, waiting);
    let is_with_people = |bot: &&Waiting| {
        bot.room
            .as_ref()
            .is_some_and(|room| rooms.contains_key(room.room_id.as_str()))
    };
    let loose: Vec<&Waiting> = waiting.iter().filter(|bot| !is_with_people(bot)).collect();
    let missing: usize = rooms.values().map(|room| missing(keep, ours, room)).sum();
    let idle = keep.min(IDLE_MAX).min(seats_min(waiting).saturating_sub(1));
    let wanted = if rooms.is_empty() { idle } else { missing };

    let mut orders = vec![Order::Spawn; wanted.saturating_sub(loose.len())];
    let queued = loose.iter().filter(|bot| bot.room.is_none()).count();
    let seated = loose.iter().filter(|bot| bot.room.is_some());
    orders.extend(
        seated
            .take(missing.saturating_sub(queued))
            .map(|bot| Order::Rejoin(bot.bot)),
    );
    // The last to come leave first, so that nobody flits in and out.
    orders.extend(
        loose
            .iter()
            .skip(wanted.max(idle))
            .map(|bot| Order::Leave(bot.bot)),
    );
    orders
}

/// The rooms of these bots in which somebody else waits too.
fn rooms_with_people<'a>(
    ours: &HashSet<String>,
    waiting: &'a [Waiting],
) -> BTreeMap<&'a str, &'a Room> {
    let rooms = waiting.iter().filter_map(|bot| bot.room.as_ref());
    let with_people = rooms.filter(|room| {
        room.players
            .iter()
            .any(|player| !ours.contains(&player.player_id))
    });
    with_people
        .map(|room| (room.room_id.as_str(), room))
        .collect()
}

/// How many more bots this room should have.
fn missing(keep: usize, ours: &HashSet<String>, room: &Room) -> usize {
    let here = room
        .players
        .iter()
        .filter(|player| ours.contains(&player.player_id))
        .count();
    let free = room.seats_max.saturating_sub(room.players.len());
    keep.saturating_sub(here).min(free)
}

fn seats_min(waiting: &[Waiting]) -> usize {
    waiting
        .iter()
        .filter_map(|bot| Some(bot.room.as_ref()?.seats_min))
        .min()
        .unwrap_or(IDLE_MAX + 1)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use bots::Member;
    use expect_test::{Expect, expect};

    use super::*;

    /// `rooms`: a line each, who is in it: digits are bots, letters people; `-` holds bots that
    /// wait for a room.
    fn check(keep: usize, rooms: &[&str], expected: &Expect) {
        let mut waiting = Vec::new();
        for (index, line) in rooms.iter().enumerate() {
            let player = |name: char| Member {
                player_id: name.into(),
                name: name.into(),
                colors: Vec::new(),
            };
            let (queued, line) = (line.starts_with('-'), line.trim_start_matches('-'));
            let room = Room {
                room_id: format!("main.{index}"),
                players: line.chars().map(player).collect(),
                seats_min: 3,
                seats_max: 5,
            };
            let bots = line.chars().filter_map(|name| name.to_digit(10));
            waiting.extend(bots.map(|bot| Waiting {
                bot: bot as usize,
                room: (!queued).then(|| room.clone()),
            }));
        }
        let ours = ('0'..='9').map(String::from).collect();
        let mut orders = String::new();
        for order in plan(keep, &ours, &waiting) {
            write!(orders, "{order:?} ").expect("a string takes it");
        }
        expected.assert_eq(orders.trim_end());
    }

    #[test]
    fn idle_bots_leave_a_seat_to_the_person_who_makes_it_a_match() {
        check(4, &[], &expect!["Spawn Spawn"]);
        check(1, &[], &expect!["Spawn"]);
        check(4, &["01"], &expect![""]);
        check(4, &["0", "-1"], &expect![""]);
    }

    #[test]
    fn the_other_bots_join_when_a_person_waits() {
        check(2, &["01a"], &expect![""]);
        check(4, &["01a"], &expect!["Spawn Spawn"]);
        check(4, &["01a", "-2"], &expect!["Spawn"]);
        check(4, &["01ab"], &expect!["Spawn"]);
        check(9, &["01abc"], &expect![""]);
    }

    #[test]
    fn bots_in_other_rooms_join_the_person() {
        check(2, &["0a", "1"], &expect!["Rejoin(1)"]);
        check(3, &["0a", "1", "-2"], &expect!["Rejoin(1)"]);
    }

    #[test]
    fn surplus_bots_leave_before_they_start_a_match() {
        check(4, &["0123"], &expect!["Leave(2) Leave(3)"]);
        check(4, &["01ab2", "345"], &expect!["Leave(5)"]);
    }
}
