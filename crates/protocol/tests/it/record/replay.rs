//! Playback of a recorded match: every tick can be reached from any other one, and equals the original.

use arena::Arena;
use expect_test::expect;
use game::{Game, Roster, Seat, Settings, View};
use proptest::prelude::*;
use protocol::record::{MatchState, Presence, PresenceChanges, Record};
use protocol::replay::{KEYFRAME_TICKS, Replay, ReplayError, ReplayHeader};
use protocol::scores;

use super::support::{file, header, recorded};

/// The view of every tick, tick 0 first.
fn views(records: &[Record]) -> Vec<View> {
    let settings = Settings::parse(Arena::SETTINGS, [("match_seconds", 20)]);
    let settings = settings.expect("settings");
    let mut state = MatchState::<Arena>::new(header().seed, &settings, &Roster::of(3));
    let mut views = vec![View::default()];
    state.sim().read(&mut views[0]);
    for record in records {
        state.advance(record, &mut Vec::new());
        let mut view = View::default();
        state.sim().read(&mut view);
        views.push(view);
    }
    views
}

fn view(replay: &Replay<Arena>) -> View {
    let mut view = View::default();
    replay.view(&mut view);
    view
}

#[test]
fn playback_reproduces_every_tick_and_the_result() {
    let records = recorded(None);
    let mut replay = Replay::<Arena>::open(&file(&records)).expect("a replay");
    assert_eq!((replay.tick(), replay.ticks()), (0, records.len() as u32));
    for expected in views(&records) {
        assert_eq!(view(&replay), expected);
        replay.step().expect("a record");
    }
    let hashed = records
        .iter()
        .filter(|record| record.hash.is_some())
        .count();
    assert_eq!((replay.hashes() as usize, replay.mismatches()), (hashed, 0));
    let outcome = replay.outcome().expect("it is over");
    let shown: Vec<_> = scores(outcome, &header().players)
        .into_iter()
        .map(|score| format!("{} {} {}", score.rank, score.name, score.score))
        .collect();
    expect![[r#"1 Ann 1, 1 Benö 1, 3 "Cleo" 0"#]].assert_eq(&shown.join(", "));
}

#[test]
fn a_match_can_end_between_two_steps() {
    let mut records = recorded(Some(200));
    let mut last = records.last().expect("records").clone();
    // One of the last two players leaves too: there is no further step.
    records.truncate(250);
    (last.tick, last.hash) = (251, None);
    last.presence = PresenceChanges::from_iter([(Seat::new(1).expect("seat 1"), Presence::Left)]);
    records.push(last);
    let mut replay = Replay::<Arena>::open(&file(&records)).expect("a replay");
    replay.seek(u32::MAX).expect("a replay");
    assert_eq!((replay.tick(), view(&replay).tick), (251, 250));
    assert!(replay.outcome().is_some());
    assert_eq!(replay.step(), Ok(false));
    assert!(replay.events().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_tick_can_be_reached_from_any_other(ticks in prop::collection::vec(0..1300u32, 1..12)) {
        let records = recorded(None);
        let views = views(&records);
        let mut replay = Replay::<Arena>::open(&file(&records)).expect("a replay");
        for tick in ticks {
            replay.seek(tick).expect("a replay");
            let tick = tick.min(replay.ticks());
            prop_assert_eq!(replay.tick(), tick);
            prop_assert_eq!(&view(&replay), &views[tick as usize]);
        }
        let mismatches = replay.mismatches();
        replay.seek(0).expect("a replay");
        replay.seek(u32::MAX).expect("a replay");
        prop_assert_eq!((mismatches, replay.mismatches()), (0, 0));
        prop_assert!(replay.hashes() as usize <= records.len() / 60 + 1, "each is compared once");
    }

    #[test]
    fn a_changed_file_is_refused_or_played_without_a_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut in any::<Option<prop::sample::Index>>()) {
        let mut file = file(&recorded(Some(200)));
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        if let Ok(mut replay) = Replay::<Arena>::open(&file) {
            let _ = replay.seek(u32::MAX);
            let tick = replay.tick();
            prop_assert_eq!(replay.seek(tick / 2), Ok(()));
        }
    }
}

#[test]
fn a_state_that_differs_is_reported_once() {
    let mut records = recorded(None);
    // The direction.
    records[70].inputs[0].input.0 ^= 0x7f7f << 11;
    let mut replay = Replay::<Arena>::open(&file(&records)).expect("a replay");
    while replay.tick() < 4 * KEYFRAME_TICKS.min(replay.ticks() / 4) {
        replay.step().expect("a record");
    }
    let seen = (replay.mismatches(), replay.first_mismatch());
    assert!(seen.0 > 0 && seen.1 == Some(120), "{seen:?}");
    replay.seek(0).expect("a replay");
    replay.seek(200).expect("a replay");
    assert_eq!((replay.mismatches(), replay.first_mismatch()), seen);
}

/// Checks why a file is not a replay.
fn check_open(file: &[u8], expected: &str) {
    let error = Replay::<Arena>::open(file).err().expect("refused");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_invalid_replay_is_refused() {
    let records = recorded(Some(200));
    let whole = file(&records);
    let text = |header: &ReplayHeader| header.to_line().into_bytes();
    check_open(b"", "the first line is not the header of a replay");
    check_open(b"{}\n", "the first line is not the header of a replay");
    let long_hence = header()
        .to_line()
        .replace("1790000000000", "9300000000000000000");
    check_open(
        long_hence.as_bytes(),
        "the first line is not the header of a replay",
    );
    check_open(
        &whole[..100],
        "the first line is not the header of a replay",
    );
    let other = ReplayHeader {
        game: "tag".into(),
        ..header()
    };
    check_open(&text(&other), "a replay of another game");
    let other = ReplayHeader {
        settings: [("lives".into(), 9)].into(),
        ..header()
    };
    check_open(&text(&other), "setting `lives` is 1 to 3, not 9");
    let other = ReplayHeader {
        players: Vec::new(),
        ..header()
    };
    check_open(&text(&other), "0 players do not fit a match");
    let last = records.len() - 1;
    check_open(
        &whole[..whole.len() - 1],
        &format!("no record follows that of tick {last}"),
    );
    let gap: Vec<_> = [&records[..20], &records[21..]].concat();
    check_open(&file(&gap), "no record follows that of tick 20");
}

#[test]
fn a_record_after_the_end_is_an_error() {
    let mut records = recorded(None);
    let last = records.last().expect("records").clone();
    let tick = last.tick;
    records.push(Record {
        tick: tick + 1,
        ..last
    });
    let mut replay = Replay::<Arena>::open(&file(&records)).expect("a replay");
    assert_eq!(replay.seek(u32::MAX), Err(ReplayError::Over(tick + 1)));
    assert_eq!(replay.tick(), tick);
}

#[test]
fn a_header_survives_a_round_trip() {
    let line = header().to_line();
    expect![[r##"
        {"format":"skirmish.replay.v1","pool":"main","room":"main.r1","game":"arena","seed":"18446744073709551608","settings":{"match_seconds":20},"players":[{"player_id":"00000000-0000-4000-8000-000000000003","name":"Ann","colors":["#e5484d"]},{"player_id":"00000000-0000-4000-8000-000000000005","name":"Benö","colors":["#3e63dd"]},{"player_id":"00000000-0000-4000-8000-000000000006","name":"\"Cleo\"","colors":["#30a46c"]}],"created_ms":1790000000000}
    "##]].assert_eq(&line);
    let file = [line.as_bytes(), b"records"].concat();
    let (read, records) = ReplayHeader::split(&file).expect("a header");
    assert_eq!((read, records), (header(), b"records".as_slice()));
}
