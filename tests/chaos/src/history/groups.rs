//! Groups as Redis executed them: either all players of a group get seats in one room or none does, and the group's
//! own room gathers again when that room no longer exists.

use std::collections::{BTreeMap, BTreeSet};

use super::{Seen, field, is_room};
use crate::table::Table;

/// The rooms of groups, and the players in each room.
#[derive(Default)]
pub(super) struct Groups {
    /// The players of each room that was observed from its first player on.
    members: BTreeMap<String, BTreeSet<String>>,
    /// Indexed by the group's own room.
    matched: BTreeMap<String, Matched>,
    seated: usize,
    /// How many of them had more than one player.
    large: usize,
    gathered: usize,
    /// The violations as text.
    pub(super) wrong: Vec<String>,
}

/// A group that has seats in another room.
#[derive(Clone)]
struct Matched {
    room: String,
    players: BTreeSet<String>,
}

/// What one script did to rooms. Room ids are unique over all pools.
#[derive(Default)]
struct Changes {
    /// The last room that each player got.
    added: BTreeMap<String, String>,
    removed: BTreeSet<(String, String)>,
    /// Rooms that are empty now.
    emptied: BTreeSet<String>,
    deleted: BTreeSet<String>,
    /// `state` and `match`, if they were written.
    states: BTreeMap<String, String>,
    matches: BTreeMap<String, String>,
    /// How many players each room has ever had.
    counts: BTreeMap<String, String>,
    /// The groups that rooms name: the group's own room, and its players.
    groups: BTreeMap<String, BTreeSet<String>>,
}

impl Groups {
    pub(super) fn forget(&mut self) {
        self.members.clear();
        self.matched.clear();
    }

    pub(super) fn add_to(&self, table: &mut Table) {
        table.info("groups that got seats", self.seated);
        table.info("  of several players", self.large);
        table.info("groups whose room gathers again", self.gathered);
        table.zero("groups split, or without their room", self.wrong.len());
    }

    /// Adds one complete script.
    pub(super) fn see(&mut self, seen: &Seen<'_>) {
        let changes = Changes::of(seen);
        if changes.is_empty() {
            return;
        }
        let stayed: Vec<_> = self
            .matched
            .iter()
            .map(|(id, group)| (id.clone(), self.stayed(group, &changes)))
            .collect();
        let new = changes.new_groups();
        let before: Vec<_> = new
            .iter()
            .map(|id| self.members.get(*id).cloned())
            .collect();
        for (id, before) in new.iter().zip(before) {
            self.judge_seats(id, before, &changes);
        }
        self.learn_members(&changes);
        for (id, players) in stayed {
            self.judge_together(&id, &players, &changes);
        }
        self.judge_rooms(&changes);
        for group in self.matched.values_mut() {
            let leaves = |player: &String| {
                changes
                    .removed
                    .contains(&(group.room.clone(), player.clone()))
            };
            group.players.retain(|player| !leaves(player));
        }
        for id in new {
            let matched = Matched {
                room: changes.matches[id].clone(),
                players: changes.groups.get(id).cloned().unwrap_or_default(),
            };
            self.matched.insert(id.clone(), matched);
        }
    }

    /// The players of a group who were in its room before the script, and did not leave it individually.
    fn stayed(&self, group: &Matched, changes: &Changes) -> BTreeSet<String> {
        let there = self.members.get(&group.room);
        let mut players = there.map_or_else(BTreeSet::new, |there| there & &group.players);
        players.retain(|id| !changes.removed.contains(&(group.room.clone(), id.clone())));
        players
    }

    /// Checks that all players of a group that gets seats have them in the same room. None: the players in the
    /// group's room were not observed.
    fn judge_seats(&mut self, id: &str, before: Option<BTreeSet<String>>, changes: &Changes) {
        let (room, none) = (&changes.matches[id], BTreeSet::new());
        let players = changes.groups.get(id).unwrap_or(&none);
        self.seated += 1;
        self.large += usize::from(players.len() > 1);
        if let Some(before) = before.filter(|before| before != players) {
            self.wrong
                .push(format!("{id}: of {before:?}, {players:?} get seats"));
        }
        if let Some(player) = players
            .iter()
            .find(|player| changes.added.get(*player) != Some(room))
        {
            self.wrong.push(format!(
                "{id}: {player} of {players:?} gets no seat in {room}"
            ));
        }
    }

