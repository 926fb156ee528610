//! Records and frames: round trips, robustness against any other bytes, and their
//! size.

use expect_test::expect;
use game::command::Command;
use game::{Hash, InputFields as _, Pad, Seat, SeatInput, SeatInputs, Seats};
use proptest::prelude::*;
use protocol::record::{
    Action, Presence, RECORD_BYTES_MAX, Record, decode_record, frames, peek_tick, prefixed,
    push_frame, push_prefixed, record_bytes_max, records_of, room_key,
};

use super::support::{changes, encoded, presence, record, recorded, seat_input};

proptest! {
    #[test]
    fn a_record_survives_a_round_trip((record, before) in record()) {
        let bytes = encoded(&record, &before);
        prop_assert!(bytes.len() <= RECORD_BYTES_MAX, "{} bytes", bytes.len());
        prop_assert_eq!(peek_tick(&bytes), Ok(record.tick));
        prop_assert_eq!(decode_record(Pad::SCHEMA, &bytes, &before), Ok(record));
        for cut in 0..bytes.len() {
            prop_assert!(decode_record(Pad::SCHEMA, &bytes[..cut], &before).is_err());
        }
    }

    #[test]
    fn records_of_a_room_of_any_size_are_decoded(
        slots in prop::sample::select(&[5, 6, 7, 17, 64][..]), inputs in prop::collection::vec(seat_input(), 128),
        changed: u64, to in presence(), acting in 0..64usize, hash: Option<u64>,
    ) {
        let of = |from: usize| inputs[from..from + slots].iter().copied().collect::<SeatInputs>();
        let (before, now) = (of(0), of(64));
        let seats = Seats::from_bits(changed & Seats::first(slots).bits());
        let seat = Seat::new(acting % slots).expect("a seat");
        let command = Command::new(0, &[7, -7]);
        let record = Record {
            joins: Vec::new(),
            tick: 7,
            idle: 0,
            presence: seats.iter().filter_map(|seat| Some((seat, to?))).collect(),
            actions: vec![Action { seat, id: 9, command }; acting % 2],
            inputs: now,
            hash: hash.map(Hash),
        };
        let bytes = encoded(&record, &before);
        prop_assert!(!record.actions.is_empty() || bytes.len() <= record_bytes_max(slots));
        prop_assert_eq!(decode_record(Pad::SCHEMA, &bytes, &before), Ok(record));
    }

    #[test]
    fn any_bytes_are_refused_or_encode_again(bytes in prop::collection::vec(any::<u8>(), 0..60), before in prop::array::uniform5(seat_input())) {
        let before = before.into();
        let _ = peek_tick(&bytes);
        if let Ok(record) = decode_record(Pad::SCHEMA, &bytes, &before) {
            let again = encoded(&record, &before);
            prop_assert_eq!(decode_record(Pad::SCHEMA, &again, &before), Ok(record));
        }
    }

    #[test]
    fn any_bytes_are_accepted_as_frames(bytes: Vec<u8>) {
        let framed: usize = frames(&bytes).map(|(_, record)| record.len() + 10).sum();
        let listed: usize = prefixed(&bytes).map(|record| record.len() + 2).sum();
        prop_assert!(framed <= bytes.len() && listed <= bytes.len());
    }

    #[test]
    fn frames_are_read_up_to_the_first_truncated_one(parts in prop::collection::vec((any::<u64>(), prop::collection::vec(any::<u8>(), 0..50)), 1..6), cut in 1..40usize) {
        let mut entry = Vec::new();
        for (key, record) in &parts {
            push_frame(*key, record, &mut entry);
        }
        let read: Vec<_> = frames(&entry).map(|(key, record)| (key, record.to_vec())).collect();
        prop_assert_eq!(&read, &parts);
        let last = parts.last().expect("one").1.len() + 10;
        let cut = &entry[..entry.len() - cut.min(last)];
        prop_assert_eq!(frames(cut).count(), parts.len() - 1);
    }
}

