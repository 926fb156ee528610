//! A match of five without pauses: every player walks, aims, and shoots four times per second. The same seed gives
//! the same match on every machine.

use arena::Arena;
use game::{Game, InputFields as _, Pad, Random, Seat, Settings};
use protocol::binary::{InputBatch, encode_input};
use protocol::{Encoding, Player};
use room::{Counters, Room, RoomConfig};

use crate::tick_path;

/// The ticks after which another match begins, before a player is out of lives.
pub const MATCH_TICKS: u32 = 600;

/// Inputs are sent this number of ticks before their use.
const LEAD_TICKS: u32 = 2;
/// Inputs in a frame: 30 frames per second.
const INPUT_TICKS: u32 = 2;
const TURN_EVERY: u32 = 15;
const SHOT_EVERY: u32 = 16;
/// How far behind its own tick a client draws the others, in 1/16 tick.
const VIEW_DELAY: u16 = 64;

/// A match and the inputs of its players.
pub struct Busy {
    /// The room, in which all players are connected and have received a welcome.
    pub room: Room<Arena>,
    /// Frames that arrived since the last tick.
    pub frames: Vec<(Seat, Vec<u8>)>,
    random: Random,
    walks: [(i8, i8); 5],
}

impl Busy {
    /// A match before its first tick.
    ///
    /// # Panics
    /// When the room does not accept five players.
    pub fn new(seed: u64) -> Self {
        let config = RoomConfig {
            room_id: "main.busy".to_owned(),
            epoch: 1,
            seed,
            settings: Settings::defaults(Arena::SETTINGS),
            grace_frames: 0,
        };
        let players = (0..5).map(player).collect();
        let mut room = Room::new(config, players).expect("five players fit");
        for seat in room.seats().iter() {
            room.handle_connected(seat, Encoding::Binary);
        }
        tick_path::write(&mut room, &mut Vec::new());
        Self {
            room,
            frames: Vec::new(),
            random: Random::new(seed),
            walks: [(0, 0); 5],
        }
    }

    /// A match that has run for this number of ticks.
    pub fn after(seed: u64, ticks: u32) -> Self {
        let mut busy = Self::new(seed);
        for _ in 0..ticks {
            busy.tick();
        }
        busy
    }

    /// Runs a complete tick, or starts a new match when this one is old.
    pub fn tick(&mut self) {
        if self.room.tick() >= MATCH_TICKS {
            *self = Self::new(u64::from(self.random.bits()));
        }
        self.send_inputs();
        for (seat, message) in tick_path::decode(&self.frames) {
            tick_path::take(&mut self.room, seat, message);
        }
        tick_path::step(&mut self.room);
        tick_path::journal(&mut self.room, &mut Vec::new());
        tick_path::write(&mut self.room, &mut Vec::new());
    }

    /// The players' part of a tick: half of them send their inputs for the next two ticks.
    pub fn send_inputs(&mut self) {
        self.frames.clear();
        let now = self.room.tick();
        for seat in self.room.seats().iter() {
            let turn = now + seat.index() as u32;
            if turn.is_multiple_of(INPUT_TICKS) {
                let frame = self.input(seat, turn);
                self.frames.push((seat, frame));
            }
        }
    }

    /// The room's counters.
    pub fn counters(&self) -> Counters {
        self.room.counters()
    }

    fn input(&mut self, seat: Seat, turn: u32) -> Vec<u8> {
        let bits = self.random.bits();
        let walk = &mut self.walks[seat.index()];
        if (turn / INPUT_TICKS).is_multiple_of(TURN_EVERY) {
            *walk = (bits as i8, (bits >> 8) as i8);
        }
        let held = Pad {
            dx: walk.0,
            dy: walk.1,
            aim: (bits >> 16) as u16,
            fire: false,
        };
        let fire = turn.is_multiple_of(SHOT_EVERY);
        let now = self.room.tick();
        let inputs = [held.into(), Pad { fire, ..held }.into()];
        let batch = InputBatch::new(now + LEAD_TICKS, &inputs, Some(now), VIEW_DELAY);
        let mut frame = Vec::new();
        encode_input(Pad::SCHEMA, &batch.expect("two inputs"), &mut frame);
        frame
    }
}

fn player(index: usize) -> Player {
    Player {
        player_id: format!("00000000-0000-4000-8000-00000000000{index}"),
        name: format!("Player {index}"),
        colors: vec![format!("#00000{index}")],
        ..Player::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A match in which nothing happens would give meaningless figures.
    #[test]
    fn it_is_busy() {
        let mut busy = Busy::new(1);
        let (mut shots, mut messages) = (0, 0);
        for _ in 0..MATCH_TICKS {
            busy.send_inputs();
            for (seat, message) in tick_path::decode(&busy.frames) {
                tick_path::take(&mut busy.room, seat, message);
            }
            tick_path::step(&mut busy.room);
            messages += u64::from(tick_path::write(&mut busy.room, &mut Vec::new()));
            shots += busy.room.mirror().projectiles.len();
        }
        let counters = busy.counters();
        assert!(busy.room.outcome().is_none());
        assert_eq!(counters.inputs_late + counters.inputs_early, 0);
        // All inputs except those of the first ticks, before the first frames.
        let all = u64::from(MATCH_TICKS) * 5 - 20;
        assert!(counters.inputs_applied > all, "{counters:?}");
        assert!(counters.snapshots > all, "{counters:?}");
        let events = messages + 5 - counters.snapshots;
        let flying = shots as f64 / f64::from(MATCH_TICKS);
        assert!((7.0..15.0).contains(&flying), "{flying} shots fly");
        assert!(events > 20, "{events} things happened");
    }
}
