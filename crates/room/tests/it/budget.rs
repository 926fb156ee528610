//! A room of 64 players and 512 entities, with more changes than fit into a snapshot.

use std::collections::{HashMap, HashSet};

use game::prelude::*;
use game::{SEATS_MAX, State};
use proptest::prelude::*;
use protocol::binary::{FrameKind, InputBatch, Layout, SnapshotHeader, decode_snapshot};
use protocol::limits::SNAPSHOT_BYTES_MAX;
use protocol::{ClientMessage, Encoding, Form};
use room::Room;

use crate::support::{config, input, players, seat, tick};

/// Every player and entity of the herd is up to date at least once in this number of ticks.
const STALE_TICKS_MAX: u32 = 40;
const SIDE: i32 = 16_000;

game::state! {
    /// Players and sheep that run around until the match is quiet.
    pub struct Herd {
        random: hidden(Random),
        quiet: hidden(u32),
        round: count(8),
        sheep: entities(Sheep),
        stones: shots(Stone),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(14, 8),
        y: length(14, 8),
        vx: velocity(9, 8),
        aim: angle,
        rest: timer(6),
        score: count(10),
    }

    /// An entity that changes.
    pub struct Sheep {
        x: length(14, 8),
        y: length(14, 8),
        fed: flag,
    }

    /// An entity that does not change.
    pub struct Stone {
        x: length(14, 8),
    }
}

impl Evaluated for Stone {
    fn after(&self, _: u32) -> Self {
        self.clone()
    }
}

impl Game for Herd {
    const NAME: &'static str = "herd";
    const SEATS: RangeInclusive<u8> = 2..=64;
    const CONSTANTS: Constants = &[];
    const SETTINGS: &'static [Setting] = &[Setting::new("quiet", 60_000, 1..=60_000)];

    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        let mut herd = Self {
            random: Random::new(seed),
            quiet: settings.0[0] as u32,
            round: 0,
            sheep: Entities::default(),
            stones: Entities::default(),
            players: Players::of(roster, |_| Player {
                x: SIDE / 2,
                y: SIDE / 2,
                ..Player::default()
            }),
        };
        for _ in 0..400 {
            herd.spawn_sheep(0);
        }
        herd
    }

    fn step(&mut self, step: Step<'_>) {
        for (player, pad) in self.players.moving::<Pad>(&step) {
            player.vx = i32::from(pad.dx);
            player.x = (player.x + player.vx).clamp(0, SIDE);
            player.rest = player.rest.saturating_sub(1);
        }
        if step.tick >= self.quiet || !step.decides() {
            return;
        }
        self.round = step.tick / 100 % 256;
        let random = &mut self.random;
        for (_, player) in self.players.iter_mut() {
            (player.x, player.y) = wander(random, (player.x, player.y));
            player.aim = random.below(1024) as u16;
            if random.below(16) == 0 {
                (player.rest, player.score) = (63, player.score + 1);
            }
        }
        for sheep in self.sheep.iter_mut() {
            (sheep.x, sheep.y) = wander(random, (sheep.x, sheep.y));
            sheep.fed = random.below(4) == 0;
        }
        self.sheep.retain(|_| random.below(100) > 0);
        self.stones.retain(|_| random.below(40) > 0);
        while self.sheep.len() < 400 {
            self.spawn_sheep(step.tick);
        }
        while self.stones.len() < 112 {
            let x = self.random.below(SIDE as u32) as i32;
            self.stones.spawn(step.tick, None, Stone { x });
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        None
    }

    /// Every fourth subject has a high relevance, and one of them the lowest.
    fn relevance(&self, _: Seat, subject: Subject<'_>) -> u8 {
        match subject {
            Subject::Seat(seat) if seat.index() == 1 => 0,
            Subject::Seat(seat) if seat.index().is_multiple_of(4) => 4,
            Subject::Seat(_) => 1,
            Subject::Entity(entity) => 1 + 3 * u8::from(entity.birth.index.is_multiple_of(4)),
        }
    }
}

impl Herd {
    fn spawn_sheep(&mut self, tick: u32) {
        let mut place = || self.random.below(SIDE as u32) as i32;
        let (x, y) = (place(), place());
        self.sheep.spawn(tick, None, Sheep { x, y, fed: false });
    }
}

/// A step in any direction, and sometimes a jump.
fn wander(random: &mut Random, (x, y): (i32, i32)) -> (i32, i32) {
    let reach = if random.below(50) == 0 { 8_000 } else { 100 };
    let mut step = || random.below(2 * reach + 1) as i32 - reach as i32;
    ((x + step()).clamp(0, SIDE), (y + step()).clamp(0, SIDE))
}

