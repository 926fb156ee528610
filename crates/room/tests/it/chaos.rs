//! Arbitrary operations on a room: every message decodes, and every snapshot is correct.

use arena::Arena;
use game::{Event, Input, Pad, Seat};
use proptest::prelude::*;
use protocol::binary::{InputBatch, Layout, TICK_MAX, decode_events};
use protocol::{ClientMessage, Encoding, Form, GameMessage, ServerMessage, decode_server};
use room::Room;

use crate::bits::Client;
use crate::support::{empty, seat, snapshot, tick};

/// Players of the match; the last one only checks what the others receive.
const PLAYERS: usize = 5;

/// An operation of a relay on a room.
#[derive(Clone, Debug)]
enum Operation {
    Connect(usize, Encoding),
    Disconnect(usize),
    Leave(usize),
    Send(usize, ClientMessage),
    Tick(u32),
    Receive(usize),
}

fn operation() -> impl Strategy<Value = Operation> {
    let index = 0..PLAYERS - 1;
    let encoding = prop::sample::select(Encoding::ALL.to_vec());
    prop_oneof![
        2 => (index.clone(), encoding).prop_map(|(index, encoding)| Operation::Connect(index, encoding)),
        1 => index.clone().prop_map(Operation::Disconnect),
        1 => prop::sample::select(vec![0, 6]).prop_map(Operation::Leave),
        8 => (index.clone(), message()).prop_map(|(index, message)| Operation::Send(index, message)),
        8 => prop_oneof![0..3u32, 0..80u32].prop_map(Operation::Tick),
        8 => index.prop_map(Operation::Receive),
    ]
}

fn message() -> impl Strategy<Value = ClientMessage> {
    let stamp = prop_oneof![0..400u32, 0..=TICK_MAX];
    let pad = any::<(i8, i8, u16, bool)>()
        .prop_map(|(dx, dy, aim, fire)| Input::from(Pad { dx, dy, aim, fire }));
    let seen = prop::option::of(stamp.clone());
    let one = (
        pad.clone(),
        prop::option::of(any::<u32>()),
        seen.clone(),
        any::<Option<u16>>(),
    );
    let batch = (prop::collection::vec(pad, 1..=4), stamp, seen, any::<u16>());
    prop_oneof![
        one.prop_map(|(input, tick, seen, view_delay)| ClientMessage::Input {
            tick,
            input,
            seen,
            view_delay
        }),
        batch.prop_map(|(inputs, tick, seen, view_delay)| {
            ClientMessage::Inputs(InputBatch::new(tick, &inputs, seen, view_delay).expect("inputs"))
        }),
        any::<Option<u32>>().prop_map(|id| ClientMessage::Message(GameMessage {
            id,
            name: "gg".into(),
            payload: "1".into()
        })),
    ]
}

/// Takes the reliable messages, and checks that they decode and that `welcome` comes first.
fn take_reliable(room: &mut Room<Arena>, seat: Seat) {
    let (mut bytes, mut count) = (Vec::new(), 0);
    let mut events: Vec<Event> = Vec::new();
    while let Some(form) = room.poll_reliable(seat, &mut bytes) {
        if form == Form::Text {
            let message = decode_server(&bytes).expect("a message");
            assert!(
                count == 0 || !matches!(message, ServerMessage::Welcome(_)),
                "welcome comes first"
            );
        } else {
            decode_events(Layout::of::<Arena>(), &bytes, &mut events).expect("events");
        }
        count += 1;
        bytes.clear();
    }
}

/// Takes the snapshot that is due, and checks it.
fn take_snapshot(
    room: &mut Room<Arena>,
    index: usize,
    received: &mut Received,
) -> Result<(), TestCaseError> {
    let Some(client) = &mut received.client else {
        if let Some(snapshot) = snapshot(room, index) {
            prop_assert!(snapshot.tick >= received.newest);
            prop_assert_eq!(snapshot.players.len(), PLAYERS);
            received.newest = snapshot.tick;
        }
        return Ok(());
    };
    if let Some(view) = client.read(room).cloned() {
        let mut probe = Client::join(room, PLAYERS - 1);
        prop_assert_eq!(Some(&view), probe.read(room));
        prop_assert!(view.tick >= received.newest);
        received.newest = view.tick;
    }
    Ok(())
}

/// The state that a player has received.
#[derive(Default)]
struct Received {
    /// None: a JSON client.
    client: Option<Client>,
    newest: u32,
}

proptest! {
    #[test]
    fn after_any_operations_every_message_decodes_and_every_snapshot_is_correct(operations in prop::collection::vec(operation(), 1..150)) {
        let mut room = empty(PLAYERS, r#"{"match_seconds":6}"#, 20);
        let mut received: [Received; PLAYERS + 2] = Default::default();
        for operation in operations {
            match operation {
                Operation::Connect(index, Encoding::Binary) => received[index].client = Some(Client::join(&mut room, index)),
                Operation::Connect(index, Encoding::Json) => {
                    received[index].client = None;
                    room.handle_connected(seat(index), Encoding::Json);
                }
                Operation::Disconnect(index) => room.handle_disconnected(seat(index)),
                Operation::Leave(index) => Seat::new(index).into_iter().for_each(|seat| room.handle_left(seat)),
                Operation::Send(index, message) => drop(room.handle_message(seat(index), message)),
                Operation::Tick(ticks) => tick(&mut room, ticks),
                Operation::Receive(index) => {
                    take_reliable(&mut room, seat(index));
                    take_snapshot(&mut room, index, &mut received[index])?;
                    room.poll_close(seat(index));
                }
            }
        }
        Seat::all().for_each(|seat| take_reliable(&mut room, seat));
    }
}
