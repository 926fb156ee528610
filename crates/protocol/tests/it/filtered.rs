//! The filtered recording: it shows what the replay shows, at every third tick, in any parts and after any seek.

use arena::Arena;
use game::{Event, Roster, Seat, Seats, Settings, View};
use proptest::prelude::*;
use protocol::Player;
use protocol::filtered::{FULL_SNAPSHOTS, Filter, FilterError, Filtered};
use protocol::record::{Join, Presence, PresenceChanges, Record, prefixed};
use protocol::replay::{Replay, ReplayError, ReplayHeader};

use crate::record::support::{file, header, recorded};

/// The entries of the filtered recording of a replay, each with its length, and the header line.
fn filtered(file: &[u8]) -> (String, Vec<Vec<u8>>) {
    let (header, records) = ReplayHeader::split(file).expect("a header");
    let mut out = Vec::new();
    let mut filter = Filter::<Arena>::begin(&header, &mut out).expect("a match");
    for record in prefixed(records) {
        filter.push(record, &mut out).expect("a record");
    }
    let end = out.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
    let (mut entries, mut rest) = (Vec::new(), &out[end..]);
    while let Some((length, _)) = rest.split_first_chunk() {
        let (entry, after) = rest.split_at(4 + u32::from_le_bytes(*length) as usize);
        entries.push(entry.to_vec());
        rest = after;
    }
    (
        String::from_utf8(out[..end].to_vec()).expect("UTF-8"),
        entries,
    )
}

fn open(entries: &[Vec<u8>]) -> Result<Filtered<Arena>, ReplayError> {
    let settings = header().settings;
    let named = settings.iter().map(|(name, &value)| (name.as_str(), value));
    let settings = Settings::parse(<Arena as game::Game>::SETTINGS, named).expect("settings");
    Filtered::new(&settings, &Roster::of(3), &entries.concat())
}

fn view(shown: &Filtered<Arena>) -> View {
    let mut view = View::default();
    shown.view(&mut view);
    view
}

/// Compares each snapshot with the replay. Returns the ticks of the snapshots, and the number of events.
fn check(records: &[Record]) -> (Vec<u32>, usize) {
    let file = file(records);
    let mut replay = Replay::<Arena>::open(&file).expect("a replay");
    let mut shown = open(&filtered(&file).1).expect("entries");
    let (mut ticks, mut events, mut expected) = (vec![0], Vec::new(), Vec::new());
    while shown.step().expect("a snapshot") {
        events.extend_from_slice(shown.events());
        while replay.tick() < shown.tick() && replay.step().expect("a record") {
            expected.extend(replay.events().iter().map(|&event| (replay.tick(), event)));
        }
        let mut of_replay = View::default();
        replay.view(&mut of_replay);
        of_replay.tick = replay.tick();
        assert_eq!(view(&shown), of_replay);
        assert_eq!(shown.outcome(), replay.outcome());
        ticks.push(shown.tick());
    }
    assert_eq!(events, expected);
    assert!(shown.outcome().is_some());
    (ticks, events.len())
}

#[test]
fn it_shows_every_third_tick_and_the_end_of_the_match() {
    let (ticks, events) = check(&recorded(None));
    assert!(events > 2, "{events}");
    assert_eq!(ticks[..4], [0, 3, 6, 9]);
    assert_eq!(ticks.last(), Some(&1200));
}

#[test]
fn the_end_of_a_match_that_all_players_leave_is_a_tick_of_its_own() {
    let mut records = recorded(Some(200));
    let mut last = records.last().expect("records").clone();
    records.truncate(252);
    (last.tick, last.hash) = (253, None);
    last.presence = PresenceChanges::from_iter([(Seat::new(1).expect("seat 1"), Presence::Left)]);
    records.push(last);
    assert_eq!(check(&records).0[83..], [249, 252, 253]);
}

