//! The rules of a match: movement, hits, and the end.

use alloc::vec::Vec;

use game::{
    BadState, Constants, Entity, Event, Game, InputFields as _, Member, Mode, Pad, Players, Pose,
    Random, Ranking, Reader, Roster, Schema, Seat, SeatInput, Setting, Settings, Standing, State,
    Step, TICKS_PER_SECOND, Values, View,
};

use crate::SIDE;
use crate::player::Player;
use crate::schema::{self, EVENT_HIT, EVENT_KILL, EVENT_OUT, EVENT_SPAWN};
use crate::shot::{SHOTS_MAX, Shot};
use crate::spawn;

/// A match in the arena.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arena {
    pub(crate) random: Random,
    /// The initial lives of a player.
    pub(crate) lives: u8,
    /// The tick of the time limit.
    pub(crate) ends_at: u32,
    pub(crate) time_is_up: bool,
    pub(crate) players: Players<Player>,
    /// Shots, oldest first, and by seat within a tick.
    pub(crate) shots: Vec<Shot>,
}

impl Game for Arena {
    const NAME: &'static str = "arena";
    const SETTINGS: &'static [Setting] = schema::SETTINGS;
    const CONSTANTS: Constants = schema::CONSTANTS;

    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        let mut arena = Self {
            random: Random::new(seed),
            lives: settings.0[schema::SETTING_LIVES] as u8,
            ends_at: settings.0[schema::SETTING_MATCH_SECONDS] as u32 * TICKS_PER_SECOND,
            time_is_up: false,
            players: Players::default(),
            shots: Vec::with_capacity(SHOTS_MAX),
        };
        roster.iter().for_each(|member| arena.join(member));
        arena
    }

    fn join(&mut self, member: &Member) {
        let seat = member.seat;
        if self.players.get(seat).is_none() {
            let place = self.free_place(seat);
            self.players.join(seat, |_| Player::new(place, self.lives));
        }
    }

    fn leave(&mut self, seat: Seat) {
        if let Some(player) = self.players.get_mut(seat) {
            // Players who are already out keep their place.
            player.left |= player.lives > 0;
            player.lives = 0;
            player.timer = 0;
            self.shots.retain(|shot| shot.seat != seat);
        }
    }

    fn set_away(&mut self, seat: Seat, away: bool) {
        if let Some(player) = self.players.get_mut(seat) {
            player.away = away;
        }
    }

    fn step(&mut self, mut step: Step<'_>) {
        for (seat, player) in self.players.iter_mut() {
            if step.mode.moves(seat) {
                let seat_input = step.seat_input(seat);
                self.shots
                    .extend(moved(player, seat, step.tick, seat_input));
            }
        }
        if step.mode == Mode::Authority {
            self.judge_shots(&mut step);
            self.time_is_up = step.tick >= self.ends_at;
        }
        self.shots.retain(|shot| shot.flies(step.tick));
    }

    fn outcome(&self) -> Option<Ranking> {
        let seated = self.players.iter().count();
        let alive = self.players.iter().filter(|(_, player)| player.is_alive());
        let standing = alive.count();
        let is_decided = standing == 0 || (standing == 1 && seated > 1);
        if !is_decided && !self.time_is_up {
            return None;
        }
        Some(Ranking::of(self.players.seats(), |seat| {
            self.standing(seat, is_decided && self.is_alive(seat))
        }))
    }

    fn is_alive(&self, seat: Seat) -> bool {
        self.players.get(seat).is_some_and(Player::is_alive)
    }

    fn pose(&self, seat: Seat) -> Option<Pose> {
        self.players.get(seat)?.pose()
    }
}

impl State for Arena {
    const SCHEMA: &'static Schema = schema::SCHEMA;

    fn read(&self, view: &mut View) {
        self.read_into(view);
    }

    fn load(&mut self, view: &View) -> Result<(), BadState> {
        self.load_from(view)
    }

    fn evaluate(entity: &Entity<'_>, tick: u32) -> Values {
        let mut values = entity.fields();
        let Some(shot) = Shot::from_entity(entity) else {
            return values;
        };
        let (x, y) = shot.at(tick);
        (values[0], values[1]) = (x.clamp(0, SIDE) as u32, y.clamp(0, SIDE) as u32);
        values
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.save_into(out);
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        Self::restore_from(bytes)
    }
}