fn herd(seed: u64, quiet: i32, count: usize) -> Room<Herd> {
    let mut config = config::<Herd>(&format!(r#"{{"quiet":{quiet}}}"#), 0);
    config.seed = seed;
    let mut room = Room::new(config, players(count)).expect("a room");
    for seat in room.seats().iter() {
        room.handle_connected(seat, Encoding::Binary);
    }
    room
}

/// A client that keeps its received snapshots.
#[derive(Default)]
struct Client {
    views: Vec<View>,
}

impl Client {
    /// Reads the snapshot that is due. Returns its header, its length, and the view of the client.
    fn read(&mut self, room: &mut Room<Herd>, of: Seat) -> Option<(SnapshotHeader, usize, &View)> {
        let (mut frame, mut view) = (Vec::new(), View::default());
        while room.poll_reliable(of, &mut frame).is_some() {}
        frame.clear();
        let form = room.poll_snapshot(of, &mut frame)?;
        assert_eq!(form, Form::Binary);
        let find = |tick| self.views.iter().rev().find(|view| view.tick == tick);
        let header =
            decode_snapshot(Layout::of::<Herd>(), &frame, find, &mut view).expect("a snapshot");
        self.views.push(view);
        if self.views.len() > 70 {
            self.views.remove(0);
        }
        Some((header, frame.len(), self.views.last()?))
    }
}

/// Clients without acks get a snapshot after two ticks.
fn next(room: &mut Room<Herd>) {
    tick(room, 2);
}

/// The complete state, in the full snapshot of a new client.
fn truth(room: &mut Room<Herd>, of: Seat) -> (usize, View) {
    room.handle_connected(of, Encoding::Binary);
    let mut client = Client::default();
    let (header, bytes, view) = client.read(room, of).expect("a snapshot");
    assert_eq!(header.baseline, None);
    (bytes, view.clone())
}

/// For each player and entity of the complete state, whether this view is up to date.
fn exact<'a>(truth: &'a View, view: &'a View) -> impl Iterator<Item = bool> + 'a {
    let seats = Seat::all().map(|seat| view.seat(seat) == truth.seat(seat));
    let entities = truth.entities.iter().map(|entity| {
        let list = view.entities.of_kind(entity.kind.into());
        let at = list.position(entity.birth, 0);
        at.is_some_and(|at| list.values(at) == entity.values)
    });
    seats.chain(entities)
}

fn ids(view: &View) -> impl Iterator<Item = u64> + '_ {
    let seats = Seat::all().map(|seat| seat.index() as u64);
    seats.chain(view.entities.iter().map(|entity| 64 + entity.id()))
}

#[test]
fn snapshots_over_datagrams_are_within_the_limit() {
    let (mut room, own, probe) = (herd(3, 60_000, SEATS_MAX), seat(2), seat(SEATS_MAX - 1));
    room.handle_connected_lossy(own);
    let (mut known, mut deltas, mut frame) = (Client::default(), 0, Vec::new());
    for now in 0..150_u32 {
        tick(&mut room, 1);
        frame.clear();
        if !room.poll_lossy_snapshot(own, &mut frame) || now % 5 == 3 {
            continue;
        }
        let mut view = View::default();
        let find = |tick| known.views.iter().rev().find(|view| view.tick == tick);
        let header = decode_snapshot(Layout::of::<Herd>(), &frame, find, &mut view);
        if header.expect("on what was acknowledged").baseline.is_some() {
            assert!(frame.len() <= SNAPSHOT_BYTES_MAX, "{} bytes", frame.len());
            deltas += 1;
        }
        let (_, truth) = truth(&mut room, probe);
        assert_eq!(view.seat(own), truth.seat(own));
        // The acknowledgement arrives six ticks later.
        known.views.push(view);
        let seen = known.views.iter().rev().nth(6).map(|view| view.tick);
        let batch = InputBatch::new(room.tick() + 1, &[Input::default()], seen, 0);
        let _ = room.handle_message(own, ClientMessage::Inputs(batch.expect("an input")));
    }
    assert!(deltas > 80, "{deltas}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn every_snapshot_is_within_the_limit_and_nothing_starves(
        seed: u64,
        own in 1..SEATS_MAX - 1,
        misses in 2_u32..9,
    ) {
        let (own, probe) = (seat(own), seat(SEATS_MAX - 1));
        let mut room = herd(seed, 60_000, SEATS_MAX);
        let mut client = Client::default();
        let mut exact_at = HashMap::new();
        let (mut limited, mut longest) = (0, 0);
        for now in 0..150 {
            let _ = room.handle_message(own, input(None, (1.0, 0.0), false));
            next(&mut room);
            let (_, truth) = truth(&mut room, probe);
            // Some snapshots cannot be written.
            if now % misses == 1 {
                continue;
            }
            let (header, bytes, view) = client.read(&mut room, own).expect("a snapshot");
            if header.baseline.is_some() {
                prop_assert!(bytes <= SNAPSHOT_BYTES_MAX, "{bytes} bytes at tick {now}");
                limited += u32::from(bytes > SNAPSHOT_BYTES_MAX - 100);
            }
            prop_assert_eq!(&view.match_values, &truth.match_values);
            prop_assert_eq!(view.seat(own), truth.seat(own));
            let all: HashSet<u64> = ids(&truth).collect();
            prop_assert!(ids(view).all(|id| all.contains(&id)));
            for (id, is_exact) in ids(&truth).zip(exact(&truth, view)) {
                let known = exact_at.entry(id).or_insert(truth.tick);
                if is_exact {
                    *known = truth.tick;
                }
                let stale = truth.tick - *known;
                longest = longest.max(stale);
                prop_assert!(stale <= STALE_TICKS_MAX, "{id} for {stale} ticks");
            }
        }
        println!("everything is up to date within {longest} ticks");
        prop_assert!(limited > 60, "{limited} snapshots are at the limit");
    }

    #[test]
    fn a_client_is_up_to_date_soon_after_all_movement_ends(
        seed: u64,
        own in 0..SEATS_MAX - 1,
    ) {
        let (own, probe) = (seat(own), seat(SEATS_MAX - 1));
        let mut room = herd(seed, 200, SEATS_MAX);
        let mut client = Client::default();
        let mut bytes = 0;
        for now in 0..200 {
            next(&mut room);
            let (_, truth) = truth(&mut room, probe);
            let (header, length, view) = client.read(&mut room, own).expect("a snapshot");
            prop_assert_eq!(header.tick, 2 * now + 2);
            if now > 140 {
                let is_exact = exact(&truth, view).all(|is_exact| is_exact);
                prop_assert!(is_exact && view.entities.len() == truth.entities.len());
            }
            bytes = length;
        }
        // The client has the same state as the others, and nothing moves.
        prop_assert!(bytes < 30, "{bytes} bytes");
    }
}

#[test]
fn a_new_client_gets_a_complete_snapshot() {
    let mut room = herd(3, 60_000, SEATS_MAX);
    tick(&mut room, 20);
    let (bytes, all) = truth(&mut room, seat(5));
    assert!(bytes > 2 * SNAPSHOT_BYTES_MAX, "{bytes} bytes");
    assert_eq!((all.seats().len(), all.entities.len()), (SEATS_MAX, 512));
    let mut client = Client::default();
    client.read(&mut room, seat(6)).expect("a snapshot");
    tick(&mut room, 72);
    let (header, _, view) = client.read(&mut room, seat(6)).expect("a snapshot");
    assert_eq!(
        header.baseline, None,
        "the last one is too old for a baseline"
    );
    assert_eq!(view, &truth(&mut room, seat(5)).1);
    assert_eq!(FrameKind::ALL.len(), 4);
}

#[test]
fn higher_relevance_is_sent_more_often() {
    let mut room = herd(9, 60_000, SEATS_MAX);
    let (mut client, mut shown) = (Client::default(), [0; SEATS_MAX]);
    for _ in 0..600 {
        next(&mut room);
        let (_, truth) = truth(&mut room, seat(63));
        let (_, _, view) = client.read(&mut room, seat(2)).expect("a snapshot");
        for (shown, is_exact) in shown.iter_mut().zip(exact(&truth, view)) {
            *shown += u32::from(is_exact);
        }
    }
    let mean = |of: &dyn Fn(usize) -> bool| {
        let of: Vec<_> = (4..63).filter(|&at| of(at)).map(|at| shown[at]).collect();
        of.iter().sum::<u32>() / of.len() as u32
    };
    let (more, less) = (
        mean(&|at| at.is_multiple_of(4)),
        mean(&|at| !at.is_multiple_of(4)),
    );
    println!(
        "of 600 snapshots: own {}, more {more}, less {less}, least {}",
        shown[2], shown[1]
    );
    assert_eq!(shown[2], 600, "the own seat");
    assert!(more > 2 * less, "{more} {less}");
    assert!(shown[1] > less / 2, "a relevance of 0 counts as 1");
    assert_eq!(Herd::SCHEMA.private, 0);
}

#[test]
fn after_a_resume_the_first_snapshot_is_complete() {
    let mut room = herd(5, 60_000, 40);
    let mut client = Client::default();
    for _ in 0..50 {
        next(&mut room);
        client.read(&mut room, seat(1));
    }
    let saved = room.save();
    let (mut resumed, _) =
        Room::<Herd>::resume(5, 0, &saved.state, std::iter::empty()).expect("a saved room");
    resumed.handle_connected(seat(1), Encoding::Binary);
    let mut client = Client::default();
    for now in 0..10 {
        next(&mut resumed);
        let (header, bytes, view) = client.read(&mut resumed, seat(1)).expect("a snapshot");
        assert_eq!(header.baseline.is_none(), now == 0);
        assert!(now == 0 || bytes <= SNAPSHOT_BYTES_MAX);
        assert_eq!(view.seats().len(), 40);
    }
}
