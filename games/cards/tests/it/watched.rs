//! What watchers of a match get: the filtered recording, without a hand, which shows all else.

use std::path::PathBuf;

use cards::{Cards, CardsBot, Player};
use game::State as _;
use game::prelude::*;
use protocol::filtered::Filtered;
use protocol::replay::{Replay, ReplayHeader};
use protocol::roster;
use room::{BotTerms, Room, RoomConfig};

use crate::support::{filtered, settings};

/// The replay of a match of two bots, of which the second one has a design of the backs of its cards, and of a player who
/// is away.
fn recorded() -> Vec<u8> {
    let config = RoomConfig {
        room_id: "main.r1".into(),
        epoch: 1,
        seed: 7,
        settings: settings(60, 5),
        grace_frames: 0,
    };
    let player = |index: usize| room::Player {
        player_id: format!("00000000-0000-4000-8000-00000000000{index}"),
        name: format!("Player {index}"),
        colors: vec![format!("#30a46{index}")],
        is_bot: index < 2,
        game: if index == 1 { "stars" } else { "" }.to_owned(),
        ..room::Player::default()
    };
    let mut room = Room::<Cards>::new(config, (0..3).map(player).collect()).expect("a room");
    room.allow_bots(BotTerms {
        new_bot: |seed| Box::new(CardsBot::new(seed)),
        replace_frames: u32::MAX,
    });
    while room.outcome().is_none() {
        room.handle_tick();
    }
    let line = room.replay_header(1_790_000_000_000);
    [line.as_bytes(), &room.save().replay].concat()
}

/// The bytes of a fixture. `UPDATE_EXPECT=1` writes these. This is necessary after a change of the rules.
fn fixture(name: &str, made: &[u8]) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, made).expect("a fixture is written");
    }
    std::fs::read(&path).expect("a fixture")
}

/// Test cases for the SDK and the relay.
#[test]
fn the_fixtures_are_a_match_and_its_filtered_recording() {
    let replay = recorded();
    assert!(replay == fixture("match.replay", &replay), "the match");
    let (_, records) = ReplayHeader::split(&replay).expect("a header");
    let line = str::from_utf8(&replay[..replay.len() - records.len()]).expect("UTF-8");
    let filtered = filtered::<Cards>(line, records);
    assert!(
        filtered == fixture("match.snapshots", &filtered),
        "its filtered recording"
    );
    let end = filtered.iter().position(|&byte| byte == b'\n');
    let text = String::from_utf8_lossy(&filtered[..end.expect("a line")]);
    let expected = r#"{"format":"skirmish.snapshots.v1","pool":"main","room":"main.r1","game":"cards","settings":{"#;
    assert!(text.starts_with(expected), "{text}");
    assert!(!text.contains("stars"), "{text}");
}

/// Opens a replay file, and its filtered recording.
fn open(file: &[u8]) -> (Replay<Cards>, Filtered<Cards>) {
    let (header, records) = ReplayHeader::split(file).expect("a header");
    let line = str::from_utf8(&file[..file.len() - records.len()]).expect("UTF-8");
    let filtered = filtered::<Cards>(line, records);
    let end = filtered.iter().position(|&byte| byte == b'\n');
    let entries = &filtered[end.expect("a line") + 1..];
    let shown = Filtered::new(&settings(60, 5), &roster(&header.players), entries);
    let replay = Replay::open(file).expect("a replay");
    (replay, shown.expect("entries"))
}

#[test]
fn watchers_see_each_tick_of_the_replay_without_the_hands() {
    let (mut replay, mut shown) = open(&recorded());
    let (mut expected, mut view, mut events) = (View::default(), View::default(), 0);
    loop {
        replay.view(&mut expected);
        expected.hide(Cards::SCHEMA, None);
        shown.view(&mut view);
        assert_eq!((shown.tick(), &view), (replay.tick(), &expected));
        let cards = |player: Player| player.hand().count();
        assert_eq!(view.players().map(cards).sum::<usize>(), 0);
        let happened: Vec<_> = shown.events().iter().map(|&(_, event)| event).collect();
        assert_eq!(happened, replay.events());
        events += happened.len();
        assert_eq!(shown.outcome(), replay.outcome());
        let is_more = replay.step().expect("a record");
        assert_eq!(shown.step(), Ok(is_more));
        if !is_more {
            break;
        }
    }
    assert_eq!(shown.ticks(), replay.ticks());
    assert!(events > 0 && shown.outcome().is_some());
    // A public effect of the claim is shown.
    let backs: Vec<_> = view.players().map(|player: Player| player.back).collect();
    assert_eq!(backs, [0, 2, 0]);
}
