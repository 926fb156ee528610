//! Where a new room goes on its worker: the number of phases in use, and the turn of a room that does not step in every
//! frame.

use crate::worker::hosted::OnWorker;
use crate::worker::schedule::PHASES;

/// Rooms that share a phase before more phases are used. Each phase costs a wake-up, a poll of the
/// sockets and a journal entry, even if it is nearly empty.
const ROOMS_PER_PHASE: usize = 64;

/// The turn with the fewest rooms, among the rooms of the group with the same tick interval.
pub(super) fn quietest_turn(group: &[OnWorker], every: u32) -> u32 {
    let rooms = |&turn: &u32| {
        let same = |room: &&OnWorker| (room.every, room.turn) == (every, turn);
        group.iter().filter(same).count()
    };
    (0..every).min_by_key(rooms).unwrap_or_default()
}

/// Number of phases of the frame for this number of rooms: 1, 2, 4 or 8, evenly spaced.
pub(super) fn phases_for(rooms: usize) -> usize {
    rooms
        .div_ceil(ROOMS_PER_PHASE)
        .next_power_of_two()
        .min(PHASES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_added_as_rooms_arrive() {
        let opened: Vec<usize> = [1, 64, 65, 128, 129, 256, 257, 5_000]
            .map(phases_for)
            .to_vec();
        assert_eq!(opened, [1, 1, 2, 2, 4, 4, 8, 8]);
    }
}
