//! Helpers that create rooms and read their messages.

use arena::Arena;
use game::{Game, Pad, Roster, Seat, direction};
use protocol::filtered::{Filter, Filtered};
use protocol::record::prefixed;
use protocol::replay::ReplayHeader;
use protocol::{ClientMessage, Encoding, ServerMessage, Snapshot, decode_server};
use room::{Player, Room, RoomConfig};

pub(crate) fn config<G: Game>(settings: &str, grace_frames: u32) -> RoomConfig {
    RoomConfig {
        room_id: "main.r1".into(),
        epoch: 4,
        seed: 7,
        settings: protocol::parse_settings(G::SETTINGS, settings).expect("settings"),
        grace_frames,
    }
}

pub(crate) fn players(count: usize) -> Vec<Player> {
    let player = |index: usize| Player {
        player_id: format!("p{index}"),
        name: format!("Player {index}"),
        colors: vec![format!("#00000{index}")],
        ..Player::default()
    };
    (0..count).map(player).collect()
}

/// A room without connections.
pub(crate) fn empty(count: usize, settings: &str, grace_frames: u32) -> Room<Arena> {
    Room::new(config::<Arena>(settings, grace_frames), players(count)).expect("a room")
}

/// A room whose match has run for `ticks` ticks. All players are connected and have all messages.
pub(crate) fn running(count: usize, ticks: u32) -> Room<Arena> {
    let mut room = empty(count, "", 0);
    for index in 0..count {
        room.handle_connected(seat(index), Encoding::Json);
    }
    tick(&mut room, ticks);
    for index in 0..count {
        take_messages(&mut room, index);
        room.poll_snapshot(seat(index), &mut Vec::new());
    }
    room
}

pub(crate) fn seat(index: usize) -> Seat {
    Seat::new(index).expect("a seat")
}

pub(crate) fn tick<G: Game>(room: &mut Room<G>, ticks: u32) {
    for _ in 0..ticks {
        room.handle_tick();
    }
}

/// Takes the reliable messages that wait for this seat.
pub(crate) fn take_messages<G: Game>(room: &mut Room<G>, index: usize) -> Vec<ServerMessage> {
    let mut messages = Vec::new();
    let mut text = Vec::new();
    while room.poll_reliable(seat(index), &mut text).is_some() {
        messages.push(decode_server(&text).expect("a message"));
        text.clear();
    }
    messages
}

/// Takes the messages that wait, and returns their names: `welcome`, `kill`, `over`.
pub(crate) fn take_message_types<G: Game>(room: &mut Room<G>, index: usize) -> Vec<String> {
    let name = |message| match message {
        ServerMessage::Welcome(_) => "welcome".to_owned(),
        ServerMessage::Joined(_) => "joined".to_owned(),
        ServerMessage::Snapshot(_) => "snapshot".to_owned(),
        ServerMessage::Event(event) => event.event,
        ServerMessage::Message(message) => message.name,
        ServerMessage::MessageResult(_) => "message_result".to_owned(),
        ServerMessage::CommandResult(_) => "command_result".to_owned(),
        ServerMessage::Moved(_) => "moved".to_owned(),
        ServerMessage::Over(_) => "over".to_owned(),
        ServerMessage::Error(_) => "error".to_owned(),
    };
    take_messages(room, index).into_iter().map(name).collect()
}

pub(crate) fn snapshot<G: Game>(room: &mut Room<G>, index: usize) -> Option<Snapshot> {
    let mut text = Vec::new();
    room.poll_snapshot(seat(index), &mut text)?;
    match decode_server(&text).expect("a snapshot") {
        ServerMessage::Snapshot(snapshot) => Some(snapshot),
        other => panic!("{other:?}"),
    }
}

/// Advances until a snapshot is due, and takes it.
pub(crate) fn next_snapshot<G: Game>(room: &mut Room<G>, index: usize) -> Snapshot {
    for _ in 0..2 {
        room.handle_tick();
        if let Some(snapshot) = snapshot(room, index) {
            return snapshot;
        }
    }
    panic!("no snapshot within two ticks")
}

/// The position of a seat, px.
pub(crate) fn place_of(room: &Room<Arena>, index: usize) -> (f64, f64) {
    let player = room
        .mirror()
        .players
        .into_iter()
        .find(|player| player.player_id == format!("p{index}"));
    player
        .map(|player| (player.x, player.y))
        .expect("a player in the mirror")
}

pub(crate) fn input(tick: Option<u32>, (dx, dy): (f64, f64), fire: bool) -> ClientMessage {
    let (dx, dy) = direction(dx, dy);
    ClientMessage::Input {
        tick,
        input: Pad {
            dx,
            dy,
            aim: 0,
            fire,
        }
        .into(),
        seen: None,
        view_delay: None,
    }
}

/// A direction with free space.
pub(crate) fn inward(room: &Room<Arena>, index: usize) -> (f64, f64) {
    (
        if place_of(room, index).0 < 412.0 {
            1.0
        } else {
            -1.0
        },
        0.0,
    )
}

/// The distance of a seat from an earlier position, px.
pub(crate) fn moved(room: &Room<Arena>, index: usize, from: (f64, f64)) -> f64 {
    let now = place_of(room, index);
    (now.0 - from.0).hypot(now.1 - from.1)
}

/// The filtered recording of a room from which no checkpoint was made: the header line, and the entries.
pub(crate) fn filtered<G: Game>(room: &mut Room<G>) -> (String, Vec<u8>) {
    let line = room.replay_header(0);
    let (header, _) = ReplayHeader::split(line.as_bytes()).expect("a header");
    let mut out = Vec::new();
    let mut filter = Filter::<G>::begin(&header, &mut out).expect("a match");
    for record in prefixed(&room.save().replay) {
        filter.push(record, &mut out).expect("a record");
    }
    let end = out.iter().position(|&byte| byte == b'\n');
    let entries = out.split_off(end.expect("a line") + 1);
    (String::from_utf8(out).expect("UTF-8"), entries)
}

/// Opens the entries of a filtered recording.
pub(crate) fn open_filtered<G: Game>(room: &Room<G>, entries: &[u8]) -> Filtered<G> {
    let settings = protocol::parse_settings(G::SETTINGS, "").expect("settings");
    let roster = Roster::of(room.seats().len());
    Filtered::new(&settings, &roster, entries).expect("entries")
}