    /// Checks that players of a group who did not leave stay together.
    fn judge_together(&mut self, id: &str, players: &BTreeSet<String>, changes: &Changes) {
        let room = &self.matched[id].room;
        let still = self.members.get(room);
        let place = |player: &String| {
            let is_still = still.is_some_and(|still| still.contains(player));
            let new = changes.added.get(player);
            new.or(is_still.then_some(room)).cloned()
        };
        let places: BTreeSet<Option<String>> = players.iter().map(place).collect();
        if places.len() > 1 {
            self.wrong.push(format!(
                "{id}: {players:?} are split, from {room} into {places:?}"
            ));
        }
    }

    /// Checks that a group whose room no longer exists is in another room, or that its own room gathers again.
    fn judge_rooms(&mut self, changes: &Changes) {
        for (id, room) in &changes.matches {
            if let Some(group) = self.matched.get_mut(id) {
                group.room.clone_from(room);
            }
        }
        let state = |id: &String| changes.states.get(id).map(String::as_str);
        let (gathered, wrong) = (&mut self.gathered, &mut self.wrong);
        self.matched.retain(|id, group| {
            if state(id) == Some("gathering") {
                *gathered += 1;
                return false;
            }
            let is_gone = changes.deleted.contains(&group.room);
            if is_gone {
                wrong.push(format!("{id} does not gather again after {}", group.room));
            }
            !is_gone && !changes.deleted.contains(id)
        });
    }

    fn learn_members(&mut self, changes: &Changes) {
        for (room, player) in &changes.removed {
            if let Some(members) = self.members.get_mut(room) {
                members.remove(player);
            }
        }
        for room in &changes.emptied {
            self.members.insert(room.clone(), BTreeSet::new());
        }
        let mut added = BTreeMap::<&String, BTreeSet<String>>::new();
        for (player, room) in &changes.added {
            added.entry(room).or_default().insert(player.clone());
        }
        for (room, players) in added {
            let is_first = changes
                .counts
                .get(room)
                .is_some_and(|count| *count == players.len().to_string());
            if is_first {
                self.members.insert(room.clone(), players);
            } else if let Some(members) = self.members.get_mut(room) {
                members.extend(players);
            }
        }
        for room in &changes.deleted {
            self.members.remove(room);
        }
    }
}

impl Changes {
    fn of(seen: &Seen<'_>) -> Self {
        let mut changes = Self::default();
        for write in seen.done {
            changes.add(write);
        }
        changes
    }

    fn add(&mut self, write: &[String]) {
        let [command, key, rest @ ..] = write else {
            return;
        };
        match (command.as_str(), seats_of(key)) {
            ("SADD", Some(room)) => {
                let added = rest.iter().map(|player| (player.clone(), room.to_owned()));
                self.added.extend(added);
                self.emptied.remove(room);
            }
            ("SREM", Some(room)) => {
                let removed = rest.iter().map(|player| (room.to_owned(), player.clone()));
                self.removed.extend(removed);
            }
            ("DEL", _) => {
                for key in &write[1..] {
                    self.emptied.extend(seats_of(key).map(str::to_owned));
                    self.deleted.extend(id_of(key).map(str::to_owned));
                }
            }
            ("HSET", _) => self.add_fields(key, rest),
            _ => {}
        }
    }

    fn add_fields(&mut self, key: &str, fields: &[String]) {
        let Some(id) = id_of(key) else { return };
        let maps = [
            ("state", &mut self.states),
            ("match", &mut self.matches),
            ("seated_count", &mut self.counts),
        ];
        for (name, map) in maps {
            if let Some(value) = field(fields, name) {
                map.insert(id.to_owned(), value.to_owned());
            }
        }
        for named in field(fields, "groups").unwrap_or_default().split(';') {
            if let Some((group, players)) = named.split_once('=') {
                let players = players.split(',').map(str::to_owned).collect();
                self.groups.insert(group.to_owned(), players);
            }
        }
    }

