//! `assign` of the reference: seats players and groups of the queue.

use super::late::LateSeats;
use super::relays::Live;
use super::{Group, Pool};

/// The time after which the group that has waited longest is first.
const GROUP_FIRST_MS: i64 = 20_000;

/// The rooms that get players in one call, in order, with the new players.
type Touched = Vec<Group>;

impl Pool {
    pub(super) fn assign(&mut self, relays: &mut [Live]) -> String {
        let mut touched = Touched::new();
        let (mut late, mut seated) = (LateSeats::new(self), 0);
        for entry in self.due_entries() {
            let Some(group) = entry.strip_prefix("group:") else {
                seated += 1;
                if late.take(self, std::slice::from_ref(&entry)).is_none() {
                    let at = self.place(&mut touched, 1);
                    self.seat(&entry, &touched[at].0);
                    touched[at].1.push(entry);
                }
                continue;
            };
            let players = self.room(group).seats.clone();
            let size = players.len();
            seated += size;
            if let Some(id) = late.take(self, &players) {
                self.move_group(group, &id);
                continue;
            }
            let at = self.place(&mut touched, size);
            let players = self.seat_group(group, &touched[at].0.clone());
            touched[at].1.extend(players);
        }
        late.seat(self);
        let mut started = 0;
        for (id, new) in touched {
            self.notify_room("room_joined", &id, &new);
            started += u32::from(self.start_if_full(&id, relays));
        }
        format!("seated {seated} started {started}")
    }

    /// The queue entries whose time has come, in order.
    fn due_entries(&self) -> Vec<String> {
        let now = self.now as i64;
        let entries = self.queue.iter().filter(|(_, at)| **at <= now);
        let mut due: Vec<(i64, String)> = entries.map(|(id, at)| (*at, id.clone())).collect();
        due.sort();
        let first = due.iter().position(|(_, id)| id.starts_with("group:"));
        if let Some(first) = first.filter(|first| now - due[*first].0 >= GROUP_FIRST_MS) {
            let group = due.remove(first);
            due.insert(0, group);
        }
        due.into_iter().map(|(_, id)| id).collect()
    }

    /// The fullest room with this number of free seats, as an index in `touched`. Among equal ones, the first that
    /// got players in this call, or else the one with the greatest name; a new room if there is none.
    fn place(&mut self, touched: &mut Touched, seats: usize) -> usize {
        let seats_max = self.seats_max();
        let left = |id: &String| seats_max - self.rooms[id].seats.len();
        let fitting = touched.iter().map(|(id, _)| left(id)).enumerate();
        let best = fitting.filter(|(_, left)| *left >= seats);
        let best = best.min_by_key(|(_, left)| *left);
        let listed = self.rooms.iter().filter(|(id, room)| {
            self.is_listed(room)
                && left(id) >= seats
                && !touched.iter().any(|(other, _)| other == *id)
        });
        let fullest = listed.max_by_key(|(id, room)| (room.seats.len(), *id));
        let fuller = fullest
            .map(|(id, _)| id.clone())
            .filter(|id| best.is_none_or(|(_, least)| left(id) < least));
        match (fuller, best) {
            (None, Some((at, _))) => return at,
            (Some(id), _) => touched.push((id, Vec::new())),
            (None, None) => touched.push((self.open(), Vec::new())),
        }
        touched.len() - 1
    }
}
