//! Swarm: up to 50 players collect orbs, push each other and dash. The most orbs win.
#![no_std]

extern crate alloc;

mod bot;
mod collision;

use game::prelude::*;

pub use bot::SwarmBot;

/// Units per px of all lengths.
const PX: i32 = 8;
const SIDE: i32 = 2_048 * PX;
/// The radius of a player.
const RADIUS: i32 = 16 * PX;
/// The radius of an orb.
const ORB_RADIUS: i32 = 6 * PX;
/// The centre of a player is within these sides.
const INSIDE: (i32, i32) = (RADIUS, SIDE - RADIUS);
/// The acceleration by a direction, per tick.
const PUSH: i32 = 4 * PX;
/// The velocity of a dash, per tick.
const DASH: i32 = 28 * PX;
/// The maximum velocity of a player.
const SPEED_MAX: i32 = 31 * PX;
/// The time from a dash to the next one (1.5 s).
const DASH_TICKS: u32 = 30;
/// The range of a magnet.
const REACH: i32 = 140 * PX;
/// The movement of an attracted orb per tick.
const ATTRACTED: i32 = 9 * PX;
/// The drift of an orb per tick.
const DRIFT: i32 = PX;

game::input! {
    /// What a player holds.
    pub struct Controls {
        direction: direction,
        dash: button,
        /// One of [`Item`].
        item: choice(3),
    }
}

/// What a player carries. They may change it at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Item {
    /// The player is fast.
    Wings,
    /// The player is pushed less, and pushes more.
    Anchor,
    /// Orbs nearby come to the player.
    Magnet,
}

game::state! {
    /// A match of swarm.
    pub struct Swarm {
        random: hidden(Random),
        clock: hidden(Clock),
        orbs: entities(Orb),
        players: seats(Player, Player::start),
    }

    /// A player.
    pub struct Player {
        x: length(14, PX as u16),
        y: length(14, PX as u16),
        vx: velocity(9, PX as u16),
        vy: velocity(9, PX as u16),
        /// The time until the next dash.
        dash: timer(5),
        item: count(2),
        score: count(10),
        away: flag,
        out: flag,
    }

    /// An orb. It drifts, and has no owner. Only the server moves orbs, so
    /// clients need no velocity.
    pub struct Orb {
        x: length(14, PX as u16),
        y: length(14, PX as u16),
        vx: hidden(i32),
        vy: hidden(i32),
    }

    events {
        /// A player collected an orb.
        orb(player_id: seat, x: length(PX as u16), y: length(PX as u16)),
    }
}

impl Game for Swarm {
    const NAME: &'static str = "swarm";
    const RATE: Rate = Rate::Hz(20);
    const SEATS: RangeInclusive<u8> = 2..=50;
    const PREDICTS_OTHERS: bool = true;
    const INPUT: &'static InputSchema = Controls::SCHEMA;
    const SETTINGS: &'static [Setting] = &[
        Setting::new("match_seconds", 120, 1..=600),
        Setting::new("orbs", 200, 1..=400),
    ];
    const CONSTANTS: Constants = &[
        ("width", 2_048),
        ("height", 2_048),
        ("player_radius", 16),
        ("orb_radius", 6),
        ("reach", 140),
    ];

    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        let mut swarm = Self {
            random: Random::new(seed),
            clock: Clock::new(settings.0[0], Self::RATE),
            orbs: Entities::default(),
            players: Players::of(roster, Player::start),
        };
        for _ in 0..settings.0[1] {
            swarm.spawn_orb(0);
        }
        swarm
    }

    fn accepts(&self) -> Seats {
        Seats::first(usize::from(*Self::SEATS.end()))
    }

    fn step(&mut self, step: Step<'_>) {
        for (player, input) in self.players.moving(&step) {
            player.run(input);
        }
        // A client does not know the inputs of the others. It predicts that they continue their movement,
        // so that the player meets them at their future positions.
        self.players.others(&step).for_each(Player::glide);
        collision::push_apart(&mut self.players, step.mode);
        if step.decides() && self.clock.tick() {
            self.orbs.iter_mut().for_each(|orb| orb.drift());
            self.collect(step.tick, step.events);
        }
    }

    /// Nearer subjects are more relevant.
    fn relevance(&self, viewer: Seat, subject: Subject<'_>) -> u8 {
        let place = |seat| self.players.get(seat).map(Player::at);
        let subject = match subject {
            Subject::Seat(seat) => place(seat),
            Subject::Entity(orb) => Some((orb.values[0] as i32, orb.values[1] as i32)),
        };
        let Some((viewer, subject)) = place(viewer).zip(subject) else {
            return 1;
        };
        let distance = (viewer.0 - subject.0).abs() + (viewer.1 - subject.1).abs();
        (16 * REACH / (distance + REACH)) as u8
    }

    fn outcome(&self) -> Option<Ranking> {
        let is_over = self.clock.is_over() || self.players.are_too_few();
        is_over.then(|| self.players.ranking_by(|player| player.score))
    }
}

