//! Tag: one player is it, and passes it on by touch. Each second of not being it is a point.
#![no_std]

mod bot;

use game::prelude::*;

pub use bot::TagBot;

/// Lengths are in this many parts of a pixel.
const PX: i32 = 16;
const SIDE: i32 = 824 * PX;
const RADIUS: i32 = 14 * PX;
/// In a tick.
const SPEED: i32 = 4 * PX;
const IT_SPEED: i32 = SPEED + PX / 2;
/// After a touch (1 s).
const REST_TICKS: u32 = 60;
/// Where each seat starts, px.
const STARTS: [(i32, i32); 5] = [(124, 124), (700, 700), (700, 124), (124, 700), (412, 412)];

game::state! {
    /// A match of tag.
    pub struct Tag {
        ticks_left: hidden(u32),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(14, PX as u16),
        y: length(14, PX as u16),
        it: flag,
        /// Ticks after a touch in which both players keep their speed and catch nobody.
        rest: timer(6),
        score: count(10),
        away: flag,
        /// Gave up the seat. The player stays, ranked last.
        out: flag,
    }

    events {
        /// The player is it now.
        tag(player_id: seat, by: seat),
    }
}

impl Game for Tag {
    const NAME: &'static str = "tag";
    const SETTINGS: &'static [Setting] = &[Setting::new("match_seconds", 90, 1..=600)];
    const CONSTANTS: Constants = &[("width", 824), ("height", 824), ("player_radius", 14)];

    fn new(seed: u64, settings: &Settings, seats: Seats) -> Self {
        let ticks_left = settings.0[0] as u32 * TICKS_PER_SECOND;
        let mut players = Players::of(seats, Player::start);
        let first = Random::new(seed).below(seats.len() as u32) as usize;
        if let Some((_, player)) = players.iter_mut().nth(first) {
            player.it = true;
        }
        Self {
            ticks_left,
            players,
        }
    }

    fn join(&mut self, seat: Seat) {
        self.players.join(seat, Player::start);
    }

    fn leave(&mut self, seat: Seat) {
        self.players
            .change(seat, |player| (player.out, player.it) = (true, false));
    }

    fn step(&mut self, step: Step<'_>) {
        for (player, input) in self.players.moving(&step) {
            player.run(input);
        }
        // A prediction moves the player only. The server decides who is "it".
        if step.decides() && self.ticks_left > 0 {
            self.ticks_left -= 1;
            for (_, player) in self.players.iter_mut() {
                let is_second = self.ticks_left.is_multiple_of(TICKS_PER_SECOND);
                player.score += u32::from(is_second && !player.it && !player.out);
            }
            step.events.extend(self.pass_on());
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        let present = self
            .players
            .iter()
            .filter(|(_, player)| !player.out)
            .count();
        // One player alone cannot play tag, except the first to join.
        let is_over =
            self.ticks_left == 0 || present <= usize::from(self.players.seats().len() > 1);
        let standing = |player: &Player| Standing::of_score(player.score, player.out);
        is_over.then(|| self.players.ranking(standing))
    }

    fn is_alive(&self, seat: Seat) -> bool {
        self.players.get(seat).is_some_and(|player| !player.out)
    }
}

impl Tag {
    /// The player who is it and has rested catches the first player they touch. If the player who
    /// was it has left, the one with the most points is it.
    fn pass_on(&mut self) -> Option<Event> {
        let Some((by, it)) = self.players.iter().find(|(_, player)| player.it) else {
            let present = self.players.iter_mut().filter(|(_, player)| !player.out);
            let (_, next) = present.max_by_key(|(_, player)| player.score)?;
            (next.it, next.rest) = (true, REST_TICKS);
            return None;
        };
        let (caught, _) = self.players.iter().find(|(_, player)| it.catches(player))?;
        for seat in [by, caught] {
            let player = self.players.get_mut(seat)?;
            (player.it, player.rest) = (!player.it, REST_TICKS);
        }
        Some(events::tag(caught, by))
    }
}

impl Player {
    fn start(seat: Seat) -> Self {
        let (x, y) = STARTS[seat.index()];
        let (x, y) = (x * PX, y * PX);
        Self {
            x,
            y,
            ..Self::default()
        }
    }

    /// Clients predict this. A touch changes the speed only after the rest, so that they know of it
    /// in time.
    fn run(&mut self, input: Pad) {
        self.rest = self.rest.saturating_sub(1);
        let is_fast = self.it == (self.rest == 0);
        let (dx, dy) = heading(input.dx, input.dy, if is_fast { IT_SPEED } else { SPEED });
        self.x = (self.x + dx).clamp(RADIUS, SIDE - RADIUS);
        self.y = (self.y + dy).clamp(RADIUS, SIDE - RADIUS);
    }

    fn catches(&self, other: &Self) -> bool {
        let way = (other.x - self.x, other.y - self.y);
        self.rest == 0 && !other.it && !other.out && circles_meet(way, way, 2 * RADIUS)
    }
}
