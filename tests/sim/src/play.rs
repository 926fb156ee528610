//! One simulated match: the order of events, and the result.

use game::Seat;

use crate::player::Player;
use crate::screen::Touch;
use crate::server::Server;
use crate::{Condition, Report, TICK_US};

/// Clients need a moment to find their clock, ticks.
const WARM_UP_TICKS: u32 = 120;
/// What is on its way when a match ends still arrives, microseconds.
const AFTER_US: u64 = 2_000_000;

/// Plays a match of five over this condition and adds what it measured.
pub fn play(condition: &Condition, seed: u64, report: &mut Report) {
    let mut server = Server::new(seed);
    let mut players: Vec<_> = Seat::all()
        .map(|seat| Player::new(seat, condition, seed))
        .collect();
    let (mut tick_us, mut ends_us) = (TICK_US, u64::MAX);
    while tick_us < ends_us {
        let next = players.iter_mut().min_by_key(|player| player.next_frame_us);
        if let Some(player) = next.filter(|player| player.next_frame_us < tick_us) {
            let now_us = player.next_frame_us;
            player.frame(now_us, &server, report);
            server.write(now_us, player.seat, &mut player.down);
            continue;
        }
        for player in &mut players {
            server.read(tick_us, player.seat, &mut player.up);
        }
        server.tick(tick_us);
        for player in &mut players {
            server.write(tick_us, player.seat, &mut player.down);
        }
        if server.room.outcome().is_some() && ends_us == u64::MAX {
            ends_us = tick_us + AFTER_US;
            for player in &mut players {
                player.finish(tick_us, report);
            }
        }
        tick_us += TICK_US;
    }
    sum_up(&server, &players, report);
}

fn sum_up(server: &Server, players: &[Player], report: &mut Report) {
    let last = server.room.tick();
    report.match_us += u64::from(last) * TICK_US;
    report.ticks += u64::from(last.saturating_sub(WARM_UP_TICKS)) * players.len() as u64;
    for starved in &server.starved {
        report.starved += starved.iter().filter(|&&tick| tick > WARM_UP_TICKS).count() as u64;
    }
    for (&shot, &victim) in &server.hits {
        report.hits += 1;
        let was_seen = players[victim]
            .screen
            .touches(shot)
            .iter()
            .any(|touch| touch.seat == victim);
        report.hits_unseen += u64::from(!was_seen);
    }
    for player in players {
        let own = player.seat.index() as u64;
        for shot in player.screen.shots().filter(|shot| shot % 8 == own) {
            report.shots += 1;
            judge(server, shot, player.screen.touches(shot), report);
        }
    }
}

/// Compares what a shot did with what its shooter saw it do.
fn judge(server: &Server, shot: u64, touches: &[Touch], report: &mut Report) {
    if shot / 8 + 120 > u64::from(server.room.tick()) {
        // The match may have ended before it did.
        return;
    }
    let hit = server.hits.get(&shot).copied();
    let (tick, own) = ((shot / 8) as u32, (shot % 8) as usize);
    let just_died =
        |&(at, seat, _): &(u32, usize, u32)| seat == own && (at..at + 60).contains(&tick);
    if hit.is_none() && server.kills.iter().any(just_died) {
        // The shot belongs to a life that was over, which the client did not know yet.
        return;
    }
    // Whoever lost that life meanwhile, or could not be hit, does not count: the same life is the rule.
    let counts = |touch: &&Touch| {
        let lost_it = |&(tick, seat, left): &(u32, usize, u32)| {
            seat == touch.seat && left < touch.lives && tick <= touch.tick
        };
        hit == Some(touch.seat) || !touch.doubtful && !server.kills.iter().any(lost_it)
    };
    let seen = touches.iter().find(counts).map(|touch| touch.seat);
    if hit.is_some() || seen.is_some() {
        report.judged += 1;
        report.agreed += u64::from(hit == seen);
    }
}