#[test]
fn records_are_selected_by_room_and_epoch() {
    let mut entries = vec![Vec::new(); 2];
    for (entry, room, epoch, record) in [
        (0, "a.r1", 1, "x"),
        (0, "a.r2", 1, "y"),
        (1, "a.r1", 2, "z"),
        (1, "a.r1", 1, "w"),
    ] {
        push_frame(
            room_key(room, epoch),
            record.as_bytes(),
            &mut entries[entry],
        );
    }
    let of = |room, epoch| -> Vec<_> {
        let entries = entries.iter().map(Vec::as_slice);
        records_of(room_key(room, epoch), entries)
            .map(<[u8]>::to_vec)
            .collect()
    };
    assert_eq!(of("a.r1", 1), [b"x", b"w"]);
    assert_eq!(of("a.r1", 2), [b"z"]);
    assert_eq!(of("a.r2", 1), [b"y"]);
    assert!(of("a.r2", 2).is_empty());
}

fn check_refused(bytes: &[u8], why: &str) {
    let refused = decode_record(Pad::SCHEMA, bytes, &SeatInputs::default()).expect_err("refused");
    assert_eq!(refused.to_string(), format!("violates the protocol: {why}"));
}

#[test]
fn records_that_no_room_writes_are_refused() {
    check_refused(&[], "too short");
    check_refused(&[0, 0, 0, 0, 0], "too long");
    check_refused(&[0, 0, 0, 1], "the last byte is not filled with zeros");
    check_refused(&[0; RECORD_BYTES_MAX + 1], "longer than a record");
    let mut bits = String::from("0").repeat(26) + "0" + "1" + "1" + "1" + "10000000" + "00000000";
    check_refused(&bytes_of(&mut bits), "a direction is out of range");
    let mut bits =
        String::from("0").repeat(26) + "0" + "1" + "1" + "0" + "0" + "0" + "111" + "11110001";
    check_refused(&bytes_of(&mut bits), "a view delay is out of range");
}

fn bytes_of(bits: &mut String) -> Vec<u8> {
    bits.push_str(&"0".repeat((8 - bits.len() % 8) % 8));
    bits.as_bytes()
        .chunks(8)
        .map(|byte| byte.iter().fold(0, |all, bit| all << 1 | (bit - b'0')))
        .collect()
}

/// Checks the length of a record with these changes from the record before.
fn check_len(presence: Option<Presence>, inputs: [SeatInput; 5], hash: bool, bytes: usize) {
    let record = Record {
        joins: Vec::new(),
        tick: 600,
        idle: 0,
        presence: changes([presence, None, None, None, None]),
        actions: Vec::new(),
        inputs: inputs.into(),
        hash: hash.then_some(Hash(u64::MAX)),
    };
    assert_eq!(
        encoded(&record, &SeatInputs::default()).len(),
        bytes,
        "{record:?}"
    );
}

#[test]
fn records_are_short() {
    let looks = |aim| SeatInput {
        input: Pad {
            aim,
            ..Pad::default()
        }
        .into(),
        view_delay: 0,
    };
    let all = SeatInput {
        input: Pad {
            dx: 127,
            dy: -127,
            aim: 500,
            fire: true,
        }
        .into(),
        view_delay: 120,
    };
    let same = SeatInput::default();
    check_len(None, [same; 5], false, 4);
    check_len(None, [same; 5], true, 12);
    check_len(Some(Presence::Away), [same; 5], false, 5);
    check_len(None, [looks(3), same, same, same, same], false, 6);
    check_len(None, [looks(3); 5], false, 10);
    check_len(Some(Presence::Left), [all; 5], true, 40);
}

#[test]
fn the_replay_of_a_match_is_short() {
    let records = recorded(None);
    let (mut before, mut replay) = (SeatInputs::default(), Vec::new());
    for record in &records {
        push_prefixed(&encoded(record, &before), &mut replay);
        before.clone_from(&record.inputs);
    }
    let size = format!("{} ticks, {} bytes", records.len(), replay.len());
    expect!["1200 ticks, 15649 bytes"].assert_eq(&size);
}
