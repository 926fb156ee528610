//! Groups of the reference: players of a room that a player made, who wait in the queue together.

use super::made::{HOST_SILENT_MS, Rematch};
use super::{Pool, Room};

/// The time after which a silent player is removed from a group.
pub(super) const GROUP_SILENT_MS: u64 = 30_000;
/// How long the room of a group waits for its players after their match.
const REMATCH_TTL_MS: u64 = 720_000;

/// A group that has seats: its own room, and its players there who have not left.
pub(crate) type Group = (String, Vec<String>);

/// The queue entry of a group.
pub(crate) fn group_entry(id: &str) -> String {
    format!("group:{id}")
}

impl Rematch {
    /// The room of this player's group.
    pub(crate) fn group_of(&self, player: &str) -> Option<String> {
        let own = |group: &&Group| group.1.iter().any(|id| id == player);
        let group = self.groups.iter().find(own);
        group.map(|group| group.0.clone())
    }
}

impl Pool {
    /// Whether the queue has a group of several players.
    pub(crate) fn has_large_group(&self) -> bool {
        let groups = self
            .queue
            .keys()
            .filter_map(|entry| entry.strip_prefix("group:"));
        groups.into_iter().any(|id| self.rooms[id].seats.len() > 1)
    }

    /// Puts the group into the queue.
    pub(super) fn queue_group(&mut self, id: &str) {
        let now = self.now;
        self.made(id).queued = Some(now as i64);
        self.room(id).is_waiting = false;
        self.queue.insert(group_entry(id), now as i64);
        let at = now + GROUP_SILENT_MS - HOST_SILENT_MS;
        for player in self.room(id).seats.clone() {
            let member = format!("player:{player}");
            if self.players[&player].is_silent && self.deadlines[&member] > at as f64 {
                self.arm(&member, at);
            }
        }
    }

    pub(super) fn dequeue_group(&mut self, id: &str) {
        self.made(id).queued = None;
        self.queue.remove(&group_entry(id));
    }

    /// All players of the group get seats in this open room.
    pub(super) fn seat_group(&mut self, id: &str, to: &str) -> Vec<String> {
        let players = self.move_group(id, to);
        for player in &players {
            self.seat(player, to);
        }
        players
    }

    /// Moves the players from the group's room to this one.
    pub(super) fn move_group(&mut self, id: &str, to: &str) -> Vec<String> {
        let at = self.now + self.settings.room_ttl_ms;
        self.arm(&format!("room:{id}"), at);
        self.queue.remove(&group_entry(id));
        let since = self.made(id).queued.expect("a queued group");
        self.made(id).matched = Some(to.to_owned());
        let room = self.room(id);
        room.generation += 1;
        let players = std::mem::take(&mut room.seats);
        for player in &players {
            let record = self.players.get_mut(player).expect("a player of a group");
            (record.is_ready, record.is_silent) = (false, false);
            record.order = since;
        }
        self.room(to).groups.push((id.to_owned(), players.clone()));
        players
    }

    /// Lets the group's own room gather again, empty. Returns since when the group waited.
    pub(super) fn gather_group(&mut self, id: &str) -> Option<i64> {
        let made = self.rooms.get_mut(id)?.made.as_mut()?;
        made.matched.take()?;
        let since = made.queued.take();
        self.save_gathering(id, REMATCH_TTL_MS);
        since
    }

    /// Records that the player left this open room. A group without players there gathers again.
    pub(super) fn leave_group(&mut self, player: &str, id: &str) {
        let mut groups = std::mem::take(&mut self.room(id).groups);
        for group in &mut groups {
            group.1.retain(|other| other != player);
        }
        for (group, _) in groups.iter().filter(|group| group.1.is_empty()) {
            self.gather_group(group);
        }
        groups.retain(|group| !group.1.is_empty());
        self.room(id).groups = groups;
    }

    /// Records that the groups have seats in another room now.
    pub(super) fn move_groups(&mut self, groups: Vec<Group>, to: &str) {
        for (group, _) in &groups {
            self.made(group).matched = Some(to.to_owned());
        }
        self.room(to).groups.extend(groups);
    }

    /// Lets the groups of a room that no longer exists wait again, if some of its players belong to them. Returns the
    /// other players.
    pub(super) fn requeue_groups(&mut self, room: &Room) -> Vec<String> {
        let mut others = room.seats.clone();
        for (group, named) in &room.groups {
            let mut named = named.clone();
            named.retain(|player| others.contains(player));
            others.retain(|player| !named.contains(player));
            let since = self.gather_group(group);
            if named.is_empty() {
                continue;
            }
            let since = since.expect("a group that has waited");
            for player in &named {
                self.seat(player, group);
            }
            self.made(group).queued = Some(since);
            self.queue.insert(group_entry(group), since);
            self.settle_gathering("requeued", group, &named);
        }
        others
    }

    /// `expire_room` for a room whose group has seats in another room.
    pub(super) fn expire_matched(&mut self, id: &str) {
        let at = self.now + self.settings.room_ttl_ms;
        self.room(id).ttl_at = at;
        self.rearm(id);
    }

    /// The clock was set back.
    pub(super) fn set_group_back(&mut self, id: &str, by: u64) {
        let made = self.room(id).made.as_mut();
        if let Some(since) = made.and_then(|made| made.queued.as_mut()) {
            *since -= by as i64;
        }
        if let Some(at) = self.queue.get_mut(&group_entry(id)) {
            *at -= by as i64;
        }
    }
}