impl Swarm {
    fn spawn_orb(&mut self, tick: u32) {
        let mut place = || ORB_RADIUS + self.random.below((SIDE - 2 * ORB_RADIUS) as u32) as i32;
        let (x, y) = (place(), place());
        let (vx, vy) = along(self.random.below(1_024) as u16, DRIFT);
        self.orbs.spawn(tick, None, Orb { x, y, vx, vy });
    }

    /// Magnets attract orbs, and a player who touches an orb collects it. A new orb appears elsewhere.
    fn collect(&mut self, tick: u32, events: &mut alloc::vec::Vec<Event>) {
        let before = self.orbs.len();
        let players = &mut self.players;
        self.orbs.retain(|orb| {
            for (seat, player) in players.present_mut() {
                // Most players are far from an orb.
                if (player.x - orb.x).abs() > REACH {
                    continue;
                }
                if are_near(player.at(), orb.at(), RADIUS + ORB_RADIUS) {
                    player.score += 1;
                    events.push(events::orb(seat, orb.x, orb.y));
                    return false;
                }
                if player.has(Item::Magnet) && are_near(player.at(), orb.at(), REACH) {
                    orb.draw_to(player.at());
                }
            }
            true
        });
        for _ in self.orbs.len()..before {
            self.spawn_orb(tick);
        }
    }
}

impl Player {
    /// A start on a circle around the middle, far from the previous seats: by the golden angle.
    fn start(member: &Member) -> Self {
        let (x, y) = along((member.seat.index() * 633 % 1_024) as u16, SIDE / 3);
        Self {
            x: SIDE / 2 + x,
            y: SIDE / 2 + y,
            ..Self::default()
        }
    }

    fn run(&mut self, input: Controls) {
        self.item = input.item.into();
        let push = if self.has(Item::Wings) {
            PUSH
        } else {
            PUSH * 3 / 4
        };
        let (dx, dy) = heading(input.direction.x, input.direction.y, push);
        // A quarter of the velocity is lost in each tick.
        (self.vx, self.vy) = (self.vx * 3 / 4 + dx, self.vy * 3 / 4 + dy);
        if input.dash && self.dash == 0 && (dx, dy) != (0, 0) {
            (self.vx, self.vy) = heading(input.direction.x, input.direction.y, DASH);
            self.dash = DASH_TICKS;
        }
        self.glide();
    }

    /// Moves with the current velocity. A wall stops the player.
    fn glide(&mut self) {
        self.dash = self.dash.saturating_sub(1);
        let at = walk(self.at(), (self.vx, self.vy), INSIDE);
        (self.vx, self.vy) = (at.0 - self.x, at.1 - self.y);
        (self.x, self.y) = at;
    }

    fn has(&self, item: Item) -> bool {
        self.item == item as u32
    }

    fn at(&self) -> (i32, i32) {
        (self.x, self.y)
    }
}

impl Orb {
    /// Bounces off the walls.
    fn drift(&mut self) {
        let sides = (ORB_RADIUS, SIDE - ORB_RADIUS);
        let next = (self.x + self.vx, self.y + self.vy);
        (self.x, self.y) = walk(self.at(), (self.vx, self.vy), sides);
        if self.x != next.0 {
            self.vx = -self.vx;
        }
        if self.y != next.1 {
            self.vy = -self.vy;
        }
    }

    fn draw_to(&mut self, (x, y): (i32, i32)) {
        let (dx, dy) = (x - self.x, y - self.y);
        // A direction has the range of an i8.
        let scale = dx.abs().max(dy.abs()) / 127 + 1;
        (self.vx, self.vy) = heading((dx / scale) as i8, (dy / scale) as i8, ATTRACTED);
    }

    fn at(&self) -> (i32, i32) {
        (self.x, self.y)
    }
}