#[test]
fn the_header_line_has_neither_the_seed_nor_a_claim() {
    let mut header = header();
    header.players[1].game = "secret".to_owned();
    let mut out = Vec::new();
    Filter::<Arena>::begin(&header, &mut out).expect("a match");
    let end = out.iter().position(|&byte| byte == b'\n').expect("a line");
    expect_test::expect![[r##"{"format":"skirmish.snapshots.v1","pool":"main","room":"main.r1","game":"arena","settings":{"match_seconds":20},"players":[{"player_id":"00000000-0000-4000-8000-000000000003","name":"Ann","colors":["#e5484d"]},{"player_id":"00000000-0000-4000-8000-000000000005","name":"Benö","colors":["#3e63dd"]},{"player_id":"00000000-0000-4000-8000-000000000006","name":"\"Cleo\"","colors":["#30a46c"]}],"created_ms":1790000000000}"##]]
        .assert_eq(str::from_utf8(&out[..end]).expect("UTF-8"));
}

#[test]
fn players_who_join_are_known_as_soon_as_their_entries_are() {
    let mut records = recorded(None);
    records.truncate(130);
    for record in &mut records {
        record.hash = None;
    }
    let seat = Seat::new(3).expect("seat 3");
    let player = |game: &str| Player {
        player_id: "p3".to_owned(),
        name: "Dora".to_owned(),
        colors: vec!["#ffb224".to_owned()],
        team: Some(1),
        is_bot: true,
        game: game.to_owned(),
    };
    records[99].joins = vec![Join {
        seat,
        player: player("secret"),
    }];
    let (_, entries) = filtered(&file(&records));
    let mut shown = open(&entries).expect("entries");
    assert_eq!(view(&shown).seats(), Seats::first(3));
    let join = Join {
        seat,
        player: player(""),
    };
    assert_eq!(shown.joins(), [(100, join)]);
    shown.seek(102).expect("a tick");
    assert_eq!(view(&shown).seats(), Seats::first(4));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_growing_one_shows_the_same_after_any_seek(
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..8),
        seeks in prop::collection::vec(0..1300u32, 8),
    ) {
        let (_, entries) = filtered(&file(&recorded(Some(400))));
        let mut cuts: Vec<_> = cuts.iter().map(|cut| 1 + cut.index(entries.len())).collect();
        cuts.push(entries.len());
        cuts.sort_unstable();
        let mut whole = open(&entries).expect("entries");
        let mut grown = open(&entries[..cuts[0]]).expect("entries");
        let mut seen: Vec<(u32, Event)> = Vec::new();
        for (piece, tick) in cuts.windows(2).zip(seeks) {
            while grown.step().expect("a snapshot") {
                seen.extend_from_slice(grown.events());
            }
            grown.append(&entries[piece[0]..piece[1]].concat()).expect("the next entries");
            let newest = grown.tick();
            grown.seek(tick).expect("a tick");
            whole.seek(tick.min(grown.ticks())).expect("a tick");
            prop_assert_eq!(view(&grown), view(&whole));
            prop_assert!(grown.tick() <= tick && tick.min(grown.ticks()) < grown.tick() + 3);
            grown.seek(newest).expect("a tick");
        }
        while grown.step().expect("a snapshot") {
            seen.extend_from_slice(grown.events());
        }
        let mut expected = Vec::new();
        whole.seek(0).expect("a tick");
        while whole.step().expect("a snapshot") {
            expected.extend_from_slice(whole.events());
        }
        prop_assert_eq!(seen, expected);
        prop_assert_eq!((grown.outcome(), grown.tick()), (whole.outcome(), whole.ticks()));
    }

    #[test]
    fn no_bytes_panic(
        at in any::<prop::sample::Index>(), noise in prop::collection::vec(any::<u8>(), 1..40), tick in 0..1300u32,
    ) {
        let (_, entries) = filtered(&file(&recorded(Some(400))));
        let mut bytes = entries.concat();
        let at = at.index(bytes.len());
        bytes.splice(at..(at + noise.len()).min(bytes.len()), noise);
        if let Ok(mut shown) = open(&[bytes]) {
            let _ = shown.seek(tick);
            let _ = shown.seek(0);
            while shown.step() == Ok(true) {}
        }
    }
}

#[test]
fn entries_that_do_not_follow_are_refused_and_change_nothing() {
    let (_, entries) = filtered(&file(&recorded(Some(200))));
    assert_eq!(open(&[]).err(), Some(ReplayError::Broken(0)));
    assert_eq!(open(&entries[1..]).err(), Some(ReplayError::Broken(0)));
    let mut shown = open(&entries[..50]).expect("entries");
    shown.seek(90).expect("a tick");
    let (tick, ticks, at) = (shown.tick(), shown.ticks(), view(&shown));
    // The first one of these follows.
    let cut = entries[50..52].concat();
    let cut = &cut[..cut.len() - 1];
    let again = entries[..50].concat();
    let gap = entries[52..60].concat();
    for wrong in [&again, &gap, cut, b"\x01\0\0\0\x20".as_slice()] {
        assert!(matches!(shown.append(wrong), Err(ReplayError::Broken(_))));
        assert_eq!(
            (shown.tick(), shown.ticks(), view(&shown)),
            (tick, ticks, at.clone())
        );
    }
    shown
        .append(&entries[50..].concat())
        .expect("the next entries");
    shown.seek(u32::MAX).expect("the end");
    assert!(shown.outcome().is_some());
}

#[test]
fn playback_can_begin_at_every_hundredth_snapshot() {
    let (_, entries) = filtered(&file(&recorded(None)));
    // The kind of a full snapshot is 2, of a delta 3, in the first three bits.
    let snapshots = entries.iter().map(|entry| entry[4] >> 5);
    let snapshots: Vec<_> = snapshots.filter(|kind| (2..4).contains(kind)).collect();
    let full = snapshots.iter().enumerate().filter(|(_, kind)| **kind == 2);
    let full: Vec<_> = full.map(|(at, _)| at as u32).collect();
    assert_eq!(full, [0, 1, 2, 3, 4].map(|at| at * FULL_SNAPSHOTS));
}

#[test]
fn a_record_of_other_rules_is_refused() {
    let file = file(&recorded(Some(200)));
    let (mut header, records) = ReplayHeader::split(&file).expect("a header");
    header.seed += 1;
    let mut filter = Filter::<Arena>::begin(&header, &mut Vec::new()).expect("a match");
    let refused = prefixed(records).find_map(|record| filter.push(record, &mut Vec::new()).err());
    assert_eq!(refused, Some(FilterError::Hash(60)));
    let mut filter = Filter::<Arena>::begin(&header, &mut Vec::new()).expect("a match");
    let second = prefixed(records).nth(1).expect("a record");
    let broken = FilterError::Replay(ReplayError::Broken(0));
    assert_eq!(filter.push(second, &mut Vec::new()), Err(broken));
    header.game = "tag".to_owned();
    let other = Filter::<Arena>::begin(&header, &mut Vec::new()).err();
    assert_eq!(other, Some(FilterError::Replay(ReplayError::Game)));
}
