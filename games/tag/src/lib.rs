//! Tag: one player is it, and passes it on by touch. Each second of not being it is a point; the most points win.
#![no_std]

extern crate alloc;

mod bot;
mod schema;

use alloc::vec::Vec;

use game::{
    BadState, Event, Game, Input, Mode, Pose, Random, Ranking, Reader, SEATS_MAX, Schema, Seat,
    Seats, Setting, Settings, Standing, Step, TICKS_PER_SECOND, Values, View, circles_meet,
    heading,
};

pub use bot::TagBot;
use schema::{AWAY, EVENT_TAG, FAR, FAST, IT, OUT, RADIUS, REST, REST_TICKS, SCORE, SLOW, X, Y};

/// A match of tag. A player consists of the fields of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    ticks_left: u32,
    players: [Option<Values>; SEATS_MAX],
}

impl Game for Tag {
    const NAME: &'static str = "tag";
    const SCHEMA: &'static Schema = schema::SCHEMA;
    const SETTINGS: &'static [Setting] = schema::SETTINGS;
    const CONSTANTS: &'static [(&'static str, u32)] = schema::CONSTANTS;

    fn new(seed: u64, settings: &Settings, seats: Seats) -> Self {
        let mut tag = Self {
            ticks_left: settings.0[schema::SETTING_MATCH_SECONDS] as u32 * TICKS_PER_SECOND,
            players: [None; SEATS_MAX],
        };
        for seat in seats.iter() {
            tag.players[seat.index()] = Some(schema::start(seat));
        }
        let first = Random::new(seed).below(seats.len() as u32) as usize;
        if let Some(player) = tag.present().nth(first) {
            player[IT] = 1;
        }
        tag
    }

    fn join(&mut self, seat: Seat) {
        self.players[seat.index()].get_or_insert_with(|| schema::start(seat));
        self.appoint();
    }

    fn leave(&mut self, seat: Seat) {
        if let Some(player) = &mut self.players[seat.index()] {
            (player[OUT], player[IT]) = (1, 0);
        }
        self.appoint();
    }

    fn set_away(&mut self, seat: Seat, away: bool) {
        if let Some(player) = &mut self.players[seat.index()] {
            player[AWAY] = away.into();
        }
    }

    fn step(&mut self, step: Step<'_>) {
        for seat in Seat::all().filter(|&seat| step.mode.moves(seat)) {
            if let Some(player) = &mut self.players[seat.index()] {
                run(player, step.commands[seat.index()].input);
            }
        }
        // A prediction decides nothing: who is it, the server says.
        if step.mode == Mode::Authority && self.ticks_left > 0 {
            self.ticks_left -= 1;
            if self.ticks_left.is_multiple_of(TICKS_PER_SECOND) {
                let free = self.present().filter(|player| player[IT] == 0);
                free.for_each(|player| player[SCORE] += 1);
            }
            self.pass_on(step.events);
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        let is_seated = |seat: &Seat| self.players[seat.index()].is_some();
        let seated: Seats = Seat::all().filter(is_seated).collect();
        let present = seated.iter().filter(|&seat| self.is_alive(seat)).count();
        // One player alone cannot play tag, except the first to join.
        if self.ticks_left > 0 && present > usize::from(seated.len() > 1) {
            return None;
        }
        Some(Ranking::of(seated, |seat| {
            let score = self.players[seat.index()].map_or(0, |player| player[SCORE]);
            // Players who stayed rank before those who left.
            let order = u64::from(self.is_alive(seat)) << 32 | u64::from(score);
            Standing { order, score }
        }))
    }

    fn is_alive(&self, seat: Seat) -> bool {
        self.players[seat.index()].is_some_and(|player| player[OUT] == 0)
    }

    fn pose(&self, _seat: Seat) -> Option<Pose> {
        // There are no shots, so the game never rewinds.
        None
    }

    fn read(&self, view: &mut View) {
        view.seats = self.players;
    }

    fn load(&mut self, view: &View) -> Result<(), BadState> {
        self.players = view.seats;
        Ok(())
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend(self.ticks_left.to_le_bytes());
        schema::save(&self.players, out);
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let (ticks_left, players) = (bytes.u32()?, schema::restore(bytes)?);
        Ok(Self {
            ticks_left,
            players,
        })
    }
}

impl Tag {
    fn present(&mut self) -> impl Iterator<Item = &mut Values> {
        let players = self.players.iter_mut().flatten();
        players.filter(|player| player[OUT] == 0)
    }

    /// One player must be it: the one with the most points.
    fn appoint(&mut self) {
        if self.present().all(|player| player[IT] == 0)
            && let Some(next) = self.present().max_by_key(|player| player[SCORE])
        {
            (next[IT], next[REST]) = (1, REST_TICKS);
        }
    }

    /// The player who is it and has rested catches the first player they touch.
    fn pass_on(&mut self, events: &mut Vec<Event>) {
        let Some((by, it)) = self.find(|player| player[IT] == 1 && player[REST] == 0) else {
            return;
        };
        let Some((caught, _)) = self.find(|player| touches(&it, player)) else {
            return;
        };
        for player in [by, caught] {
            if let Some(player) = &mut self.players[player] {
                (player[IT], player[REST]) = (1 - player[IT], REST_TICKS);
            }
        }
        events.push(Event::new(EVENT_TAG, &[caught as i64, by as i64]));
    }

    fn find(&self, is: impl Fn(&Values) -> bool) -> Option<(usize, Values)> {
        let players = self.players.iter().enumerate();
        let mut players = players.filter_map(|(seat, player)| Some((seat, (*player)?)));
        players.find(|(_, player)| is(player))
    }
}

/// Advances a player by a tick; clients predict the same. A touch changes the speed only after the
/// rest, so that the client knows of it in time.
fn run(player: &mut Values, input: Input) {
    player[REST] = player[REST].saturating_sub(1);
    let is_fast = (player[IT] == 1) == (player[REST] == 0);
    let (dx, dy) = heading(input.dx, input.dy, if is_fast { FAST } else { SLOW });
    for (side, way) in [(X, dx), (Y, dy)] {
        player[side] = (player[side] as i32 + way).clamp(RADIUS, FAR) as u32;
    }
}

fn touches(it: &Values, other: &Values) -> bool {
    let way = |side| other[side] as i32 - it[side] as i32;
    let way = (way(X), way(Y));
    other[IT] == 0 && other[OUT] == 0 && circles_meet(way, way, 2 * RADIUS)
}
