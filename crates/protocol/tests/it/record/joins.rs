//! Joins in a record: round trips, together with all other parts of a record.

use game::command::Command;
use game::{InputFields as _, Pad, Seat, SeatInputs};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use protocol::Player;
use protocol::record::{
    Action, JOINS_MAX, Join, Presence, RECORD_LONG_BYTES_MAX, Record, decode_record, encode_record,
    peek_ticks,
};

const SLOTS: usize = 50;

prop_compose! {
    fn join()(
        seat in 0..SLOTS,
        player_id in "[a-f0-9-]{1,36}",
        name in ".{0,64}",
        colors in vec("#[0-9a-f]{6}", 0..2),
        team in option::of(0u8..8),
        is_bot: bool,
        game in "[ -~\"\\\\é]{0,100}",
    ) -> Join {
        let player = Player { player_id, name, colors, team, is_bot, game };
        Join { seat: Seat::new(seat).expect("a seat"), player }
    }
}

proptest! {
    #[test]
    fn joins_survive_a_round_trip(
        joins in vec(join(), 0..=JOINS_MAX),
        idle in 0..3u32,
        acts: bool,
        leaves in option::of(0..SLOTS),
    ) {
        let before = SeatInputs::neutral(SLOTS);
        let mut record = Record { tick: 100, idle, joins, ..Record::new(SLOTS) };
        if acts {
            let (seat, command) = (Seat::new(1).expect("a seat"), Command::new(0, &[7]));
            record.actions = vec![Action { seat, id: 3, command }];
        }
        if let Some(seat) = leaves.and_then(Seat::new) {
            record.presence.set(seat, Presence::Left);
        }
        let mut bytes = Vec::new();
        encode_record(Pad::SCHEMA, &record, &before, &mut bytes);
        prop_assert!(bytes.len() <= RECORD_LONG_BYTES_MAX);
        prop_assert_eq!(peek_ticks(SLOTS, &bytes), Ok(100 - idle..=100));
        prop_assert_eq!(decode_record(Pad::SCHEMA, &bytes, &before), Ok(record.clone()));
        for cut in 0..bytes.len().min(40) {
            prop_assert_ne!(decode_record(Pad::SCHEMA, &bytes[..cut], &before), Ok(record.clone()));
        }
    }
}
