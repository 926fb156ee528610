//! A room that sleeps has the same journal and state as one that steps in every tick.

use game::SeatInputs;
use game::prelude::*;
use proptest::prelude::*;
use protocol::Encoding;
use protocol::record::{MatchState, PresenceChanges, Record, decode_record, frames, prefixed};
use protocol::replay::Replay;
use room::Room;

use crate::sleep::{Turns, request, running, take_all};
use crate::support::seat;

/// Plays a match whose players act in these frames. With `wakes`, the room is called only when it
/// must be. Returns the room at the end, its journal, and the number of calls.
fn play(acts: &[(u32, u8)], wakes: bool) -> (Room<Turns>, Vec<u8>, u32) {
    let mut room = running();
    let (mut journal, mut calls, mut slept) = (Vec::new(), 0, 0);
    room.poll_journal(&mut journal);
    let mut due = 1 + room.wakes_in().unwrap_or(u32::MAX);
    for frame in 2.. {
        slept += 1;
        let mut acts = acts.iter().filter(|(at, _)| *at == frame).peekable();
        if wakes && frame < due && acts.peek().is_none() {
            continue;
        }
        calls += 1;
        room.handle_frames(slept);
        slept = 0;
        for &(at, what) in acts {
            let index = usize::from(what % 2);
            match what / 2 % 4 {
                0 => room.handle_disconnected(seat(index)),
                1 => room.handle_connected(seat(index), Encoding::Json),
                _ => drop(request(&mut room, index, at)),
            }
        }
        room.handle_wake();
        room.poll_journal(&mut journal);
        take_all(&mut room);
        due = frame + room.wakes_in().unwrap_or(u32::MAX);
        if room.outcome().is_some() {
            break;
        }
    }
    (room, journal, calls)
}

/// Checks the records against a match in which every tick steps; ticks without a step count as records.
fn check_as_if_it_had_stepped(room: &Room<Turns>, journal: &[u8]) {
    let mut state = MatchState::<Turns>::new(7, &Settings::defaults(&[]), &Roster::of(2));
    let (mut before, mut ticks) = (SeatInputs::default(), 0);
    for (_, bytes) in frames(journal) {
        let record = decode_record(Turns::INPUT, bytes, &before).expect("a record");
        assert_eq!(record.tick, ticks + record.idle + 1, "no gap");
        for tick in ticks + 1..record.tick {
            let idle = Record {
                joins: Vec::new(),
                tick,
                idle: 0,
                presence: PresenceChanges::NONE,
                actions: Vec::new(),
                inputs: before.clone(),
                hash: None,
            };
            let mut events = Vec::new();
            state.advance(&idle, &mut events);
            assert!(events.is_empty(), "{events:?} while the room sleeps");
        }
        (ticks, before) = (record.tick, record.inputs.clone());
        let hash = record.hash.expect("each record has one");
        let record = Record { idle: 0, ..record };
        state.advance(&record, &mut Vec::new());
        assert_eq!(state.sim().hash(&mut Vec::new()), hash, "tick {ticks}");
    }
    assert_eq!(ticks, room.tick());
    assert_eq!(state.outcome().is_some(), room.outcome().is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_match_that_sleeps_equals_one_that_steps_in_every_tick(
        acts in prop::collection::vec((2..2400u32, any::<u8>()), 0..40)
    ) {
        let (mut slept, journal, calls) = play(&acts, true);
        let (mut stepped, other, all) = play(&acts, false);
        prop_assert!(calls < 150 && calls <= all, "{calls} of {all}");
        prop_assert_eq!(slept.tick(), stepped.tick());
        let (saved, again) = (slept.save(), stepped.save());
        prop_assert_eq!(&saved, &again);
        prop_assert_eq!(&journal, &other);
        check_as_if_it_had_stepped(&slept, &journal);

        // The replay has every tick, and reaches the same states.
        let mut file = slept.replay_header(0).into_bytes();
        file.extend_from_slice(&saved.replay);
        let mut replay = Replay::<Turns>::open(&file).expect("a replay");
        prop_assert_eq!(replay.ticks(), slept.tick());
        let mut steps = 0;
        while replay.step().expect("a tick") {
            steps += 1;
            prop_assert_eq!(replay.tick(), steps);
        }
        prop_assert_eq!(replay.mismatches(), 0);
        prop_assert_eq!(replay.hashes() as usize, prefixed(&saved.replay).count());
        replay.seek(slept.tick() / 2).expect("a tick");
        prop_assert_eq!(replay.tick(), slept.tick() / 2);
    }

    #[test]
    fn a_sleeping_room_is_resumed_from_its_journal(
        acts in prop::collection::vec((2..1200u32, any::<u8>()), 1..20),
        cut in 0..100usize,
    ) {
        let (room, journal, _) = play(&acts, true);
        let mut first = running();
        let state = first.save().state;
        let records: Vec<_> = frames(&journal).map(|(_, record)| record).collect();
        let cut = 1 + cut % records.len();
        let records = records[..cut].iter().copied();
        let (resumed, how) = Room::<Turns>::resume(5, 60, &state, records).expect("a room");
        prop_assert_eq!(how.hash_mismatches, 0);
        prop_assert!(how.tick <= room.tick() && how.tick == resumed.tick());
        if cut == frames(&journal).count() {
            prop_assert_eq!(resumed.tick(), room.tick());
        }
    }
}
