//! One player of a crowd: decodes states, walks about, and shoots past all others, so that a match lasts longer than
//! the measurement.

use std::f64::consts::TAU;
use std::time::Instant;

use game::{
    Direction, Game, Input, InputFields as _, InputSchema, Pad, Random, Rate, Seat, View,
    aim_from_radians, direction,
};
use protocol::binary::{FrameKind, InputBatch, Layout, decode_snapshot, encode_input};
use protocol::{ServerMessage, decode_server};
use swarm::{Controls, Swarm};

/// Inputs are sent this number of ticks before their use.
const LEAD_TICKS: u32 = 2;
/// Number of views on which deltas may be based.
const VIEWS: usize = 128;
const SHOT_EVERY: u32 = 10;
const TURN_EVERY: u32 = 15;
const DASH_EVERY: u32 = 50;
const ITEM_EVERY: u32 = 200;
/// How many inputs a player stands still before a probe. Then the player walks until a state shows it.
const PROBE_EVERY: u32 = 20;

/// How the players of a game read states and choose inputs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Role {
    layout: Layout<'static>,
    schema: &'static InputSchema,
    ticks_per_second: u32,
    /// The center of the world, in the unit of the players' coordinates.
    middle: f64,
    /// Chooses the inputs of two ticks.
    decide: fn(&mut Player) -> [Input; 2],
}

impl Role {
    /// A player of the arena, who walks, and shoots past all others.
    pub(crate) const fn arena<G: Game>() -> Self {
        Self {
            layout: Layout::of::<G>(),
            schema: Pad::SCHEMA,
            ticks_per_second: Rate::HZ60.ticks_per_second(),
            middle: 824.0 * 16.0 / 2.0,
            decide: Player::pad,
        }
    }

    /// A player of swarm, who walks, dashes, and sometimes changes the item.
    pub(crate) const SWARM: Self = Self {
        layout: Layout::of::<Swarm>(),
        schema: Controls::SCHEMA,
        ticks_per_second: Swarm::RATE.ticks_per_second(),
        middle: 2_048.0 * 8.0 / 2.0,
        decide: Player::controls,
    };
}

/// The state of a player, and what they have received.
pub(crate) struct Player {
    role: Role,
    seat: Option<usize>,
    views: Vec<View>,
    newest: u32,
    newest_at: Instant,
    random: Random,
    sent: u32,
    walk: (i8, i8),
    probe: Option<Probe>,
    /// The counts since they were last taken.
    pub(crate) seen: Seen,
}

/// The counts of one player.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Received states.
    pub(crate) states: u64,
    /// States that could not be decoded.
    pub(crate) bad: u64,
    /// Sum of the shots in flight over all states.
    pub(crate) shots: u64,
    /// States in which a player has moved since the previous one.
    pub(crate) moved: u64,
    /// The times from an input to the state that shows it, in ms.
    pub(crate) visible_ms: Vec<f64>,
    /// Whether the match or the connection has ended.
    pub(crate) over: bool,
}

/// A measurement: the player walks after standing, and waits for the state that shows it.
#[derive(Default)]
struct Probe {
    walked: Option<(Instant, u32)>,
    stood: u32,
    right: bool,
}

impl Player {
    /// `probes`: whether the player measures how long an input takes to be visible.
    pub(crate) fn new(role: Role, seed: u64, seat: Option<usize>, probes: bool) -> Self {
        Self {
            role,
            seat,
            views: vec![View::default(); VIEWS],
            newest: 0,
            newest_at: Instant::now(),
            random: Random::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            sent: 0,
            walk: (127, 0),
            probe: probes.then(Probe::default),
            seen: Seen::default(),
        }
    }

    /// Handles a text message of the match.
    pub(crate) fn handle_text(&mut self, text: &[u8]) {
        match decode_server(text) {
            Ok(ServerMessage::Welcome(welcome)) => self.seat = Some(welcome.seat.into()),
            Ok(ServerMessage::Over(_)) => self.seen.over = true,
            _ => {}
        }
    }

    /// Handles a binary message of the match.
    pub(crate) fn handle_binary(&mut self, frame: &[u8]) {
        if matches!(FrameKind::of(frame), Ok(FrameKind::Events)) {
            return;
        }
        self.seen.states += 1;
        let mut view = std::mem::take(&mut self.views[VIEWS - 1]);
        let known = |tick: u32| {
            self.views[..VIEWS - 1]
                .iter()
                .find(|view| view.tick == tick)
        };
        if decode_snapshot(self.role.layout, frame, known, &mut view).is_err() {
            self.seen.bad += 1;
            self.views[VIEWS - 1] = view;
            return;
        }
        self.seen.shots += view.entities.len() as u64;
        let before = self.newest_view();
        self.seen.moved +=
            u64::from(before.is_none_or(|before| !before.seat_values().eq(view.seat_values())));
        self.note_probe(&view);
        (self.newest, self.newest_at) = (view.tick, Instant::now());
        let at = view.tick as usize % (VIEWS - 1);
        self.views[VIEWS - 1] = std::mem::replace(&mut self.views[at], view);
    }

