//! Events as bits: the events of one tick in one frame.

use alloc::vec::Vec;

use game::{Arg, ArgKind, Event, Kind, Seat};

use super::bits::{Reader, Writer};
use super::entities::{put_id, take_id};
use super::layout::{Layout, put_seat, take_seat};
use super::number::{GROUPS_ARG, put_grouped, take_grouped, unzigzag, zigzag};
use super::view::kind_bits;
use super::{EVENTS_MAX, FrameKind, KIND_BITS, TICK_BITS, TICK_MAX};
use crate::DecodeError;

const ANGLE_BITS: u32 = 10;

/// Appends the events of a tick as one frame, at most [`EVENTS_MAX`]; a caller with more of them
/// calls it for each part. Events of an unknown kind are omitted.
pub fn encode_events(layout: Layout<'_>, tick: u32, events: &[Event], out: &mut Vec<u8>) {
    let schema = layout.schema;
    let mut bits = Writer::new(out);
    bits.put(FrameKind::Events as u32, KIND_BITS)
        .put(tick.min(TICK_MAX), TICK_BITS);
    for event in events.iter().take(EVENTS_MAX) {
        let Some(kind) = schema.events.get(usize::from(event.kind)) else {
            continue;
        };
        bits.flag(true)
            .put(event.kind.into(), kind_bits(schema.events.len()));
        for (arg, &value) in kind.args.iter().zip(&event.args) {
            put_arg(&mut bits, layout, arg, tick, value);
        }
    }
    bits.flag(false).finish();
}

/// Reads a frame of events, appends them to `out`, and returns their tick.
pub fn decode_events(
    layout: Layout<'_>,
    frame: &[u8],
    out: &mut Vec<Event>,
) -> Result<u32, DecodeError> {
    FrameKind::Events.expect(frame)?;
    let mut bits = Reader::new(frame);
    bits.take(KIND_BITS);
    let tick = bits.take(TICK_BITS);
    let mut count = 0;
    while bits.flag() {
        if count >= EVENTS_MAX {
            bits.refuse("too many events");
            break;
        }
        out.push(take_event(&mut bits, layout, tick));
        count += 1;
    }
    bits.finish()?;
    Ok(tick)
}

fn take_event(bits: &mut Reader<'_>, layout: Layout<'_>, tick: u32) -> Event {
    let schema = layout.schema;
    let kind = bits.take(kind_bits(schema.events.len()));
    let mut event = Event::new(kind as u8, &[]);
    match schema.events.get(kind as usize) {
        Some(described) => {
            for (value, arg) in event.args.iter_mut().zip(described.args) {
                *value = take_arg(bits, layout, arg, tick);
            }
        }
        None => bits.refuse("unknown kind of event"),
    }
    event
}

fn put_arg(bits: &mut Writer<'_>, layout: Layout<'_>, arg: &Arg, tick: u32, value: i64) {
    match arg.kind {
        ArgKind::Seat => {
            let seat = usize::try_from(value).ok().and_then(Seat::new);
            put_seat(bits, layout.slots, seat);
        }
        ArgKind::Entity => put_id(bits, layout, tick, value as u64),
        ArgKind::Value(Kind::Angle) => {
            bits.put(value as u32, ANGLE_BITS);
        }
        ArgKind::Value(Kind::Flag) => {
            bits.flag(value != 0);
        }
        ArgKind::Value(Kind::Linear { .. } | Kind::Velocity { .. } | Kind::Count | Kind::Timer) => {
            put_grouped(bits, zigzag(value));
        }
    }
}

fn take_arg(bits: &mut Reader<'_>, layout: Layout<'_>, arg: &Arg, tick: u32) -> i64 {
    match arg.kind {
        ArgKind::Seat => take_seat(bits, layout.slots).map_or(-1, |seat| seat.index() as i64),
        ArgKind::Entity => take_id(bits, layout, tick) as i64,
        ArgKind::Value(Kind::Angle) => bits.take(ANGLE_BITS).into(),
        ArgKind::Value(Kind::Flag) => bits.flag().into(),
        ArgKind::Value(Kind::Linear { .. } | Kind::Velocity { .. } | Kind::Count | Kind::Timer) => {
            unzigzag(take_grouped(bits, GROUPS_ARG))
        }
    }
}
