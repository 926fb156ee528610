//! Messages of the game's own: passed on to all, and not too many of them.

use protocol::{
    ClientMessage, CloseCode, Encoding, Form, GameMessage, ServerMessage, decode_client,
};
use room::{Refused, TALK_BURST, TALK_PER_SECOND};

use crate::support::{empty, running, said, said_types, seat, tick};

fn wave() -> ClientMessage {
    ClientMessage::Message(GameMessage {
        name: "wave".into(),
        payload: r#"{"hand":"left"}"#.into(),
    })
}

#[test]
fn everybody_hears_what_is_said() {
    let mut room = running(3, 100);
    room.handle_connected(seat(2), Encoding::Binary);
    room.poll_reliable(seat(2), &mut Vec::new())
        .expect("welcome");
    room.handle_message(seat(1), wave()).expect("passed on");
    for index in 0..3 {
        let heard = said(&mut room, index);
        let [ServerMessage::Message(heard)] = heard.as_slice() else {
            panic!("{heard:?}")
        };
        assert_eq!((heard.from.as_str(), heard.name.as_str()), ("p1", "wave"));
        assert_eq!(heard.payload["hand"], "left");
    }
    assert_eq!(room.counters().messages, 1);
}

#[test]
fn too_much_is_refused_and_counted() {
    let mut room = running(2, 100);
    for _ in 0..TALK_BURST {
        room.handle_message(seat(0), wave())
            .expect("within the burst");
    }
    assert_eq!(room.handle_message(seat(0), wave()), Err(Refused::Flood));
    room.handle_connected(seat(0), Encoding::Json);
    assert_eq!(room.handle_message(seat(0), wave()), Err(Refused::Flood));
    assert_eq!(room.handle_message(seat(1), wave()), Ok(()));
    tick(&mut room, 60 / TALK_PER_SECOND);
    assert_eq!(room.handle_message(seat(0), wave()), Ok(()));
    assert_eq!(room.handle_message(seat(0), wave()), Err(Refused::Flood));
    assert_eq!(room.counters().messages_refused, 3);
}

#[test]
fn who_is_not_there_says_nothing() {
    let mut room = empty(2, "", 100);
    room.handle_connected(seat(0), Encoding::Json);
    assert_eq!(room.handle_message(seat(1), wave()), Err(Refused::Flood));
    assert_eq!(room.handle_message(seat(4), wave()), Err(Refused::Flood));
    assert_eq!(said_types(&mut room, 0), ["welcome"]);
}

#[test]
fn all_who_say_all_they_may_fill_no_lane() {
    let mut room = running(5, 100);
    let longest = format!(
        r#"{{"type":"message","name":"{}","payload":"{}"}}"#,
        "é".repeat(32),
        "x".repeat(510)
    );
    let message = decode_client(Form::Text, longest.as_bytes()).expect("the longest message");
    for _ in 0..=60 {
        for index in 0..5 {
            let _ = room.handle_message(seat(index), message.clone());
        }
        room.handle_tick();
    }
    assert_eq!(
        room.counters().messages,
        u64::from(5 * (TALK_BURST + TALK_PER_SECOND))
    );
    let closed: Vec<Option<CloseCode>> = (0..5).map(|index| room.poll_close(seat(index))).collect();
    assert_eq!(closed, [None; 5]);
}