    /// Appends the next input's payload. Returns whether it is text.
    pub(crate) fn act(&mut self, out: &mut Vec<u8>) -> bool {
        self.sent += 1;
        if self.probe.is_some() {
            self.act_probe(out);
            return true;
        }
        if self.sent.is_multiple_of(TURN_EVERY) {
            self.walk = self.new_walk();
        }
        let inputs = (self.role.decide)(self);
        let since = self.newest_at.elapsed().as_micros() as u32;
        let since = since.saturating_mul(self.role.ticks_per_second) / 1_000_000;
        let tick = self.newest + since.min(30) + LEAD_TICKS;
        if let Some(batch) = InputBatch::new(tick, &inputs, Some(self.newest), 32) {
            encode_input(self.role.schema, &batch, out);
        }
        false
    }

    fn pad(&mut self) -> [Input; 2] {
        let aim = self.aim_past_every_player();
        let (dx, dy) = self.walk;
        let fire = self.sent.is_multiple_of(SHOT_EVERY);
        let held = Pad {
            dx,
            dy,
            aim,
            fire: false,
        };
        [held.into(), Pad { fire, ..held }.into()]
    }

    fn controls(&mut self) -> [Input; 2] {
        let (x, y) = self.walk;
        let held = Controls {
            direction: Direction { x, y },
            dash: false,
            item: (self.sent / ITEM_EVERY % 3) as u8,
        };
        let dash = self.sent.is_multiple_of(DASH_EVERY);
        [held.into(), Controls { dash, ..held }.into()]
    }

    fn newest_view(&self) -> Option<&View> {
        let view = &self.views[self.newest as usize % (VIEWS - 1)];
        (view.tick == self.newest && self.newest > 0).then_some(view)
    }

    fn position(view: &View, seat: usize) -> Option<[f64; 2]> {
        let values = view.seat(Seat::new(seat)?)?;
        Some([f64::from(values[0]), f64::from(values[1])])
    }

    fn new_walk(&mut self) -> (i8, i8) {
        let me = self
            .seat
            .and_then(|seat| Self::position(self.newest_view()?, seat));
        let middle = self.role.middle;
        let [x, y] = me.unwrap_or([middle, middle]);
        let angle = f64::from(self.random.bits() % 1024) / 1024.0 * TAU;
        // The pull towards the middle grows with the distance.
        let pull = |at: f64| (middle - at) / middle * 1.5;
        direction(angle.cos() + pull(x), angle.sin() + pull(y))
    }

    /// Among a few random angles, the one that is farthest from all players.
    fn aim_past_every_player(&mut self) -> u16 {
        let offered: Vec<f64> = (0..8)
            .map(|_| f64::from(self.random.bits() % 1024) / 1024.0 * TAU)
            .collect();
        let Some((view, own)) = self.newest_view().zip(self.seat) else {
            return 0;
        };
        let Some(me) = Self::position(view, own) else {
            return 0;
        };
        let bearings: Vec<f64> = view
            .seats()
            .iter()
            .map(Seat::index)
            .filter(|&seat| seat != own)
            .filter_map(|seat| Self::position(view, seat))
            .map(|at| (at[1] - me[1]).atan2(at[0] - me[0]))
            .collect();
        let room = |angle: f64| {
            let apart = |other: &f64| {
                let turn = (angle - other).rem_euclid(TAU);
                turn.min(TAU - turn)
            };
            bearings.iter().map(apart).fold(TAU, f64::min)
        };
        let best = offered
            .into_iter()
            .max_by(|a, b| room(*a).total_cmp(&room(*b)));
        aim_from_radians(best.unwrap_or(0.0))
    }

    fn act_probe(&mut self, out: &mut Vec<u8>) {
        let Some(probe) = &mut self.probe else { return };
        let seen = self.newest;
        let mut x = 0;
        if let Some((at, _)) = probe.walked {
            // A wall may block the player; then this probe is discarded.
            if at.elapsed().as_millis() > 500 {
                probe.walked = None;
                probe.stood = 0;
            } else {
                x = if probe.right { 1 } else { -1 };
            }
        } else {
            probe.stood += 1;
            if probe.stood > PROBE_EVERY {
                probe.right = !probe.right;
                x = if probe.right { 1 } else { -1 };
                let own = self.seat.unwrap_or(0);
                let view = &self.views[self.newest as usize % (VIEWS - 1)];
                let stands = x_of(view, own);
                probe.walked = Some((Instant::now(), stands));
            }
        }
        let text =
            format!(r#"{{"type":"input","move":[{x},0],"aim":0,"fire":false,"seen":{seen}}}"#);
        out.extend_from_slice(text.as_bytes());
    }

    fn note_probe(&mut self, view: &View) {
        let Some((probe, own)) = self.probe.as_mut().zip(self.seat) else {
            return;
        };
        let x = x_of(view, own);
        if let Some((at, stood)) = probe.walked
            && x != stood
        {
            self.seen.visible_ms.push(at.elapsed().as_secs_f64() * 1e3);
            probe.walked = None;
            probe.stood = 0;
        }
    }
}

/// A player's x, in 1/16 px.
fn x_of(view: &View, seat: usize) -> u32 {
    let values = Seat::new(seat).and_then(|seat| view.seat(seat));
    values.map_or(0, |values| values[0])
}
