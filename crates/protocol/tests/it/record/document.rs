//! docs/replay.md against the code: a decoder that takes every width from the document decodes
//! what the code encodes.

use std::fmt::Write as _;
use std::path::PathBuf;

use arena::Arena;
use game::{Hash, Pad, SeatInput, SeatInputs};
use proptest::prelude::*;
use protocol::record::{
    Presence, RECORD_LONG_BYTES_MAX, Record, hash_ticks, prefixed, push_frame, record_bytes_max,
    room_key,
};
use protocol::replay::{Replay, ReplayHeader};

use super::support::{changes, encoded, file, record, recorded};
use crate::binary::hex;
use crate::third_party::{self, Bits};

const DOCUMENT: &str = include_str!("../../../../../docs/replay.md");

fn table(after: &str) -> Vec<Vec<String>> {
    third_party::table(DOCUMENT, after)
}

/// A reader that is written from the document only.
struct ThirdParty {
    head: Vec<Vec<String>>,
    presence: Vec<Vec<String>>,
    seat_input: Vec<Vec<String>>,
    classes: Vec<Vec<String>>,
    tail: Vec<Vec<String>>,
}

/// The number at the start of a text.
fn number(text: &str) -> usize {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

impl ThirdParty {
    fn new() -> Self {
        Self {
            head: table("The head:"),
            presence: table("for each of these seats, seat 0 first:"),
            seat_input: table("and if it is:"),
            classes: table("z = -2d - 1 otherwise,"),
            tail: table("The tail:"),
        }
    }

    fn read(&self, bytes: &[u8], before: &SeatInputs) -> Record {
        let mut bits = Bits::of(bytes);
        let tick = bits.take(number(&self.head[0][1]));
        let mut presence = [None; 5];
        if bits.take(number(&self.head[1][1])) == 1 {
            presence = presence.map(|_: Option<Presence>| self.presence(&mut bits));
        }
        let mut inputs = before.clone();
        if bits.take(1) == 1 {
            for seat_input in &mut inputs {
                if bits.take(1) == 1 {
                    *seat_input = self.seat_input(&mut bits, *seat_input);
                }
            }
        }
        let is_hashed = bits.take(number(&self.tail[0][1])) == 1;
        let hash = is_hashed.then(|| Hash(bits.take_long(number(&self.tail[1][1]))));
        assert!(
            bits.0.len() < 8 && !bits.0.contains('1'),
            "only the rest of a byte is left"
        );
        Record {
            joins: Vec::new(),
            tick,
            idle: 0,
            presence: changes(presence),
            actions: Vec::new(),
            inputs,
            hash,
        }
    }

    fn presence(&self, bits: &mut Bits) -> Option<Presence> {
        let described = bits.take(2) as usize;
        let row = self
            .presence
            .iter()
            .find(|row| number(&row[1]) == described)
            .expect("a row");
        match row[0].split([':', ' ']).next() {
            Some("here") => Some(Presence::Here),
            Some("away") => Some(Presence::Away),
            Some("left") => Some(Presence::Left),
            _ => None,
        }
    }

    fn seat_input(&self, bits: &mut Bits, before: SeatInput) -> SeatInput {
        let mut view_delay = before.view_delay;
        let mut input = Pad::from(before.input);
        let mut is_moved = false;
        for row in &self.seat_input {
            let width = number(&row[1]);
            match row[0].as_str() {
                "move differs" => is_moved = bits.take(width) == 1,
                "dx" if is_moved => input.dx = bits.take(width) as u8 as i8,
                "dy" if is_moved => input.dy = bits.take(width) as u8 as i8,
                "aim" => input.aim = self.in_classes(bits, input.aim, width),
                "fire" => input.fire = bits.take(width) == 1,
                "view" => view_delay = self.in_classes(bits, view_delay, width),
                _ => {}
            }
        }
        SeatInput {
            input: input.into(),
            view_delay,
        }
    }

    fn in_classes(&self, bits: &mut Bits, before: u16, width: usize) -> u16 {
        let class = self
            .classes
            .iter()
            .find(|row| bits.0.starts_with(&row[1]))
            .expect("a class");
        bits.take(class[1].len());
        let Some((_, less)) = class[2].split_once("z - ") else {
            return match class[2].as_str() {
                "" => before,
                _ => bits.take(width) as u16,
            };
        };
        let z = i64::from(bits.take(number(&class[2]))) + number(less) as i64;
        let difference = if z % 2 == 0 { z / 2 } else { -(z + 1) / 2 };
        (i64::from(before) + difference).rem_euclid(1 << width) as u16
    }
}

proptest! {
    #[test]
    fn a_third_party_client_understands_every_record((record, before) in record()) {
        prop_assert_eq!(ThirdParty::new().read(&encoded(&record, &before), &before), record);
    }
}

/// 14750 as 14,750.
fn grouped(number: usize) -> String {
    format!("{},{:03}", number / 1000, number % 1000)
}

fn check_says(what: &str) {
    let unwrapped = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        unwrapped.contains(what),
        "docs/replay.md does not say: {what}"
    );
}

