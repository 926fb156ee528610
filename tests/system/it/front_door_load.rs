//! The front door under load, and in front of a gateway with few open files.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use devstack::nginx::Limits;
use serde_json::Value;
use support::http::{Answer, parse};
use testkit::eventually;

use crate::security_door::{Door, GENEROUS};

const HANDSHAKE: &str =
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n";
/// More files than a test needs.
const FILES: u32 = 4_096;

/// Sends a handshake of the lobby socket, and does not wait for the answer.
fn begin(door: &Door) -> TcpStream {
    let mut stream = door.connect();
    let head = format!(
        "GET /lobby?token=x HTTP/1.1\r\nhost: {}\r\n{HANDSHAKE}upgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        door.host()
    );
    // If it is refused immediately, the connection may already be closed.
    let _ = stream.write_all(head.as_bytes());
    stream
}

/// The outcome: a status, or 0 if the connection was closed. Panics if there is none.
fn outcome(stream: &mut TcpStream) -> u16 {
    let mut head = [0; 12];
    match stream.read_exact(&mut head) {
        Ok(()) => {
            let status = std::str::from_utf8(&head[9..]).ok();
            status.and_then(|text| text.parse().ok()).expect("a status")
        }
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("it hangs"),
        Err(_) => 0,
    }
}

/// The complete answer to a refused handshake. Does not wait for nginx to close the connection, which it keeps for
/// the next request.
fn refusal(stream: &mut TcpStream) -> Answer {
    let (mut bytes, mut part) = (Vec::new(), [0; 1_000]);
    loop {
        let read = stream.read(&mut part).expect("an answer");
        assert!(read > 0, "closed: {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&part[..read]);
        let answer = parse(&bytes);
        let is_whole = |answer: &Answer| serde_json::from_slice::<Value>(&answer.body).is_ok();
        if let Some(answer) = answer.filter(is_whole) {
            return answer;
        }
    }
}

/// Opens `count` sockets concurrently. Returns those that opened, and the statuses of the refused ones.
fn open_at_once(door: &Door, count: usize) -> (Vec<TcpStream>, Vec<u16>) {
    let mut begun: Vec<_> = (0..count).map(|_| begin(door)).collect();
    let outcomes: Vec<_> = begun.iter_mut().map(outcome).collect();
    let pairs = begun.into_iter().zip(&outcomes);
    let open = pairs
        .filter(|(_, status)| **status == 101)
        .map(|(stream, _)| stream);
    let open = open.collect();
    (
        open,
        outcomes
            .into_iter()
            .filter(|status| *status != 101)
            .collect(),
    )
}

#[test]
fn five_hundred_sockets_open_and_end_concurrently() {
    let door = Door::before_gateway(GENEROUS, FILES);
    let (open, refused) = open_at_once(&door, 500);
    assert_eq!((open.len(), refused), (500, Vec::new()));
    drop(open);
    eventually("each $disconnect", || {
        let seen = door.seen();
        let ends = seen
            .iter()
            .filter(|head| head.contains("/socket-disconnect/"));
        (ends.count() == 500).then_some(())
    });
    let (open, refused) = open_at_once(&door, 10);
    assert_eq!((open.len(), refused), (10, Vec::new()));
}

#[test]
fn sockets_beyond_the_open_files_of_the_gateway_are_refused() {
    let door = Door::before_gateway(GENEROUS, 256);
    let (open, refused) = open_at_once(&door, 400);
    assert_eq!(open.len(), 128, "half of its files");
    // nginx answers 504 for a gateway that gets no processor for 10 s.
    let clear = |status: &u16| [503, 504].contains(status);
    assert!(refused.iter().all(clear), "{refused:?}");
    let answer = refusal(&mut begin(&door));
    assert_eq!(answer.problem(), "503 unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    drop(open);
    eventually("a place is free again", || {
        (outcome(&mut begin(&door)) == 101).then_some(())
    });
}

#[test]
fn sockets_beyond_the_open_files_of_nginx_are_refused() {
    let few = Limits {
        files: 256,
        ..GENEROUS
    };
    let door = Door::before_gateway(few, FILES);
    let (open, refused) = open_at_once(&door, 600);
    assert!(!open.is_empty() && !refused.is_empty(), "{}", open.len());
    let clear = |status: &u16| [0, 503].contains(status);
    assert!(refused.iter().all(clear), "{refused:?}");
    drop(open);
    eventually("there is room again", || {
        (outcome(&mut begin(&door)) == 101).then_some(())
    });
}

#[test]
fn a_silent_lobby_socket_stays_open_through_the_front_door() {
    let door = Door::before_gateway(GENEROUS, FILES);
    let mut socket = begin(&door);
    assert_eq!(outcome(&mut socket), 101);
    let mut rest = Vec::new();
    let mut bytes = [0; 1_000];
    // The head and three pings: longer than nginx allows a server to be silent.
    while rest.windows(2).filter(|pair| *pair == [0x89, 0]).count() < 3 {
        let read = socket.read(&mut bytes).expect("it goes on");
        assert!(read > 0, "closed: {rest:x?}");
        rest.extend_from_slice(&bytes[..read]);
    }
}
