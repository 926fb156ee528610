//! Sizes of snapshots of an arena match with five players who run, aim and shoot.

use arena::Arena;
use game::{
    Game, Input, Mode, Pad, Random, Roster, SeatInput, SeatInputs, Seats, Settings, Sim, State,
    View,
};
use protocol::binary::HEADER_BYTES;

use super::support::{decoded, frame, of_five, seat};

const TICKS: u32 = 60 * 120;
/// The size of a full snapshot, and the additional size of each projectile, bytes.
const FULL_BYTES: usize = 48;
const FULL_BYTES_PER_SHOT: usize = 7;
/// Deltas at 60 Hz, bytes.
const DELTA_BYTES_MEAN: f64 = 20.0;

/// A player with keyboard and mouse: runs in one of eight directions for a third of a second on
/// average, aims unsteadily at another player, and shoots occasionally.
struct Mind {
    random: Random,
    way: (i8, i8),
    target: usize,
    aim: u16,
}

impl Mind {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            way: (0, 0),
            target: 0,
            aim: 0,
        }
    }

    fn play(&mut self, own: usize, view: &View, in_flight: usize) -> Input {
        if self.random.below(20) == 0 {
            let side = |random: &mut Random| (random.below(3) as i8 - 1) * 127;
            self.way = (side(&mut self.random), side(&mut self.random));
        }
        if self.random.below(60) == 0 {
            self.target = self.random.below(5) as usize;
        }
        if let (Some(me), Some(target)) = (view.seat(seat(own)), view.seat(seat(self.target))) {
            let away = |at: usize| f64::from(target[at]) - f64::from(me[at]);
            let wanted = i32::from(game::aim_from_radians(away(1).atan2(away(0))));
            // A fifth of the shorter turn, and some noise.
            let turn = (wanted - i32::from(self.aim) + 512).rem_euclid(1024) - 512;
            let unsteady = self.random.below(5) as i32 - 2;
            self.aim = (i32::from(self.aim) + turn / 5 + unsteady).rem_euclid(1024) as u16;
        }
        // Five players fire eight shots per second; ten projectiles are in flight at a time.
        let fire = in_flight < 12 && self.random.below(15) == 0;
        let (dx, dy) = self.way;
        Pad {
            dx,
            dy,
            aim: self.aim,
            fire,
        }
        .into()
    }
}

/// A view of each tick of a match. Each hit is healed, so that all five players stay in the match.
fn played(seed: u64) -> Vec<View> {
    let settings = Settings::defaults(Arena::SETTINGS);
    let mut sim = Sim::<Arena>::new(seed, &settings, &Roster::of(5));
    let mut minds: Vec<_> = (0..5).map(|at| Mind::new(seed * 5 + at)).collect();
    let mut views = vec![View::default()];
    sim.read(&mut views[0]);
    for _ in 0..TICKS {
        let mut view = views.last().expect("one").clone();
        let mut inputs = SeatInputs::default();
        for seat in Seats::first(5).iter() {
            let input = minds[seat.index()].play(seat.index(), &view, view.entities.len());
            inputs[seat.index()] = SeatInput {
                input,
                view_delay: 0,
            };
        }
        sim.step(&inputs, Mode::Authority, &mut Vec::new());
        sim.read(&mut view);
        for seat in view.seats().iter() {
            if let Some(values) = view.seat_mut(seat) {
                values[3] = 3;
            }
        }
        sim.load(&view).expect("a state of the arena");
        views.push(view);
    }
    views
}

/// The sizes of deltas `interval` ticks apart and of full snapshots at the same ticks, bytes.
fn sizes(views: &[View], interval: usize) -> (Vec<usize>, Vec<(usize, usize)>) {
    let mut deltas = Vec::new();
    let mut fulls = Vec::new();
    for at in (2 * interval..views.len()).step_by(interval) {
        let [view, baseline, reference] = [0, 1, 2].map(|back| &views[at - back * interval]);
        let delta = frame(
            of_five(Arena::SCHEMA),
            Some(baseline),
            Some(reference),
            view,
        );
        assert_eq!(
            decoded(of_five(Arena::SCHEMA), &delta, &[baseline, reference]).as_ref(),
            Ok(view)
        );
        deltas.push(delta.len());
        fulls.push((
            view.entities.len(),
            frame(of_five(Arena::SCHEMA), None, None, view).len(),
        ));
    }
    deltas.sort_unstable();
    (deltas, fulls)
}

#[test]
fn snapshots_of_a_busy_arena_are_small() {
    let views = played(1);
    let shots: usize = views
        .windows(2)
        .map(|pair| {
            pair[1]
                .entities
                .iter()
                .filter(|shot| shot.birth.tick == pair[1].tick)
                .count()
        })
        .sum();
    let shots_a_second = shots as f64 * 60.0 / f64::from(TICKS);
    let in_flight =
        views.iter().map(|view| view.entities.len()).sum::<usize>() as f64 / views.len() as f64;
    println!("{shots_a_second:.1} shots a second, {in_flight:.1} in flight");
    assert!((7.0..10.0).contains(&shots_a_second));
    for (hz, interval) in [(60, 1), (30, 2), (20, 3), (10, 6)] {
        let (deltas, fulls) = sizes(&views, interval);
        let mean = deltas.iter().sum::<usize>() as f64 / deltas.len() as f64;
        let share = |percent: usize| deltas[(deltas.len() - 1) * percent / 100];
        println!(
            "{hz} Hz: deltas mean {mean:.1} B, p10 {} p50 {} p90 {} p99 {} max {}; with {HEADER_BYTES} B of header",
            share(10),
            share(50),
            share(90),
            share(99),
            share(100),
        );
        assert!(hz != 60 || mean <= DELTA_BYTES_MEAN, "mean {mean}");
        for (shots, bytes) in fulls {
            assert!(
                bytes <= FULL_BYTES + FULL_BYTES_PER_SHOT * shots,
                "{bytes} B with {shots} shots"
            );
        }
    }
    let busiest = views.iter().max_by_key(|view| view.entities.len());
    for view in [views.first(), busiest].into_iter().flatten() {
        let full = frame(of_five(Arena::SCHEMA), None, None, view).len();
        println!("full: {full} B with {} projectiles", view.entities.len());
    }
}
