//! Messages that a game defines: passed on to all players, with a rate limit.

use arena::Arena;
use game::{InputFields as _, Pad};
use protocol::{
    ClientMessage, CloseCode, Encoding, Form, GameMessage, MessageStatus, ServerMessage,
    decode_client,
};
use room::{CHAT_BURST, CHAT_PER_SECOND, QUEUE_REFUSALS_MAX, Refused, Room};

use crate::support::{empty, running, seat, take_message_types, take_messages, tick};

fn wave() -> ClientMessage {
    numbered(None)
}

fn numbered(id: Option<u32>) -> ClientMessage {
    ClientMessage::Message(GameMessage {
        id,
        name: "wave".into(),
        payload: r#"{"handle":"left"}"#.into(),
    })
}

#[test]
fn every_player_gets_a_message() {
    let mut room = running(3, 100);
    room.handle_connected(seat(2), Encoding::Binary);
    room.poll_reliable(seat(2), &mut Vec::new())
        .expect("welcome");
    room.handle_message(seat(1), wave()).expect("passed on");
    for index in 0..3 {
        let received = take_messages(&mut room, index);
        let [ServerMessage::Message(received)] = received.as_slice() else {
            panic!("{received:?}")
        };
        assert_eq!(
            (received.from.as_str(), received.name.as_str()),
            ("p1", "wave")
        );
        assert_eq!(received.payload, r#"{"handle":"left"}"#);
    }
    assert_eq!(room.counters().messages, 1);
}

#[test]
fn too_many_messages_are_refused_and_counted() {
    let mut room = running(2, 100);
    for _ in 0..CHAT_BURST {
        room.handle_message(seat(0), wave())
            .expect("within the burst");
    }
    assert_eq!(room.handle_message(seat(0), wave()), Err(Refused::Flood));
    room.handle_connected(seat(0), Encoding::Json);
    assert_eq!(room.handle_message(seat(0), wave()), Err(Refused::Flood));
    assert_eq!(room.handle_message(seat(1), wave()), Ok(()));
    tick(&mut room, 60 / CHAT_PER_SECOND);
    assert_eq!(room.handle_message(seat(0), wave()), Ok(()));
    assert_eq!(room.handle_message(seat(0), wave()), Err(Refused::Flood));
    assert_eq!(room.counters().messages_refused, 3);
}

#[test]
fn an_absent_player_sends_nothing() {
    let mut room = empty(2, "", 100);
    room.handle_connected(seat(0), Encoding::Json);
    let not_there = Err(Refused::NotRunning);
    assert_eq!(room.handle_message(seat(1), numbered(Some(1))), not_there);
    assert_eq!(room.handle_message(seat(4), wave()), not_there);
    assert_eq!(take_message_types(&mut room, 0), ["welcome"]);
    assert_eq!(room.counters().messages_refused, 2);
}

/// The results of this seat's messages by id, in order: delivered at a tick, or refused for a
/// reason.
fn results(room: &mut Room<Arena>, index: usize) -> Vec<(u32, Result<u32, String>)> {
    let result = |message| match message {
        ServerMessage::MessageResult(result) => Some((
            result.id,
            match result.status {
                MessageStatus::Delivered { tick } => Ok(tick),
                MessageStatus::Refused { reason } => Err(reason),
            },
        )),
        _ => None,
    };
    take_messages(room, index)
        .into_iter()
        .filter_map(result)
        .collect()
}

#[test]
fn the_sender_of_messages_with_ids_gets_results_in_order() {
    let mut room = running(2, 100);
    for id in 0..CHAT_BURST + 2 {
        let _ = room.handle_message(seat(0), numbered(Some(id)));
    }
    assert_eq!(
        take_message_types(&mut room, 1),
        ["wave"; CHAT_BURST as usize]
    );
    let delivered = (0..CHAT_BURST).map(|id| (id, Ok(100)));
    let refused = [CHAT_BURST, CHAT_BURST + 1].map(|id| (id, Err("too_fast".to_owned())));
    let expected: Vec<_> = delivered.chain(refused).collect();
    assert_eq!(results(&mut room, 0), expected);
    let counters = room.counters();
    assert_eq!((counters.messages, counters.messages_refused), (4, 2));
}

#[test]
fn a_message_arrives_before_its_result_and_has_none_without_an_id() {
    let mut room = running(2, 100);
    room.handle_message(seat(0), numbered(Some(7)))
        .expect("delivered");
    assert_eq!(take_message_types(&mut room, 0), ["wave", "message_result"]);
    for _ in 0..=CHAT_BURST {
        let _ = room.handle_message(seat(0), wave());
    }
    assert_eq!(
        take_message_types(&mut room, 0),
        ["wave"; CHAT_BURST as usize - 1]
    );
    assert_eq!(room.counters().messages_refused, 2);
}

#[test]
fn a_match_that_is_over_delivers_no_message() {
    let mut room = running(2, 100);
    room.handle_left(seat(1));
    room.handle_tick();
    assert!(room.outcome().is_some());
    let refused = room.handle_message(seat(0), numbered(Some(3)));
    assert_eq!(refused, Err(Refused::NotRunning));
    assert_eq!(results(&mut room, 0), [(3, Err("not_playing".to_owned()))]);
}

#[test]
fn every_message_of_a_flood_is_answered_to_a_client_that_reads() {
    let mut room = running(2, 100);
    let delivered = QUEUE_REFUSALS_MAX as u32 + CHAT_BURST;
    for id in 0..delivered {
        let _ = room.handle_message(seat(0), numbered(Some(id)));
    }
    let answers = results(&mut room, 0);
    assert_eq!(
        answers.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        (0..delivered).collect::<Vec<_>>()
    );
    assert_eq!(room.poll_close(seat(0)), None);
    // Messages of others still fit in addition to the same number of unread answers.
    for id in 0..QUEUE_REFUSALS_MAX as u32 {
        let _ = room.handle_message(seat(0), numbered(Some(id)));
    }
    room.handle_message(seat(1), wave()).expect("delivered");
    assert_eq!(room.poll_close(seat(0)), None);
    // A client that floods and does not read is too slow; the other client is not affected.
    let _ = room.handle_message(seat(0), numbered(Some(1)));
    assert_eq!(room.poll_close(seat(0)), Some(CloseCode::TooSlow));
    assert_eq!(room.poll_close(seat(1)), None);
    assert_eq!(room.counters().queues_overflowed, 1);
}

#[test]
fn messages_at_the_full_rate_do_not_fill_a_reliable_queue() {
    let mut room = running(5, 100);
    let longest = format!(
        r#"{{"type":"message","id":4294967295,"name":"{}","payload":"{}"}}"#,
        "é".repeat(32),
        "x".repeat(510)
    );
    let message =
        decode_client(Pad::SCHEMA, Form::Text, longest.as_bytes()).expect("the longest message");
    for _ in 0..=60 {
        for index in 0..5 {
            let _ = room.handle_message(seat(index), message.clone());
        }
        room.handle_tick();
    }
    assert_eq!(
        room.counters().messages,
        u64::from(5 * (CHAT_BURST + CHAT_PER_SECOND))
    );
    let closed: Vec<Option<CloseCode>> = (0..5).map(|index| room.poll_close(seat(index))).collect();
    assert_eq!(closed, [None; 5]);
}
