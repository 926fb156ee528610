//! Playback of a replay through the interface of the page.

use game::{Kind, Schema, Seat, Settings, View};
use netclient::{Hashes, Spectator};
use protocol::filtered::Filter;
use protocol::record::prefixed;
use protocol::replay::{Replay, ReplayError, ReplayHeader};
use protocol::roster;
use wasm::{Recorded, find};

const FILE: &[u8] = include_bytes!("../../../crates/protocol/fixtures/match.replay");

fn open() -> Spectator {
    open_up_to(u32::MAX).0
}

/// Opens the replay with the records up to a tick. Also returns the records after it.
fn open_up_to(tick: u32) -> (Spectator, &'static [u8]) {
    let (header, records) = ReplayHeader::split(FILE).expect("a header");
    let first = prefixed(records).take(tick as usize);
    let end = first.map(|record| 2 + record.len()).sum();
    let (records, rest) = records.split_at(end);
    let game = find(header.game.as_bytes()).expect("a game");
    let named = header
        .settings
        .iter()
        .map(|(name, &value)| (name.as_str(), value));
    let recorded = Recorded {
        seed: Some(header.seed),
        settings: Settings::parse(game.settings, named).expect("settings"),
        roster: &roster(&header.players),
        records,
    };
    ((game.watch)(&recorded).expect("a replay"), rest)
}

#[test]
fn a_game_that_hides_nothing_has_no_filtered_recording() {
    let (header, _) = ReplayHeader::split(FILE).expect("a header");
    let mut file = Vec::new();
    Filter::<arena::Arena>::begin(&header, &mut file).expect("a match");
    let end = file.iter().position(|&byte| byte == b'\n');
    let game = find(b"arena").expect("a game");
    let recorded = Recorded {
        seed: None,
        settings: Settings::defaults(game.settings),
        roster: &roster(&header.players),
        records: &file[end.expect("a line") + 1..],
    };
    let refused = (game.watch)(&recorded).err();
    assert_eq!(refused, Some(ReplayError::Game));
}

/// The view of a tick, from the replay itself.
fn truth(tick: u32) -> View {
    let mut replay = Replay::<arena::Arena>::open(FILE).expect("a replay");
    replay.seek(tick).expect("a replay");
    let mut view = View::default();
    replay.view(&mut view);
    view
}

/// The first length of a seat, px.
fn x_of(view: &View, seat: usize) -> f32 {
    let schema: &Schema = find(b"arena").expect("the arena").schema;
    let Kind::Linear { per_px } = schema.seat[0].kind else {
        panic!("x comes first");
    };
    view.seat(game::Seat::new(seat).expect("a seat"))
        .expect("a player")[0] as f32
        / f32::from(per_px)
}

fn check(watch: &mut Spectator, tick: f64) {
    let scene = watch.scene(tick).expect("a scene");
    let (before, after) = (truth(tick as u32), truth(tick.ceil() as u32));
    assert!((scene.tick - tick).abs() < 1e-9 && (scene.others_tick - tick).abs() < 1e-9);
    for seat in Seat::all().take(3) {
        let body = scene.players[seat.index()].expect("a player");
        let (from, to) = (x_of(&before, seat.index()), x_of(&after, seat.index()));
        let expected = from + (to - from) * tick.fract() as f32;
        let jumps = (to - from).abs() > 30.0;
        assert!(
            jumps || (body.values[0] - expected).abs() < 0.01,
            "tick {tick} seat {seat:?}"
        );
    }
    let ids: Vec<_> = scene.things.iter().map(|thing| thing.id).collect();
    let expected: Vec<_> = before.entities.iter().map(|entity| entity.id()).collect();
    assert_eq!(ids, expected, "tick {tick}");
}

#[test]
fn every_moment_can_be_reached_from_any_other() {
    let mut watch = open();
    for tick in [
        0.0, 0.5, 1.25, 2.0, 100.75, 101.5, 101.25, 101.0, 1199.9, 0.25, 240.0, 239.5,
    ] {
        check(&mut watch, tick);
    }
    let beyond = watch.scene(1e9).expect("a scene").tick;
    assert_eq!((beyond as u32, watch.ticks()), (1200, 1200));
    let before = watch.scene(f64::NEG_INFINITY).expect("a scene").tick;
    assert_eq!(before as u32, 0);
    assert_eq!(watch.scene(f64::NAN).expect("a scene").tick as u32, 0);
}

/// The events while the playhead moves from 0 to the end in steps of this size.
fn events(step: f64) -> Vec<(u32, u8)> {
    let (mut watch, mut polled, mut tick) = (open(), Vec::new(), 0.0);
    follow(&mut watch, &mut tick, step, &mut polled);
    polled
}

/// Moves the playhead to the end in steps of this size.
fn follow(watch: &mut Spectator, tick: &mut f64, step: f64, polled: &mut Vec<(u32, u8)>) {
    while *tick < f64::from(watch.ticks()) + step {
        watch.scene(*tick).expect("a scene");
        while let Some(happened) = watch.poll_event() {
            polled.push((happened.tick, happened.event.kind));
        }
        *tick += step;
    }
}

#[test]
fn each_event_is_returned_once_at_any_speed() {
    let all = events(1.0);
    assert!(!all.is_empty());
    assert_eq!(events(0.3), all);
    assert_eq!(events(4.0), all);
    assert_eq!(events(1300.0), [], "a jump has none");
}

#[test]
fn appended_records_continue_the_replay() {
    let (mut watch, rest) = open_up_to(500);
    let (mut polled, mut tick) = (Vec::new(), 0.0);
    follow(&mut watch, &mut tick, 0.3, &mut polled);
    assert_eq!((watch.ticks(), watch.outcome()), (500, None));
    assert!(watch.append(&rest[1..]).is_err());
    watch.append(rest).expect("the next records");
    assert_eq!(watch.ticks(), 1200);
    check(&mut watch, 500.5);
    tick = 500.5;
    follow(&mut watch, &mut tick, 0.3, &mut polled);
    assert_eq!(polled, events(1.0));
    assert!(watch.outcome().is_some() && watch.hashes().different == 0);
}

#[test]
fn the_end_has_the_outcome_and_the_hash_comparison() {
    let mut watch = open();
    watch.scene(1190.0).expect("a scene");
    assert_eq!(watch.outcome(), None);
    watch.scene(1200.0).expect("a scene");
    assert!(watch.outcome().is_some());
    let hashes = Hashes {
        compared: 20,
        different: 0,
        first_different: None,
    };
    assert_eq!(watch.hashes(), hashes);
}
