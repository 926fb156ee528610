//! A minimal WebSocket client: the upgrade, masked outgoing frames, complete incoming frames.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
const OP_TEXT: u8 = 1;
const OP_BINARY: u8 = 2;

/// A received frame.
pub(crate) enum Frame<'a> {
    /// A text message of the match.
    Text(&'a [u8]),
    /// A binary message of the match.
    Binary(&'a [u8]),
    /// Ping, pong or close.
    Control,
}

/// Connects and upgrades, blocking, because nothing is measured yet. Also returns the bytes after the answer.
pub(crate) fn open(address: &str, path: &str, subprotocol: &str) -> Result<(TcpStream, Vec<u8>)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(HANDSHAKE_MAX))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: {subprotocol}\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    let mut piece = [0; 2048];
    let end = loop {
        let n = stream
            .read(&mut piece)
            .context("no answer to the upgrade")?;
        answer.extend_from_slice(&piece[..n]);
        if let Some(at) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if n == 0 {
            bail!("hung up during the upgrade");
        }
    };
    if !answer.starts_with(b"HTTP/1.1 101") {
        bail!("refused: {}", String::from_utf8_lossy(&answer));
    }
    stream.set_nonblocking(true)?;
    Ok((stream, answer.split_off(end)))
}

/// Appends a client's frame. The mask is zero: the server still unmasks, and the crowd saves the work.
pub(crate) fn put_frame(is_text: bool, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | if is_text { OP_TEXT } else { OP_BINARY });
    if payload.len() <= 125 {
        out.push(0x80 | payload.len() as u8);
    } else {
        out.push(0x80 | 0x7e);
        out.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

/// Parses the complete frames at the start of the received bytes. Returns how many bytes they took.
pub(crate) fn take_frames(bytes: &[u8], mut each: impl FnMut(Frame<'_>)) -> usize {
    let mut at = 0;
    while let Some((op, from, to)) = next(&bytes[at..]) {
        let payload = &bytes[at + from..at + to];
        each(match op {
            OP_TEXT => Frame::Text(payload),
            OP_BINARY => Frame::Binary(payload),
            _ => Frame::Control,
        });
        at += to;
    }
    at
}

/// The first frame, if it is complete: its opcode, and the start and end of its payload.
fn next(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let op = bytes.first()? & 0x0f;
    let (from, len) = match *bytes.get(1)? & 0x7f {
        0x7e => (
            4,
            usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])),
        ),
        0x7f => {
            let eight: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
            (10, usize::try_from(u64::from_be_bytes(eight)).ok()?)
        }
        short => (2, usize::from(short)),
    };
    (bytes.len() >= from + len).then_some((op, from, from + len))
}
