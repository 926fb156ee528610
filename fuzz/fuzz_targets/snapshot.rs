//! A server's snapshot, full or against known ones: no panic, no more than a view can hold, and
//! what was understood arrives again when it is sent again. The game's own `load` takes it calmly,
//! too.
#![no_main]

use std::sync::LazyLock;

use arena::Arena;
use game::{
    ENTITIES_MAX, Entities, Evaluated, Game, Mode, Pad, Players, Roster, Seat, SeatInput,
    SeatInputs, Seats, Settings, Sim, State, View,
};
use libfuzzer_sys::fuzz_target;
use protocol::binary::{
    Layout, SnapshotHeader, decode_snapshot, encode_delta, encode_full, encode_header,
};

/// Ticks that are known: so few that bytes name one of them now and then.
static KNOWN: LazyLock<Vec<View>> = LazyLock::new(|| {
    let mut sim = Sim::<Arena>::new(7, &Settings::defaults(Arena::SETTINGS), &Roster::of(5));
    let mut views = Vec::new();
    for tick in 0..128u16 {
        let mut view = View::default();
        sim.read(&mut view);
        views.push(view);
        let mut inputs: SeatInputs = Default::default();
        for seat in Seats::first(5).iter() {
            let input = Pad {
                dx: 127,
                dy: 0,
                aim: tick * 8 % 1024,
                fire: true,
            };
            inputs[seat.index()] = SeatInput {
                input: input.into(),
                view_delay: 0,
            };
        }
        sim.step(&inputs, Mode::Authority, &mut Vec::new());
    }
    views
});

game::state! {
    /// Entities of both sorts, and a field of each kind.
    pub struct Toys {
        phase: timer(6),
        shots: shots(Shot),
        crates: entities(Box),
        players: seats(Player),
    }

    /// A player.
    pub struct Player { x: length(14, 16) }

    /// Flies to the right.
    pub struct Shot { x: length(14, 16) }

    /// Changes.
    pub struct Box {
        x: length(14, 16),
        vx: velocity(8, 16),
        turn: angle,
        open: flag,
        hp: count(5),
        fuse: timer(7),
    }
}

impl Evaluated for Shot {
    fn after(&self, ticks: u32) -> Self {
        let x = self.x.saturating_add_unsigned(ticks);
        Self { x }
    }
}

/// The same number of ticks of these.
static KNOWN_TOYS: LazyLock<Vec<View>> = LazyLock::new(|| {
    let mut toys = Toys {
        phase: 0,
        shots: Entities::default(),
        crates: Entities::default(),
        players: Players::of(&Roster::of(3), |_| Player::default()),
    };
    let mut views = Vec::new();
    for tick in 0..128 {
        toys.shots
            .spawn(tick, Seat::new(tick as usize % 7), Shot { x: 5 });
        toys.shots.retain(|shot| shot.age(tick) < 9);
        let thing = Box {
            hp: tick % 32,
            ..Box::default()
        };
        toys.crates.spawn(tick / 2, None, thing);
        toys.crates.retain(|thing| thing.age(tick) < 20);
        for thing in toys.crates.iter_mut() {
            thing.x += 16;
            thing.open = !thing.open;
        }
        let mut view = View::default();
        State::read(&toys, &mut view);
        view.tick = tick;
        views.push(view);
    }
    views
});

fuzz_target!(|bytes: &[u8]| {
    check(
        Layout {
            schema: Toys::SCHEMA,
            slots: 64,
        },
        &KNOWN_TOYS,
        bytes,
    );
    let Some(view) = check(Layout::of::<Arena>(), &KNOWN, bytes) else {
        return;
    };
    let mut sim = Sim::<Arena>::new(7, &Settings::defaults(Arena::SETTINGS), &Roster::of(5));
    if sim.load(&view).is_ok() {
        sim.step(
            &SeatInputs::default(),
            Mode::Predict(Seat::new(0).expect("a seat")),
            &mut Vec::new(),
        );
    }
});

/// What the frame shows, if it is one; the same is read when it is sent again.
fn check(layout: Layout<'_>, known: &[View], bytes: &[u8]) -> Option<View> {
    let mut view = View::default();
    let find = |tick: u32| known.get(tick as usize);
    let header = decode_snapshot(layout, bytes, find, &mut view).ok()?;
    assert!(view.entities.len() <= ENTITIES_MAX && view.tick == header.tick);
    let mut again = Vec::new();
    encode_header(&header, &mut again);
    match header.baseline.and_then(find) {
        Some(baseline) => {
            encode_delta(layout, baseline, find(baseline.tick / 2), &view, &mut again)
        }
        None => encode_full(layout, &view, &mut again),
    }
    let mut same = View::default();
    let decoded: Result<SnapshotHeader, _> = decode_snapshot(layout, &again, find, &mut same);
    assert_eq!((decoded, &same), (Ok(header), &view));
    Some(view)
}