impl Arena {
    /// Applies the hits: each projectile, oldest first, strikes the first seat that it met, and is removed.
    fn judge_shots(&mut self, step: &mut Step<'_>) {
        let mut at = 0;
        while let Some(shot) = self.shots.get(at) {
            match self.struck(shot, step) {
                Some(victim) => {
                    let shot = self.shots.remove(at);
                    self.strike(&shot, victim, step);
                }
                None => at += 1,
            }
        }
    }

    fn struck(&self, shot: &Shot, step: &Step<'_>) -> Option<Seat> {
        if shot.tick >= step.tick {
            return None;
        }
        let flight = shot.flight(step.tick);
        let others = self
            .players
            .iter()
            .filter(|&(seat, player)| seat != shot.seat && !player.is_protected());
        let mut poses = others.filter_map(|(seat, player)| Some((seat, player.pose()?)));
        let met = poses.find(|&(seat, now)| flight.meets(seat, now, step.past));
        met.map(|(seat, _)| seat)
    }

    fn strike(&mut self, shot: &Shot, victim: Seat, step: &mut Step<'_>) {
        let (victim_arg, by) = (victim.index() as i64, shot.seat.index() as i64);
        let mut score = 0;
        if let Some(shooter) = self.players.get_mut(shot.seat) {
            shooter.score = (shooter.score + 1).min(SCORE_MAX);
            score = shooter.score;
        }
        let Some(player) = self.players.get_mut(victim) else {
            return;
        };
        let (x, y) = (i64::from(player.x), i64::from(player.y));
        player.lives -= 1;
        let lives = i64::from(player.lives);
        step.events.push(Event::new(
            EVENT_HIT,
            &[victim_arg, by, shot.id() as i64, x, y],
        ));
        step.events.push(Event::new(
            EVENT_KILL,
            &[victim_arg, by, lives, i64::from(score)],
        ));
        if lives == 0 {
            player.timer = 0;
            step.events.push(Event::new(EVENT_OUT, &[victim_arg]));
        } else {
            self.respawn(victim, step);
        }
    }

    fn respawn(&mut self, seat: Seat, step: &mut Step<'_>) {
        let place = self.free_place(seat);
        if let Some(player) = self.players.get_mut(seat) {
            player.respawn(place);
        }
        step.events.push(Event::new(
            EVENT_SPAWN,
            &[seat.index() as i64, i64::from(place.0), i64::from(place.1)],
        ));
    }

    fn free_place(&mut self, seat: Seat) -> (i32, i32) {
        let others = self.players.iter().filter(|&(other, _)| other != seat);
        let poses: Vec<Pose> = others.filter_map(|(_, player)| player.pose()).collect();
        spawn::place(&mut self.random, &poses)
    }

    /// The last surviving player is first, then players who did not leave, by score, then by lives.
    fn standing(&self, seat: Seat, is_last: bool) -> Standing {
        let Some(player) = self.players.get(seat) else {
            return Standing::default();
        };
        let (score, lives) = (u64::from(player.score), u64::from(player.lives));
        let order = u64::from(is_last) << 9 | u64::from(!player.left) << 8 | score << 2 | lives;
        Standing {
            order,
            score: u32::from(player.score),
        }
    }
}

/// Moves a player who is alive, and returns the shot that they fire.
fn moved(
    player: &mut Player,
    seat: Seat,
    tick: u32,
    SeatInput { input, view_delay }: SeatInput,
) -> Option<Shot> {
    if !player.is_alive() {
        return None;
    }
    let input = if player.away {
        Pad::SCHEMA.neutral(input)
    } else {
        input
    };
    let fires = player.step(input.into());
    let Player { x, y, aim, .. } = *player;
    fires.then(|| Shot {
        seat,
        tick,
        x,
        y,
        angle: aim,
        view_delay: view_delay.min(game::VIEW_DELAY_MAX),
    })
}

/// The maximum of the schema's four bits; four opponents with three lives make twelve.
pub(crate) const SCORE_MAX: u8 = 15;
