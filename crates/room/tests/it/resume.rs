//! Resuming a room: the resumed state equals the original, bit for bit.

use arena::Arena;
use game::Random;
use proptest::prelude::*;
use protocol::record::{push_frame, records_of, room_key};
use protocol::replay::Replay;
use room::{Resumed, Room, RoomError};

use crate::random::{PLAYERS, Played};
use crate::support::{players, tick};

const ROOM: &str = "main.r1";
/// The epoch of the first room; the resumed room has the next.
const EPOCH: u64 = 4;
const GRACE_FRAMES: u32 = 60;

fn resume(played: &Played, entries: &[Vec<u8>]) -> (Room<Arena>, Resumed) {
    let key = room_key(ROOM, EPOCH);
    let records = records_of(key, entries.iter().map(Vec::as_slice));
    Room::resume(EPOCH + 1, GRACE_FRAMES, &played.lobby.state, records).expect("what was saved")
}

/// The journal as in a relay's stream: with records of other rooms and other epochs, repetitions,
/// and invalid bytes at the end of an entry.
fn noisy(entries: &[Vec<u8>], random: &mut Random) -> Vec<Vec<u8>> {
    let mut stream = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let record = &entry[10..];
        let mut noisy = Vec::new();
        push_frame(room_key("main.r2", EPOCH), record, &mut noisy);
        push_frame(room_key(ROOM, EPOCH - 1), record, &mut noisy);
        noisy.extend(entry);
        push_frame(room_key(ROOM, EPOCH + 1), record, &mut noisy);
        noisy.extend((0..random.below(10)).map(|_| 0xff));
        stream.push(noisy);
        let again = at - (random.below(40) as usize).min(at);
        stream.extend_from_slice(&entries[again..at.min(again + 5)]);
    }
    stream
}

/// The same room in version 2: without team, bot flag, text and first tick of its players, which
/// are 8 bytes after the colour of each.
fn without_roster(saved: &[u8]) -> Vec<u8> {
    let mut old = vec![2];
    let mut rest = &saved[1..];
    while let Some(at) = rest.windows(7).position(is_color) {
        let (player, tail) = rest.split_at(at + 7);
        assert_eq!(tail[..8], [0; 8]);
        old.extend_from_slice(player);
        rest = &tail[8..];
    }
    [old.as_slice(), rest].concat()
}

fn is_color(bytes: &[u8]) -> bool {
    bytes[0] == b'#' && bytes[1..].iter().all(u8::is_ascii_hexdigit)
}

#[test]
fn a_saved_room_of_version_2_without_a_roster_resumes() {
    let saved = Played::new(7, 90).lobby.state;
    let old = without_roster(&saved);
    assert!(old.len() < saved.len());
    let resumed = Room::<Arena>::resume(EPOCH, GRACE_FRAMES, &old, [].into_iter());
    assert_eq!(resumed.expect("a room").0.save().state, saved);
}

