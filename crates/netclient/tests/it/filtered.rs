//! A filtered recording is drawn as the replay of its match, between snapshots as smoothly as in a match.

use arena::Arena;
use game::{Game as _, Settings};
use netclient::{Scene, Spectator};
use protocol::filtered::{Filter, Filtered};
use protocol::record::prefixed;
use protocol::replay::{Replay, ReplayHeader};
use protocol::roster;

const FILE: &[u8] = include_bytes!("../../../protocol/fixtures/match.replay");

/// The spectator of the filtered recording of the records up to a tick, and the entries of the later ones.
fn open_up_to(tick: u32) -> (Spectator, Vec<u8>) {
    let (header, records) = ReplayHeader::split(FILE).expect("a header");
    let (mut out, mut rest) = (Vec::new(), Vec::new());
    let mut filter = Filter::<Arena>::begin(&header, &mut out).expect("a match");
    for (at, record) in (1..).zip(prefixed(records)) {
        let to = if at <= tick { &mut out } else { &mut rest };
        filter.push(record, to).expect("a record");
    }
    let end = out.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
    let named = header.settings.iter();
    let settings = Settings::parse(
        Arena::SETTINGS,
        named.map(|(name, &value)| (name.as_str(), value)),
    );
    let settings = settings.expect("settings");
    let filtered = Filtered::<Arena>::new(&settings, &roster(&header.players), &out[end..]);
    (Spectator::of_filtered(filtered.expect("entries")), rest)
}

fn open() -> Spectator {
    open_up_to(u32::MAX).0
}

fn replay() -> Spectator {
    Spectator::new(Replay::<Arena>::open(FILE).expect("a replay"))
}

/// The drawn position of each of the three players, px.
fn places(scene: &Scene) -> Vec<[f32; 2]> {
    let bodies = scene.players.iter().flatten();
    bodies
        .map(|body| [body.values[0], body.values[1]])
        .collect()
}

#[test]
fn it_is_drawn_as_the_replay() {
    let (mut shown, mut replay) = (open(), replay());
    assert_eq!(shown.ticks(), 1200);
    let mut far = 0;
    for tick in (0..2400).map(|half| f64::from(half) / 2.0) {
        let (drawn, expected) = (
            shown.scene(tick).expect("a scene").clone(),
            replay.scene(tick).expect("a scene").clone(),
        );
        if tick % 3.0 == 0.0 {
            assert_eq!(drawn, expected, "tick {tick}");
        }
        for ([x, y], [ex, ey]) in places(&drawn).into_iter().zip(places(&expected)) {
            far += u32::from((x - ex).abs() > 4.0 || (y - ey).abs() > 4.0);
        }
    }
    // When a player comes back into the world, between two snapshots.
    assert!(far < 40, "{far}");
}

#[test]
fn a_moment_looks_the_same_after_any_seek() {
    let ticks = || (0..600).map(|at| f64::from(at) * 2.0 + f64::from(at % 4) / 4.0);
    let mut played = open();
    let expected: Vec<Scene> = ticks()
        .map(|tick| played.scene(tick).expect("a scene").clone())
        .collect();
    let mut shown = open();
    for (at, tick) in ticks().enumerate().collect::<Vec<_>>().into_iter().rev() {
        let scene = shown.scene(tick).expect("a scene");
        assert_eq!(scene, &expected[at], "tick {tick}");
    }
    assert_eq!(shown.scene(1e9).expect("a scene").tick as u32, 1200);
}

/// Moves the playhead to the end in steps of this size, and collects the events.
fn follow(shown: &mut Spectator, from: f64, step: f64) -> Vec<(u32, u8)> {
    let (mut tick, mut polled) = (from, Vec::new());
    while tick < f64::from(shown.ticks()) + step {
        shown.scene(tick).expect("a scene");
        while let Some(happened) = shown.poll_event() {
            polled.push((happened.tick, happened.event.kind));
        }
        tick += step;
    }
    polled
}

#[test]
fn each_event_is_returned_once_at_any_speed() {
    let expected = follow(&mut replay(), 0.0, 1.0);
    assert!(expected.len() > 2, "{expected:?}");
    for step in [0.3, 1.0, 4.0, 16.0] {
        assert_eq!(follow(&mut open(), 0.0, step), expected, "step {step}");
    }
}

#[test]
fn appended_entries_continue_it_and_the_end_has_the_outcome() {
    let (mut shown, rest) = open_up_to(500);
    assert_eq!((shown.ticks(), shown.outcome()), (498, None));
    let mut events = follow(&mut shown, 0.0, 0.7);
    assert!(shown.append(&rest[1..]).is_err());
    shown.append(&rest).expect("the next entries");
    events.extend(follow(&mut shown, 498.0, 0.7));
    assert_eq!(events, follow(&mut replay(), 0.0, 1.0));
    let mut whole = replay();
    whole.scene(1200.0).expect("a scene");
    assert!(shown.outcome().is_some());
    assert_eq!(shown.outcome(), whole.outcome());
    assert_eq!(shown.hashes().compared, 0);
}