#[test]
fn numbers_match_the_code() {
    check_says(&format!("At most {} bytes", record_bytes_max(5)));
    check_says(&format!(
        "at most {} bytes with 64 seats",
        record_bytes_max(64)
    ));
    check_says(&format!(
        "at most {} bytes long",
        grouped(RECORD_LONG_BYTES_MAX)
    ));
    check_says(&format!("each {} ticks", hash_ticks(game::Rate::HZ60)));
    check_says(&format!("in 1/16 tick, at most {}", game::VIEW_DELAY_MAX));
    check_says(&format!(
        "the state is that of tick {}",
        protocol::binary::TICK_MAX
    ));
    let mut frame = Vec::new();
    push_frame(7, b"record", &mut frame);
    let widths: Vec<_> = table("a broken one ends it:")
        .into_iter()
        .map(|row| row[1].clone())
        .collect();
    assert_eq!(widths, ["8", "2", "length"]);
    assert_eq!(
        frame,
        [&7u64.to_le_bytes()[..], &6u16.to_le_bytes(), b"record"].concat()
    );
    let named = [b"main.r1".as_slice(), &4u64.to_le_bytes()].concat();
    assert_eq!(room_key("main.r1", 4), game::hash(&named).0);
}

#[test]
fn the_example_header_is_valid() {
    let line = DOCUMENT
        .lines()
        .find(|line| line.starts_with("{\"format\""))
        .expect("a header");
    let file = format!("{line}\n");
    let (header, records) = ReplayHeader::split(file.as_bytes()).expect("a header");
    assert!(records.is_empty());
    assert_eq!(header.to_line(), file);
    assert!(Replay::<Arena>::open(file.as_bytes()).is_ok());
}

/// A test case for readers in other languages. `UPDATE_EXPECT=1` rewrites it. This is necessary after a
/// change of the arena's rules. After a change of the format, every older replay would be
/// unreadable.
#[test]
fn the_example_is_a_fixture() {
    let made = file(&recorded(Some(900)));
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/match.replay");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &made).expect("a fixture is written");
    }
    let golden = std::fs::read(&path).expect("a fixture");
    assert!(made == golden, "the bots' match is not the fixture's");
    let mut replay = Replay::<Arena>::open(&golden).expect("a replay");
    replay.seek(u32::MAX).expect("a replay");
    assert!(replay.outcome().is_some() && replay.mismatches() == 0);

    let (_, records) = ReplayHeader::split(&golden).expect("a header");
    let (third_party, mut before, mut described) =
        (ThirdParty::new(), SeatInputs::default(), String::new());
    for (at, bytes) in prefixed(records).enumerate() {
        let record = third_party.read(bytes, &before);
        if at < 2 {
            writeln!(described, "{}", shown(bytes, &record)).expect("a string takes all");
        }
        before = record.inputs;
    }
    check_says(&described.split_whitespace().collect::<Vec<_>>().join(" "));
}

/// A record in the notation of the document.
fn shown(bytes: &[u8], record: &Record) -> String {
    let mut text = format!("{}\n    tick {}", hex(bytes), record.tick);
    for (seat, SeatInput { input, view_delay }) in record.inputs.iter().enumerate().take(3) {
        let Pad { dx, dy, aim, fire } = (*input).into();
        write!(
            text,
            "\n    seat {seat}: move {dx} {dy} aim {aim} fire {fire} view {view_delay}"
        )
        .expect("a string takes all");
    }
    text
}
