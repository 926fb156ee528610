//! Events as bits.

use game::{Entity, Event, Seat, State};
use proptest::prelude::*;
use protocol::DecodeError;
use protocol::binary::{
    EVENTS_MAX, FRAME_BYTES_MAX, Layout, TICK_MAX, decode_events, encode_events,
};

use super::support::{event, of_five};
use crate::toy::Toy;

fn encoded(tick: u32, events: &[Event]) -> Vec<u8> {
    encoded_for(of_five(Toy::SCHEMA), tick, events)
}

fn encoded_for(layout: Layout<'_>, tick: u32, events: &[Event]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_events(layout, tick, events, &mut bytes);
    bytes
}

fn decoded(bytes: &[u8]) -> Result<(u32, Vec<Event>), DecodeError> {
    let mut events = Vec::new();
    decode_events(of_five(Toy::SCHEMA), bytes, &mut events).map(|tick| (tick, events))
}

#[test]
fn an_event_is_short() {
    // Kind 3, tick 26; then a bit, players 3 + 3, id 3 + 5, a length of 5 groups of 5, a flag; the end
    // 1.
    let event = Event::new(0, &[1, -1, 8 * 95 + 4, -7000, 1]);
    let bytes = encoded(100, &[event]);
    assert_eq!(bytes.len(), (29 + 1 + 6 + 8 + 20 + 1 + 1usize).div_ceil(8));
    assert_eq!(decoded(&bytes), Ok((100, vec![event])));
}

#[test]
fn events_beyond_the_limit_are_omitted() {
    let event = Event::new(0, &[1, 2, 3, 4, 1]);
    assert_eq!(
        decoded(&encoded(1, &[event; EVENTS_MAX + 1])).map(|(_, events)| events.len()),
        Ok(EVENTS_MAX)
    );
    assert_eq!(
        decoded(&encoded(1, &[Event::new(1, &[]), event])),
        Ok((1, vec![event]))
    );
    assert_eq!(decoded(&encoded(1, &[])), Ok((1, vec![])));
}

#[test]
fn an_error_names_the_broken_rule() {
    let check = |change: fn(&mut Vec<u8>), why| {
        let mut bytes = encoded(9, &[Event::new(0, &[0; 5])]);
        change(&mut bytes);
        assert_eq!(decoded(&bytes), Err(DecodeError::Malformed(why)));
    };
    check(Vec::clear, "too short");
    check(|bytes| bytes.push(0), "too long");
    check(|bytes| bytes[0] = 1 << 5, "unexpected kind of frame");
    check(
        |bytes| bytes.resize(FRAME_BYTES_MAX + 1, 0),
        "longer than 81920 bytes",
    );
    check(
        |bytes| {
            bytes.truncate(4);
            bytes.extend([0xff; 20]);
        },
        "a number is too long",
    );
}

proptest! {
    #[test]
    fn all_events_survive_a_round_trip(tick in 0..=TICK_MAX, events in prop::collection::vec(event(Toy::SCHEMA), 0..=EVENTS_MAX)) {
        let bytes = encoded(tick, &events);
        prop_assert!(bytes.len() <= FRAME_BYTES_MAX);
        prop_assert_eq!(decoded(&bytes), Ok((tick, events)));
    }

    #[test]
    fn all_events_of_a_room_of_any_size_survive_a_round_trip(
        tick in 0..=TICK_MAX, seat in 0..64usize, other in -1..64i64, age in 0..600u32,
        slots in prop::sample::select(&[5, 6, 7, 8, 17, 63, 64][..]),
    ) {
        let layout = Layout { schema: Toy::SCHEMA, slots };
        let seat = seat % slots;
        let other = other.min(slots as i64 - 1);
        let id = Entity::new(0, Seat::new(seat), tick.saturating_sub(age), &[]).id() as i64;
        let events = [Event::new(0, &[seat as i64, other, id, -7000, 1])];
        let mut read = Vec::new();
        prop_assert_eq!(decode_events(layout, &encoded_for(layout, tick, &events), &mut read), Ok(tick));
        prop_assert_eq!(&read[..], &events);
    }

    #[test]
    fn no_bytes_panic(mut bytes: Vec<u8>) {
        let _ = decoded(&bytes);
        let mut frame = encoded(100, &[]);
        // Overwrite the end mark of the events.
        *frame.last_mut().expect("bytes") |= 0b111;
        frame.append(&mut bytes);
        if let Ok((_, events)) = decoded(&frame) {
            prop_assert!(events.len() <= EVENTS_MAX);
        }
    }
}
