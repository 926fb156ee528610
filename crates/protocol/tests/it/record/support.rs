//! Records of all kinds, and a match of bots that was recorded.

use arena::{Arena, ArenaBot};
use game::{
    Bot, Game, Hash, Input, InputFields as _, Pad, Roster, Seat, SeatInput, SeatInputs, Settings,
    VIEW_DELAY_MAX, View,
};
use proptest::prelude::*;
use protocol::Player;
use protocol::binary::TICK_MAX;
use protocol::record::{
    MatchState, Presence, PresenceChanges, Record, encode_record, hash_ticks, push_prefixed,
};
use protocol::replay::ReplayHeader;

pub(crate) fn presence() -> impl Strategy<Value = Option<Presence>> {
    prop::sample::select(vec![
        None,
        Some(Presence::Here),
        Some(Presence::Away),
        Some(Presence::Left),
    ])
}

pub(crate) fn seat_input() -> impl Strategy<Value = SeatInput> {
    let input = (-127..=127i8, -127..=127i8, 0..1024u16, any::<bool>());
    (input, 0..=VIEW_DELAY_MAX).prop_map(|((dx, dy, aim, fire), view_delay)| SeatInput {
        input: Pad { dx, dy, aim, fire }.into(),
        view_delay,
    })
}

fn turned(input: Input, by: i16) -> Input {
    let pad = Pad::from(input);
    let aim = pad.aim.wrapping_add_signed(by) % 1024;
    Pad { aim, ..pad }.into()
}

/// The inputs of two consecutive records: some equal, some similar.
pub(crate) fn inputs() -> impl Strategy<Value = (SeatInputs, SeatInputs)> {
    let seat = (seat_input(), seat_input(), 0..4u8, -20..20i16);
    prop::array::uniform5(seat).prop_map(|seats| {
        let before = seats.map(|(before, ..)| before);
        let now = seats.map(|(before, other, how, by)| match how {
            0 => before,
            1 => other,
            _ => SeatInput {
                input: turned(before.input, by),
                view_delay: before
                    .view_delay
                    .saturating_add_signed(by)
                    .min(VIEW_DELAY_MAX),
            },
        });
        (before.into(), now.into())
    })
}

/// Presence changes, by seat.
pub(crate) fn changes(presence: [Option<Presence>; 5]) -> PresenceChanges {
    let changes = Seat::all().zip(presence);
    changes.filter_map(|(seat, to)| Some((seat, to?))).collect()
}

/// A record, and the inputs of the one before it.
pub(crate) fn record() -> impl Strategy<Value = (Record, SeatInputs)> {
    let parts = (
        0..=TICK_MAX,
        prop::array::uniform5(presence()),
        inputs(),
        any::<Option<u64>>(),
    );
    parts.prop_map(|(tick, presence, (before, inputs), hash)| {
        let hash = hash.map(Hash);
        let record = Record {
            joins: Vec::new(),
            tick,
            idle: 0,
            presence: changes(presence),
            actions: Vec::new(),
            inputs,
            hash,
        };
        (record, before)
    })
}

pub(crate) fn encoded(record: &Record, before: &SeatInputs) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_record(Pad::SCHEMA, record, before, &mut bytes);
    bytes
}

const PLAYERS: usize = 3;

pub(crate) fn header() -> ReplayHeader {
    let player = |(name, color): (&str, &str)| Player {
        player_id: format!("00000000-0000-4000-8000-{:0>12}", name.len()),
        name: name.to_owned(),
        colors: vec![color.to_owned()],
        ..Player::default()
    };
    ReplayHeader {
        pool: "main".to_owned(),
        room: "main.r1".to_owned(),
        game: Arena::NAME.to_owned(),
        seed: u64::MAX - 7,
        settings: [("match_seconds".to_owned(), 20)].into(),
        players: [
            ("Ann", "#e5484d"),
            ("Benö", "#3e63dd"),
            ("\"Cleo\"", "#30a46c"),
        ]
        .map(player)
        .into(),
        created_ms: 1_790_000_000_000,
    }
}

/// A recorded match of bots: the second one is away for a second, the third one leaves if
/// `third_leaves_at` is set.
pub(crate) fn recorded(third_leaves_at: Option<u32>) -> Vec<Record> {
    let mut it = Recorder::new();
    let mut records = Vec::new();
    while it.state.outcome().is_none() {
        let tick = records.len() as u32 + 1;
        let mut presence = [None; 5];
        presence[1] = match tick {
            100 => Some(Presence::Away),
            160 => Some(Presence::Here),
            _ => None,
        };
        presence[2] = (Some(tick) == third_leaves_at).then_some(Presence::Left);
        records.push(it.record(tick, presence));
    }
    records
}

/// The replay file of the header and the records.
pub(crate) fn file(records: &[Record]) -> Vec<u8> {
    let mut file = header().to_line().into_bytes();
    let mut before = SeatInputs::default();
    for record in records {
        push_prefixed(&encoded(record, &before), &mut file);
        before.clone_from(&record.inputs);
    }
    file
}

struct Recorder {
    state: MatchState<Arena>,
    bots: [ArenaBot; PLAYERS],
    view: View,
    scratch: Vec<u8>,
}

impl Recorder {
    fn new() -> Self {
        let header = header();
        let settings = header
            .settings
            .iter()
            .map(|(name, &value)| (name.as_str(), value));
        let settings = Settings::parse(Arena::SETTINGS, settings).expect("settings");
        Self {
            state: MatchState::new(header.seed, &settings, &Roster::of(PLAYERS)),
            bots: [1, 2, 3].map(ArenaBot::new),
            view: View::default(),
            scratch: Vec::new(),
        }
    }

    fn record(&mut self, tick: u32, presence: [Option<Presence>; 5]) -> Record {
        self.state.sim().read(&mut self.view);
        let mut inputs = SeatInputs::default();
        for (seat, bot) in Seat::all().zip(&mut self.bots) {
            let is_here = self.state.presence().get(seat) == Presence::Here;
            let decided = bot.decide(&self.view, seat);
            let input = if is_here { decided } else { Input::default() };
            inputs[seat.index()] = SeatInput {
                input,
                view_delay: 64 + tick as u16 % 5,
            };
        }
        let mut record = Record {
            joins: Vec::new(),
            tick,
            idle: 0,
            presence: changes(presence),
            actions: Vec::new(),
            inputs,
            hash: None,
        };
        self.state.advance(&record, &mut Vec::new());
        if tick.is_multiple_of(hash_ticks(game::Rate::HZ60)) || self.state.outcome().is_some() {
            record.hash = Some(self.state.sim().hash(&mut self.scratch));
        }
        record
    }
}