#[test]
fn a_saved_room_names_its_game_and_one_of_0_2_0_resumes() {
    let saved = Played::new(7, 90).lobby.state;
    assert_eq!(room::saved_game(&saved), Ok(Some("arena")));
    let old = without_roster(&saved);
    // Version 1 is the same without the length and the name of the game.
    let old = [&[1], &old[3 + "arena".len()..]].concat();
    assert_eq!(room::saved_game(&old), Ok(None));
    let resumed = |state: &[u8]| Room::<Arena>::resume(EPOCH, GRACE_FRAMES, state, [].into_iter());
    let (mut room, _) = resumed(&old).expect("a room of 0.2.0");
    assert_eq!(room.save().state, saved);
    let mut other = saved;
    other[3] = b'b';
    let refused = resumed(&other).err();
    assert_eq!(
        refused,
        Some(RoomError::Saved(game::BadState("a room of another game")))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_resumed_match_equals_the_original(seed: u64, ticks in 1..700u32, lost in 0..3usize) {
        let mut before = Played::new(seed, ticks);
        let entries = noisy(&before.entries, &mut Random::new(seed));
        let (mut room, resumed) = resume(&before, &entries);
        prop_assert_eq!(resumed, Resumed { from_tick: before.lobby.tick, tick: before.entries.len() as u32, hash_mismatches: 0 });
        prop_assert_eq!(&room.save().state, before.states.last().expect("a state"));
        prop_assert_eq!(room.outcome(), before.room.outcome());
        prop_assert!(!room.poll_journal(&mut Vec::new()), "what was in a journal is not written again");

        // Both matches continue with the same players, who reconnect.
        let mut after = Played {
            room,
            players: before.players.clone(),
            lobby: before.lobby.clone(),
            states: before.states.clone(),
            entries: before.entries.clone(),
        };
        for match_ in [&mut before, &mut after] {
            match_.reconnect();
            match_.finish();
        }
        prop_assert_eq!(first_difference(&after.states, &before.states), None);
        prop_assert_eq!(after.room.outcome(), before.room.outcome());
        prop_assert!(after.lobby.replay == before.lobby.replay, "one replay, without a seam");
        check_replay(&after)?;

        // Only the records that the journal lost at its end are lost.
        let kept = after.entries.len().saturating_sub(lost).max(after.lobby.tick as usize);
        let (mut room, resumed) = resume_from(&before.states[0], &before.entries[..kept]);
        prop_assert_eq!(resumed.tick, kept as u32);
        prop_assert_eq!(&room.save().state, &before.states[kept]);
    }

    #[test]
    fn a_journal_is_replayed_up_to_its_first_gap(seed: u64, ticks in 2..200u32, gap in 0..200usize) {
        let played = Played::new(seed, ticks);
        let gap = gap % played.entries.len();
        let entries: Vec<_> = [&played.entries[..gap], &played.entries[gap + 1..]].concat();
        let (mut room, resumed) = resume_from(&played.states[0], &entries);
        prop_assert_eq!(resumed.tick, gap as u32);
        prop_assert_eq!(&room.save().state, &played.states[gap]);
    }

    #[test]
    fn changed_bytes_are_refused_or_harmless(seed: u64, at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        let mut played = Played::new(seed, 80);
        let state = &mut played.lobby.state;
        let at = at.index(state.len());
        state[at] = byte;
        let records = played.entries.iter().map(|entry| &entry[10..]);
        if let Ok((mut room, _)) = Room::<Arena>::resume(5, 0, state, records) {
            tick(&mut room, 10);
        }
        let cut = cut.index(state.len());
        let cut = Room::<Arena>::resume(5, 0, &state[..cut], std::iter::empty());
        prop_assert!(matches!(cut, Err(RoomError::Saved(_))), "too short");
    }
}

/// The first tick in which two matches differ.
fn first_difference(one: &[Vec<u8>], other: &[Vec<u8>]) -> Option<usize> {
    let differs = |tick: &usize| one.get(*tick) != other.get(*tick);
    (0..one.len().max(other.len())).find(differs)
}

fn resume_from(state: &[u8], entries: &[Vec<u8>]) -> (Room<Arena>, Resumed) {
    let records = entries.iter().map(|entry| &entry[10..]);
    Room::resume(EPOCH + 1, GRACE_FRAMES, state, records).expect("what was saved")
}

/// Checks that the replay reproduces the match.
fn check_replay(played: &Played) -> Result<(), TestCaseError> {
    let mut replay = Replay::<Arena>::open(&played.lobby.replay).expect("a replay");
    prop_assert_eq!(replay.ticks() as usize, played.entries.len());
    while replay.step().expect("a record") {}
    let outcome = replay.outcome().expect("it is over");
    let scores = &played.room.outcome().expect("it is over").scores;
    prop_assert_eq!(&protocol::scores(outcome, &players(PLAYERS)), scores);
    prop_assert_eq!((replay.mismatches(), replay.hashes() > 0), (0, true));
    Ok(())
}
