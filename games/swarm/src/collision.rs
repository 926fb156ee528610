//! Collisions: players who meet push each other apart and exchange their velocities.

use game::prelude::*;

use crate::{INSIDE, Item, Player, RADIUS, SPEED_MAX};

/// Handles each pair of players who overlap. A prediction handles only the pairs of its own player,
/// so that collisions of that player need not wait for the server.
pub(crate) fn push_apart(players: &mut Players<Player>, mode: Mode) {
    let seats = players.seats();
    for one in seats.iter() {
        for other in seats.iter().skip_while(|&other| other <= one) {
            if mode.moves(one) || mode.moves(other) {
                push_pair(players, one, other);
            }
        }
    }
}

fn push_pair(players: &mut Players<Player>, one: Seat, other: Seat) {
    let (Some(a), Some(b)) = (players.get(one), players.get(other)) else {
        return;
    };
    // Most pairs are far from each other.
    if (a.x - b.x).abs() > 2 * RADIUS || a.out || b.out || !are_near(a.at(), b.at(), 2 * RADIUS) {
        return;
    }
    let (mut a, mut b) = (a.clone(), b.clone());
    meet(&mut a, &mut b);
    players.change(one, |player| *player = a);
    players.change(other, |player| *player = b);
}

/// Separates two players until they do not overlap; the lighter one is moved further. If they approached each
/// other, they bounce elastically.
fn meet(a: &mut Player, b: &mut Player) {
    let mut way = (b.x - a.x, b.y - a.y);
    if way == (0, 0) {
        way = (1, 0);
    }
    let distance = ((way.0 * way.0 + way.1 * way.1) as u32).isqrt().max(1) as i32;
    let (mass_a, mass_b) = (mass(a), mass(b));
    let both = mass_a + mass_b;
    let overlap = 2 * RADIUS - distance;
    // The part of the overlap along the line between them, for a share of it.
    let part = |share: i32| {
        let length = overlap * share / both + 1;
        (way.0 * length / distance, way.1 * length / distance)
    };
    let (of_a, of_b) = (part(mass_b), part(mass_a));
    (a.x, a.y) = walk((a.x, a.y), (-of_a.0, -of_a.1), INSIDE);
    (b.x, b.y) = walk((b.x, b.y), of_b, INSIDE);

    let closing = (a.vx - b.vx) * way.0 + (a.vy - b.vy) * way.1;
    if closing <= 0 {
        return;
    }
    let square = distance * distance;
    let impulse = |share: i32, along: i32| {
        let full = i64::from(closing) * i64::from(2 * share) * i64::from(along);
        (full / i64::from(square) / i64::from(both)) as i32
    };
    let limited = |velocity: i32| velocity.clamp(-SPEED_MAX, SPEED_MAX);
    a.vx = limited(a.vx - impulse(mass_b, way.0));
    a.vy = limited(a.vy - impulse(mass_b, way.1));
    b.vx = limited(b.vx + impulse(mass_a, way.0));
    b.vy = limited(b.vy + impulse(mass_a, way.1));
}

fn mass(player: &Player) -> i32 {
    if player.has(Item::Anchor) { 4 } else { 1 }
}
