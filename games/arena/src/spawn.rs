//! The places where players spawn.

use game::{Pose, Random};

use crate::player::{FAR, NEAR};

/// The number of random places to choose from.
const TRIES: u32 = 8;

/// The one of several random places that is farthest from its nearest player.
pub(crate) fn place(random: &mut Random, others: &[Pose]) -> (i32, i32) {
    let mut side = || NEAR + random.below((FAR - NEAR) as u32 + 1) as i32;
    let mut best = (side(), side());
    for _ in 1..TRIES {
        let place = (side(), side());
        if room_around(place, others) > room_around(best, others) {
            best = place;
        }
    }
    best
}

fn room_around(place: (i32, i32), others: &[Pose]) -> u32 {
    let distance = |pose: &Pose| ((place.0 - pose.x).pow(2) + (place.1 - pose.y).pow(2)) as u32;
    others.iter().map(distance).min().unwrap_or(u32::MAX)
}
