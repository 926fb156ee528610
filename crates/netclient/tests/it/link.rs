//! A match of arena and a client, joined by a simulated link with configurable latency and loss.

use std::collections::{BTreeMap, VecDeque};

use arena::Arena;
use game::{
    Event, Game, Input, InputFields as _, Mode, Pad, Roster, Seat, SeatInput, SeatInputs, Seats,
    Settings, Sim, View,
};
use netclient::{NetClient, Scene, Welcome};
use protocol::binary::{
    Layout, SnapshotHeader, decode_input, encode_events, encode_full, encode_header,
};

pub(crate) const TICK_US: u64 = 16_667;

/// Advances tick by tick. The client has seat 0.
pub(crate) struct Match {
    pub(crate) client: NetClient<Arena>,
    pub(crate) sim: Sim<Arena>,
    pub(crate) now_us: u64,
    /// The input of seat 1.
    pub(crate) other: Input,
    /// Drops all inputs and snapshots.
    pub(crate) is_cut: bool,
    /// One-way latency, ticks.
    ticks: u64,
    up: VecDeque<(u64, Vec<u8>)>,
    down: VecDeque<(u64, Vec<u8>)>,
    waiting: BTreeMap<u32, SeatInput>,
    last: Input,
    ack: Option<u32>,
    margin: i8,
}

impl Match {
    /// A match at tick `tick`, and a client that has just joined.
    pub(crate) fn new(one_way_ticks: u64, tick: u32) -> Self {
        let mut sim = Sim::new(3, &settings(), &Roster::of(2));
        for _ in 0..tick {
            sim.step(&SeatInputs::default(), Mode::Authority, &mut Vec::new());
        }
        Self {
            client: NetClient::new(0, &welcome(tick)),
            sim,
            now_us: 0,
            other: Input::default(),
            is_cut: false,
            ticks: one_way_ticks,
            up: VecDeque::new(),
            down: VecDeque::new(),
            waiting: BTreeMap::new(),
            last: Input::default(),
            ack: None,
            margin: 0,
        }
    }

    /// A match whose client clock has settled, and whose players can shoot and be hit.
    pub(crate) fn settled(one_way_ticks: u64) -> Self {
        let mut it = Self::new(one_way_ticks, 0);
        it.run(200, Input::default());
        it
    }

    /// Runs a number of frames of one tick each, with the same input.
    pub(crate) fn run(&mut self, frames: u32, input: Input) {
        (0..frames).for_each(|_| {
            self.frame(input);
        });
    }

    /// Advances one tick and returns the scene.
    pub(crate) fn frame(&mut self, input: Input) -> Scene {
        self.now_us += TICK_US;
        self.step();
        while let Some((_, frame)) = self.down.pop_front_if(|(due_us, _)| *due_us <= self.now_us) {
            self.client
                .handle_binary(self.now_us, &frame)
                .expect("a frame of the room");
        }
        self.client.set_input(input);
        let scene = self.client.scene(self.now_us).clone();
        let mut frame = Vec::new();
        if self.client.poll_transmit(self.now_us, &mut frame) && !self.is_cut {
            self.up
                .push_back((self.now_us + self.ticks * TICK_US, frame));
        }
        scene
    }

    /// Continues the room from an earlier state, as its next owner does.
    pub(crate) fn move_back(&mut self, earlier: Sim<Arena>) {
        self.sim = earlier;
        self.up.clear();
        self.down.clear();
        self.waiting.clear();
        (self.ack, self.margin) = (None, 0);
        self.client
            .handle_reset(self.now_us, &welcome(self.sim.tick()));
    }

    fn step(&mut self) {
        while let Some((_, frame)) = self.up.pop_front_if(|(due_us, _)| *due_us <= self.now_us) {
            let batch = decode_input(Pad::SCHEMA, &frame).expect("a client's frame");
            let next = self.sim.tick() + 1;
            self.margin = (i64::from(batch.tick) - i64::from(next)) as i8;
            for (tick, input) in batch.stamped().filter(|&(tick, _)| tick >= next) {
                let view_delay = batch.view_delay;
                self.waiting.insert(tick, SeatInput { input, view_delay });
            }
        }
        let tick = self.sim.tick() + 1;
        let held = SeatInput {
            input: Pad::SCHEMA.held(self.last),
            view_delay: 0,
        };
        let own = self.waiting.remove(&tick);
        if let Some(own) = own {
            (self.last, self.ack) = (own.input, Some(tick));
        }
        let mut inputs = SeatInputs::default();
        (inputs[0], inputs[1].input) = (own.unwrap_or(held), self.other);
        let mut events = Vec::new();
        self.sim.step(&inputs, Mode::Authority, &mut events);
        self.send(&events);
    }

    fn send(&mut self, events: &[Event]) {
        if self.is_cut {
            return;
        }
        let mut view = View::default();
        self.sim.read(&mut view);
        let header = SnapshotHeader {
            tick: self.sim.tick(),
            baseline: None,
            ack: self.ack.filter(|ack| self.sim.tick() - ack <= 62),
            margin: self.margin,
        };
        let mut frame = Vec::new();
        encode_header(&header, &mut frame);
        encode_full(Layout::of::<Arena>(), &view, &mut frame);
        let due_us = self.now_us + self.ticks * TICK_US;
        if !events.is_empty() {
            let mut events_frame = Vec::new();
            encode_events(
                Layout::of::<Arena>(),
                self.sim.tick(),
                events,
                &mut events_frame,
            );
            self.down.push_back((due_us, events_frame));
        }
        self.down.push_back((due_us, frame));
    }
}

fn settings() -> Settings {
    Settings::defaults(Arena::SETTINGS)
}

fn welcome(tick: u32) -> Welcome {
    Welcome {
        seat: Seat::new(0).expect("seat 0"),
        tick,
        settings: settings(),
        seats: Seats::first(2),
        snapshot_hz: 60,
    }
}

pub(crate) fn run_to(dx: i8, dy: i8) -> Input {
    let pad = Pad {
        dx,
        dy,
        ..Pad::default()
    };
    pad.into()
}

/// The drawn position of a player, px.
pub(crate) fn drawn(scene: &Scene, seat: usize) -> (f32, f32) {
    let body = scene.players[seat].expect("a player");
    (body.values[0], body.values[1])
}

/// The true position of a player, px.
pub(crate) fn real(sim: &Sim<Arena>, seat: usize) -> (f32, f32) {
    let mut view = View::default();
    sim.read(&mut view);
    let values = Seat::new(seat).and_then(|seat| view.seat(seat));
    let values = values.expect("a player");
    (values[0] as f32 / 16.0, values[1] as f32 / 16.0)
}
