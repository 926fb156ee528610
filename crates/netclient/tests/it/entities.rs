//! Entities that change, as a client draws them between snapshots.

use game::{
    Entities, Evaluated, Game, Mode, Players, Ranking, Roster, Seat, SeatInputs, Seats, Settings,
    Sim, Step, View,
};
use netclient::{NetClient, Scene, Thing, Welcome};
use protocol::binary::{Layout, SnapshotHeader, encode_delta, encode_full, encode_header};

game::state! {
    /// Balls that roll to the right. One is teleported, and one is removed.
    pub struct Alley {
        balls: entities(Ball),
        sparks: shots(Spark),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(14, 16),
    }

    /// A ball.
    pub struct Ball {
        x: length(14, 16),
        vx: velocity(8, 16),
        open: flag,
    }

    /// Falls 1 px a tick.
    pub struct Spark {
        y: length(14, 16),
    }
}

impl Evaluated for Spark {
    fn after(&self, ticks: u32) -> Self {
        let y = self.y + 16 * ticks as i32;
        Self { y }
    }
}

/// Until this tick the first ball rolls 2 px a tick from 100 px on; then it is at 900 px.
const TELEPORTED_AT: u32 = 60;
/// In this tick the second ball is removed.
const REMOVED_AT: u32 = 90;
const SPEED: i32 = 32;

impl Game for Alley {
    const NAME: &'static str = "alley";
    const CONSTANTS: game::Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        let mut balls = Entities::default();
        for x in [100, 150] {
            let ball = Ball {
                x: x * 16,
                vx: SPEED,
                open: false,
            };
            balls.spawn(0, None, ball);
        }
        let mut sparks = Entities::default();
        sparks.spawn(0, None, Spark { y: 0 });
        Self {
            balls,
            sparks,
            players: Players::of(roster, |_| Player::default()),
        }
    }

    fn step(&mut self, step: Step<'_>) {
        if !step.decides() {
            return;
        }
        for ball in self.balls.iter_mut() {
            ball.x += ball.vx;
        }
        if step.tick == TELEPORTED_AT
            && let Some(ball) = self.balls.iter_mut().next()
        {
            (ball.x, ball.vx, ball.open) = (900 * 16, -SPEED, true);
        }
        let mut at = 0;
        self.balls.retain(|_| {
            at += 1;
            step.tick < REMOVED_AT || at != 2
        });
    }

    fn outcome(&self) -> Option<Ranking> {
        None
    }
}

const TICK_US: u64 = 16_667;
/// Ticks from one snapshot to the next.
const INTERVAL: u32 = 3;

/// Plays to this tick, with a snapshot every third tick, each a delta from the one before. `check`
/// gets the scene in the middle of every tick.
fn play(ticks: u32, mut check: impl FnMut(&Scene)) {
    let settings = Settings::defaults(&[]);
    let mut sim = Sim::<Alley>::new(0, &settings, &Roster::of(1));
    let welcome = Welcome {
        seat: Seat::new(0).expect("a seat"),
        tick: 0,
        settings,
        seats: Seats::first(1),
        snapshot_hz: 20,
    };
    let mut client = NetClient::<Alley>::new(0, &welcome);
    let mut known = Vec::new();
    for tick in 1..=ticks {
        sim.step(&SeatInputs::default(), Mode::Authority, &mut Vec::new());
        let now_us = u64::from(tick) * TICK_US;
        if tick.is_multiple_of(INTERVAL) {
            let mut view = View::default();
            sim.read(&mut view);
            let bytes = snapshot(&known, &view);
            client.handle_binary(now_us, &bytes).expect("a snapshot");
            known.push(view);
        }
        let scene = client.scene(now_us + TICK_US / 2);
        if scene.others_tick > 6.0 {
            check(scene);
        }
    }
}

fn snapshot(known: &[View], view: &View) -> Vec<u8> {
    let mut before = known.iter().rev();
    let (baseline, reference) = (before.next(), before.next());
    let header = SnapshotHeader {
        tick: view.tick,
        baseline: baseline.map(|view| view.tick),
        ack: None,
        margin: 0,
    };
    let mut frame = Vec::new();
    encode_header(&header, &mut frame);
    let layout = Layout::of::<Alley>();
    match baseline {
        Some(baseline) => encode_delta(layout, baseline, reference, view, &mut frame),
        None => encode_full(layout, view, &mut frame),
    }
    frame
}

fn of_kind(scene: &Scene, kind: u8) -> Vec<Thing> {
    let things = scene.things.iter().copied();
    things.filter(|thing| thing.kind == kind).collect()
}

#[test]
fn a_changing_entity_is_interpolated_between_snapshots() {
    let mut frames = 0;
    play(TELEPORTED_AT - 6, |scene| {
        let balls = of_kind(scene, 0);
        let [ball, other] = balls.as_slice() else {
            panic!("{scene:?}")
        };
        let rolled = 2.0 * scene.others_tick as f32;
        assert!((ball.values[0] - 100.0 - rolled).abs() < 0.01, "{scene:?}");
        assert!((other.values[0] - 150.0 - rolled).abs() < 0.01, "{scene:?}");
        assert!((ball.values[1] - 2.0).abs() < 0.01, "{scene:?}");
        assert!((f64::from(ball.age) - scene.others_tick).abs() < 0.01);
        assert!(ball.id != other.id && ball.owner.is_none());
        frames += 1;
    });
    assert!(frames > 30, "{frames}");
}

#[test]
fn a_teleported_entity_jumps_once() {
    let (mut before, mut jumps) = (0.0, 0);
    play(TELEPORTED_AT + 30, |scene| {
        let x = of_kind(scene, 0)[0].values[0];
        if before > 0.0 && (x - before).abs() > 10.0 {
            jumps += 1;
            assert!(before < 250.0 && x > 850.0, "from {before} to {x}");
        }
        before = x;
    });
    assert_eq!(jumps, 1);
    assert!(before < 890.0, "then it rolls back: {before}");
}

#[test]
fn a_removed_entity_is_drawn_until_its_removal() {
    let mut last = None;
    play(REMOVED_AT + 30, |scene| {
        if let Some(other) = of_kind(scene, 0).get(1) {
            let rolled = 2.0 * scene.others_tick as f32;
            assert!((other.values[0] - 150.0 - rolled).abs() < 0.01, "{scene:?}");
            last = Some(scene.others_tick);
        }
    });
    let last = last.expect("a second ball");
    let gone = f64::from(REMOVED_AT);
    assert!((gone - 1.5..=gone).contains(&last), "{last}");
}

#[test]
fn an_entity_without_an_owner_follows_its_rule() {
    play(90, |scene| {
        let sparks = of_kind(scene, 1);
        let [spark] = sparks.as_slice() else {
            panic!("{scene:?}")
        };
        assert!((spark.values[0] - spark.age).abs() < 0.01, "{spark:?}");
        assert!(spark.owner.is_none());
    });
}
