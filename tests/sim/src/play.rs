//! One simulated match: the order of events, and the result.

use std::collections::BTreeMap;

use arena::{Arena, EVENT_HIT, EVENT_KILL};
use game::{Bot, Game};
use netclient::Happened;

use crate::person::{BotPerson, Person};
use crate::player::Player;
use crate::screen::Touch;
use crate::server::Server;
use crate::shooter::Shooter;
use crate::{Condition, Report, tick_us, warm_up_ticks};

/// The default number of players of a match.
pub const PLAYERS: usize = 5;
/// The time for messages in flight at the end of a match, microseconds.
const AFTER_US: u64 = 2_000_000;

/// Plays a match of five in the arena under this condition and adds its measurements.
pub fn play(condition: &Condition, seed: u64, report: &mut Report) {
    let (server, players) = run::<Arena, Shooter>(PLAYERS, condition, seed, report);
    judge_shots(&server, &players, report);
}

/// Plays a match of this number of bots, or as many as fit, in any game under this condition and adds its measurements.
/// Shots are not evaluated.
pub fn play_game<G: Game, B: Bot>(
    players: usize,
    condition: &Condition,
    seed: u64,
    report: &mut Report,
) {
    run::<G, BotPerson<B>>(players, condition, seed, report);
}

/// The result of a simulated match.
type Played<G, P> = (Server<G>, Vec<Player<G, P>>);

fn run<G: Game, P: Person<G>>(
    players: usize,
    condition: &Condition,
    seed: u64,
    report: &mut Report,
) -> Played<G, P> {
    let mut server = Server::<G>::new(seed, players, condition.transport);
    let seats = server.room.seats();
    let mut players: Vec<Player<G, P>> = seats
        .iter()
        .map(|seat| Player::new(seat, condition, seed))
        .collect();
    let step_us = tick_us(G::RATE);
    let (mut at_us, mut ends_us) = (step_us, u64::MAX);
    while at_us < ends_us {
        let next = players.iter_mut().min_by_key(|player| player.next_frame_us);
        if let Some(player) = next.filter(|player| player.next_frame_us < at_us) {
            let now_us = player.next_frame_us;
            player.frame(now_us, &server, report);
            server.write(now_us, player.seat, &mut player.down);
            continue;
        }
        for player in &mut players {
            server.read(at_us, player.seat, &mut player.up);
        }
        server.tick(at_us);
        for player in &mut players {
            server.write(at_us, player.seat, &mut player.down);
        }
        if server.room.outcome().is_some() && ends_us == u64::MAX {
            ends_us = at_us + AFTER_US;
            for player in &mut players {
                player.finish(at_us, report);
            }
        }
        at_us += step_us;
    }
    sum_up(&server, players.len(), report);
    (server, players)
}

fn sum_up<G: Game>(server: &Server<G>, players: usize, report: &mut Report) {
    let (last, warm_up) = (server.room.tick(), warm_up_ticks(G::RATE));
    let match_us = u64::from(last) * tick_us(G::RATE);
    report.match_us += match_us;
    report.player_us += match_us * players as u64;
    report.ticks += u64::from(last.saturating_sub(warm_up)) * players as u64;
    for starved in &server.starved {
        report.starved += starved.iter().filter(|&&tick| tick > warm_up).count() as u64;
    }
}

/// The decisions of the room about shots.
#[derive(Default)]
struct Decided {
    /// The player that each shot hit.
    hits: BTreeMap<u64, usize>,
    /// The tick, player and remaining lives of each lost life.
    kills: Vec<(u32, usize, u32)>,
    /// The newest tick.
    tick: u32,
}

impl Decided {
    fn by(server: &Server<Arena>) -> Self {
        let mut decided = Self {
            tick: server.room.tick(),
            ..Self::default()
        };
        for Happened { tick, event } in &server.happened {
            let victim = event.args[0] as usize;
            match event.kind {
                EVENT_HIT => {
                    decided.hits.insert(event.args[2] as u64, victim);
                }
                EVENT_KILL => decided.kills.push((*tick, victim, event.args[2] as u32)),
                _ => {}
            }
        }
        decided
    }
}

fn judge_shots(server: &Server<Arena>, players: &[Player<Arena, Shooter>], report: &mut Report) {
    let decided = Decided::by(server);
    let touches = |player: usize, shot| players[player].person.screen.touches(shot);
    for (&shot, &victim) in &decided.hits {
        report.hits += 1;
        let was_seen = touches(victim, shot)
            .iter()
            .any(|touch| touch.seat == victim);
        report.hits_unseen += u64::from(!was_seen);
    }
    for (own, player) in players.iter().enumerate() {
        let shots = player.person.screen.shots();
        for shot in shots.filter(|shot| shot % 8 == own as u64) {
            report.shots += 1;
            judge(&decided, shot, touches(own, shot), report);
        }
    }
}

/// Compares the room's decision about a shot with the shooter's screen.
fn judge(decided: &Decided, shot: u64, touches: &[Touch], report: &mut Report) {
    if shot / 8 + 120 > u64::from(decided.tick) {
        // The match may have ended before the shot did.
        return;
    }
    let hit = decided.hits.get(&shot).copied();
    let (tick, own) = ((shot / 8) as u32, (shot % 8) as usize);
    let just_died =
        |&(at, seat, _): &(u32, usize, u32)| seat == own && (at..at + 60).contains(&tick);
    if hit.is_none() && decided.kills.iter().any(just_died) {
        // The shooter was already dead, which the client did not know yet.
        return;
    }
    // A player who lost that life in the meantime, or could not be hit, does not count.
    let counts = |touch: &&Touch| {
        let lost_it = |&(tick, seat, left): &(u32, usize, u32)| {
            seat == touch.seat && left < touch.lives && tick <= touch.tick
        };
        hit == Some(touch.seat) || !touch.doubtful && !decided.kills.iter().any(lost_it)
    };
    let seen = touches.iter().find(counts).map(|touch| touch.seat);
    if hit.is_some() || seen.is_some() {
        report.judged += 1;
        report.agreed += u64::from(hit == seen);
    }
}
