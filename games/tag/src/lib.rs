//! Tag: one player is it, and passes it on by touch. Each second of not being it is a point.
#![no_std]

mod bot;

use game::prelude::*;

pub use bot::TagBot;

/// Units per px of all lengths.
const PX: i32 = 16;
const SIDE: i32 = 824 * PX;
const RADIUS: i32 = 14 * PX;
/// The movement per tick.
const SPEED: i32 = 4 * PX;
const IT_SPEED: i32 = SPEED + PX / 2;
/// The rest after a touch (1 s).
const REST_TICKS: u32 = 60;

game::state! {
    /// A match of tag.
    pub struct Tag {
        random: hidden(Random),
        clock: hidden(Clock),
        players: seats(Player, Player::start),
    }

    /// A player.
    pub struct Player {
        x: length(14, PX as u16),
        y: length(14, PX as u16),
        it: flag,
        /// The remaining ticks after a touch in which both players keep their speed and cannot catch anyone.
        rest: timer(6),
        score: count(10),
        away: flag,
        /// The player gave up the seat. They are kept, ranked last.
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

    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        Self {
            random: Random::new(seed),
            clock: Clock::new(settings.0[0], Self::RATE),
            players: Players::of(roster, Player::start),
        }
    }

    fn step(&mut self, step: Step<'_>) {
        for (player, input) in self.players.moving(&step) {
            player.run(input);
        }
        // A prediction moves the player only. The server decides who is "it".
        if step.decides() && self.clock.tick() {
            for (_, player) in self.players.present_mut() {
                player.score += u32::from(self.clock.is_second() && !player.it);
            }
            step.events.extend(self.pass_on());
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        let is_over = self.clock.is_over() || self.players.are_too_few();
        is_over.then(|| self.players.ranking_by(|player| player.score))
    }
}

impl Tag {
    /// The player who is it and has rested catches the first player they touch. If no player is it, at
    /// the start and after the player who was it has left, a random one becomes it.
    fn pass_on(&mut self) -> Option<Event> {
        let Some((by, it)) = self.players.find(|player| player.it) else {
            let next = self.players.pick(&mut self.random)?;
            (next.it, next.rest) = (true, REST_TICKS);
            return None;
        };
        let touches = |other: &Player| !other.it && are_near(it.at(), other.at(), 2 * RADIUS);
        let (caught, _) = self.players.find(|other| it.rest == 0 && touches(other))?;
        for seat in [by, caught] {
            let player = self.players.get_mut(seat)?;
            (player.it, player.rest) = (!player.it, REST_TICKS);
        }
        Some(events::tag(caught, by))
    }
}

impl Player {
    fn start(member: &Member) -> Self {
        let (x, y) = along(member.seat.index() as u16 * 205, SIDE / 3);
        Self {
            x: SIDE / 2 + x,
            y: SIDE / 2 + y,
            ..Self::default()
        }
    }

    /// Moves the player; clients predict this. A touch changes the speed only after the rest, so that clients
    /// know of it in time.
    fn run(&mut self, input: Pad) {
        self.rest = self.rest.saturating_sub(1);
        let is_fast = self.it == (self.rest == 0);
        let by = heading(input.dx, input.dy, if is_fast { IT_SPEED } else { SPEED });
        (self.x, self.y) = walk(self.at(), by, (RADIUS, SIDE - RADIUS));
    }

    fn at(&self) -> (i32, i32) {
        (self.x, self.y)
    }
}
