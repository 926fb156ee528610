//! Arbitrary operations on a room: every message decodes, and every snapshot is correct.

use arena::Arena;
use game::{Event, Input, Pad, Seat};
use proptest::prelude::*;
use protocol::binary::{InputBatch, Layout, TICK_MAX, decode_events};
use protocol::{ClientMessage, Encoding, Form, GameMessage, ServerMessage, decode_server};
use room::Room;

use crate::bits::Client;
use crate::support::{empty, seat, snapshot, tick};

/// Players of the match; the last one only looks whether what the others see is true.
const PLAYERS: usize = 5;

/// Anything a relay may do to a room.
#[derive(Clone, Debug)]
enum Deed {
    Connect(usize, Encoding),
    Disconnect(usize),
    Leave(usize),
    Say(usize, ClientMessage),
    Tick(u32),
    Listen(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let index = 0..PLAYERS - 1;
    let encoding = prop::sample::select(Encoding::ALL.to_vec());
    prop_oneof![
        2 => (index.clone(), encoding).prop_map(|(index, encoding)| Deed::Connect(index, encoding)),
        1 => index.clone().prop_map(Deed::Disconnect),
        1 => prop::sample::select(vec![0, 6]).prop_map(Deed::Leave),
        8 => (index.clone(), message()).prop_map(|(index, message)| Deed::Say(index, message)),
        8 => prop_oneof![0..3u32, 0..80u32].prop_map(Deed::Tick),
        8 => index.prop_map(Deed::Listen),
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

/// Takes what must arrive, and checks that it is understood and that `welcome` comes first.
fn hear(room: &mut Room<Arena>, seat: Seat) {
    let (mut bytes, mut heard) = (Vec::new(), 0);
    let mut events: Vec<Event> = Vec::new();
    while let Some(form) = room.poll_reliable(seat, &mut bytes) {
        if form == Form::Text {
            let message = decode_server(&bytes).expect("a message");
            assert!(
                heard == 0 || !matches!(message, ServerMessage::Welcome(_)),
                "welcome comes first"
            );
        } else {
            decode_events(Layout::of::<Arena>(), &bytes, &mut events).expect("events");
        }
        heard += 1;
        bytes.clear();
    }
}

/// Takes the snapshot that is due, and checks it.
fn look(room: &mut Room<Arena>, index: usize, eyes: &mut Eyes) -> Result<(), TestCaseError> {
    let Some(client) = &mut eyes.client else {
        if let Some(snapshot) = snapshot(room, index) {
            prop_assert!(snapshot.tick >= eyes.newest);
            prop_assert_eq!(snapshot.players.len(), PLAYERS);
            eyes.newest = snapshot.tick;
        }
        return Ok(());
    };
    if let Some(view) = client.read(room).cloned() {
        let mut probe = Client::join(room, PLAYERS - 1);
        prop_assert_eq!(Some(&view), probe.read(room));
        prop_assert!(view.tick >= eyes.newest);
        eyes.newest = view.tick;
    }
    Ok(())
}

/// What a player has of the match.
#[derive(Default)]
struct Eyes {
    /// None: a JSON client.
    client: Option<Client>,
    newest: u32,
}

proptest! {
    #[test]
    fn whatever_happens_everything_said_is_understood_and_true(deeds in prop::collection::vec(deed(), 1..150)) {
        let mut room = empty(PLAYERS, r#"{"match_seconds":6}"#, 20);
        let mut eyes: [Eyes; PLAYERS + 2] = Default::default();
        for deed in deeds {
            match deed {
                Deed::Connect(index, Encoding::Binary) => eyes[index].client = Some(Client::join(&mut room, index)),
                Deed::Connect(index, Encoding::Json) => {
                    eyes[index].client = None;
                    room.handle_connected(seat(index), Encoding::Json);
                }
                Deed::Disconnect(index) => room.handle_disconnected(seat(index)),
                Deed::Leave(index) => Seat::new(index).into_iter().for_each(|seat| room.handle_left(seat)),
                Deed::Say(index, message) => drop(room.handle_message(seat(index), message)),
                Deed::Tick(ticks) => tick(&mut room, ticks),
                Deed::Listen(index) => {
                    hear(&mut room, seat(index));
                    look(&mut room, index, &mut eyes[index])?;
                    room.poll_close(seat(index));
                }
            }
        }
        Seat::all().for_each(|seat| hear(&mut room, seat));
    }
}