    /// The rooms of the groups that got seats.
    fn new_groups(&self) -> Vec<&String> {
        let is_new = |id: &&String| self.states.get(*id).is_some_and(|state| state == "matched");
        self.matches.keys().filter(is_new).collect()
    }

    fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.removed.is_empty()
            && self.deleted.is_empty()
            && self.states.is_empty()
    }
}

/// The id of a room's record.
fn id_of(key: &str) -> Option<&str> {
    is_room(key)
        .then(|| key.split_once("}:room:"))?
        .map(|(_, id)| id)
}

/// The id of the room whose players are in this key.
fn seats_of(key: &str) -> Option<&str> {
    key.split_once("}:rooms:").map(|(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scripts with these writes.
    fn see(groups: &mut Groups, scripts: &[&[&str]]) {
        for writes in scripts {
            let words = |text: &&str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
            let done: Vec<_> = writes.iter().map(words).collect();
            groups.see(&Seen {
                at_ms: 0.0,
                arguments: &[],
                done: &done,
            });
        }
    }

    /// The group's room a.g has the players p and q, of whom only `seats` get into a.1.
    fn seated(seats: &str, named: &str) -> Groups {
        let mut groups = Groups::default();
        let add = format!("SADD {{a}}:rooms:a.1 {seats}");
        let name = format!("HSET {{a}}:room:a.1 groups a.g={named}");
        see(
            &mut groups,
            &[
                &[
                    "SADD {a}:rooms:a.g p",
                    "HSET {a}:room:a.g state gathering seated_count 1",
                ],
                &[
                    "SADD {a}:rooms:a.g q",
                    "HSET {a}:room:a.g state gathering seated_count 2",
                ],
                &[
                    "DEL {a}:rooms:a.g",
                    "HSET {a}:room:a.g state matched match a.1 generation 5",
                    &name,
                    &add,
                    "HSET {a}:room:a.1 state open seated_count 3",
                ],
            ],
        );
        groups
    }

    const OVER: &str = "DEL {a}:room:a.1 {a}:rooms:a.1 {a}:projectile:a.1";
    const GATHERS: &str = "HSET {a}:room:a.g state gathering seated_count 2";

    #[test]
    fn a_group_that_plays_together_and_gathers_again_is_accepted() {
        let mut groups = seated("p q s", "p,q");
        see(
            &mut groups,
            &[
                &["SREM {a}:rooms:a.1 q", "SADD {a}:rooms:a.2 q"],
                &[GATHERS, OVER],
            ],
        );
        assert_eq!(groups.wrong, Vec::<String>::new());
        assert_eq!((groups.seated, groups.large, groups.gathered), (1, 1, 1));
    }

    #[test]
    fn a_group_of_which_only_some_get_seats_is_reported() {
        let wrong = r#"a.g: of {"p", "q"}, {"p"} get seats"#;
        assert_eq!(seated("p r s", "p").wrong, [wrong]);
        let wrong = r#"a.g: q of {"p", "q"} gets no seat in a.1"#;
        assert_eq!(seated("p r s", "p,q").wrong, [wrong]);
    }

    #[test]
    fn a_group_that_is_split_later_is_reported() {
        let mut groups = seated("p q s", "p,q");
        see(
            &mut groups,
            &[&[
                "HSET {a}:room:a.g match a.2",
                OVER,
                "SADD {a}:rooms:a.2 p s",
                "SADD {a}:rooms:a.3 q",
            ]],
        );
        let wrong = r#"a.g: {"p", "q"} are split, from a.1 into {Some("a.2"), Some("a.3")}"#;
        assert_eq!(groups.wrong, [wrong]);
    }

    #[test]
    fn a_group_whose_room_does_not_gather_again_is_reported() {
        let mut groups = seated("p q s", "p,q");
        see(&mut groups, &[&[OVER]]);
        assert_eq!(groups.wrong, ["a.g does not gather again after a.1"]);
    }
}
