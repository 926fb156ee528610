//! A WebSocket client that waits for expected messages, with a deadline.

use std::time::Instant;

use serde_json::Value;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::Response;
use tungstenite::http::HeaderValue;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, WebSocket};

use crate::connection::{Connection, connect};
use crate::docs;
use testkit::PATIENCE;

/// An open socket.
pub struct Socket {
    inner: WebSocket<Box<dyn Connection>>,
    /// The subprotocol that the server chose.
    pub protocol: Option<String>,
    /// The name of its channel in the sockets' document.
    channel: &'static str,
    /// False in a match of a game other than the arena, because the document describes the arena's messages.
    is_documented: bool,
    /// The types of the skipped messages, for the error of a failed test.
    seen: Vec<String>,
}

/// How a socket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The close code; None: the connection ended without a close frame.
    pub code: Option<u16>,
    /// The reason in the close frame.
    pub reason: String,
}

impl Socket {
    /// Opens a socket with these subprotocols. Err: the status and the body of the refusal.
    pub fn open(url: &str, protocols: &[&str]) -> Result<Self, (u16, String)> {
        let mut request = url
            .into_client_request()
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        if !protocols.is_empty() {
            let value =
                HeaderValue::from_str(&protocols.join(", ")).expect("protocols are plain text");
            request
                .headers_mut()
                .insert("sec-websocket-protocol", value);
        }
        // The client has no limits, because the server must refuse what tests send.
        let config = WebSocketConfig::default()
            .max_message_size(None)
            .max_frame_size(None);
        match tungstenite::client::client_with_config(request, connect(url), Some(config)) {
            Ok((socket, response)) => Ok(Self {
                inner: socket,
                channel: if url.contains("/game/") {
                    "game"
                } else {
                    "lobby"
                },
                is_documented: true,
                protocol: header(&response, "sec-websocket-protocol"),
                seen: Vec::new(),
            }),
            Err(tungstenite::HandshakeError::Failure(Error::Http(response))) => {
                let body = response.body().clone().unwrap_or_default();
                Err((
                    response.status().as_u16(),
                    String::from_utf8_lossy(&body).into_owned(),
                ))
            }
            Err(error) => panic!("{url}: {error}"),
        }
    }

    /// Sends a JSON message. Whether the server still handles it shows in its answers.
    pub fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string());
    }

    /// Sends a text message.
    pub fn send_text(&mut self, text: &str) {
        let _ = self.inner.send(Message::text(text));
    }

    /// Sends a binary message.
    pub fn send_binary(&mut self, bytes: Vec<u8>) {
        let _ = self.inner.send(Message::binary(bytes));
    }

    /// Sends raw bytes, bypassing the protocol.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let _ = std::io::Write::write_all(self.inner.get_mut(), bytes);
    }

    /// Reads the next JSON message, which must be documented, or how the socket ended.
    pub fn read(&mut self) -> Result<Value, Closed> {
        loop {
            match self.inner.read() {
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text)
                        .unwrap_or_else(|error| panic!("{error}: {text}"));
                    if message["type"] == "welcome" {
                        self.is_documented = message["game"] == "arena";
                    }
                    if self.is_documented {
                        docs::check_message(self.channel, &message);
                    }
                    return Ok(message);
                }
                Ok(Message::Close(frame)) => {
                    return Err(Closed {
                        code: frame.as_ref().map(|frame| frame.code.into()),
                        reason: frame
                            .map(|frame| frame.reason.to_string())
                            .unwrap_or_default(),
                    });
                }
                Ok(Message::Binary(bytes)) => panic!("a binary message: {bytes:?}"),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("nothing more came after {:?}", self.seen)
                }
                Err(error) => {
                    return Err(Closed {
                        code: None,
                        reason: error.to_string(),
                    });
                }
            }
        }
    }

    /// Reads until a message of this type.
    pub fn expect(&mut self, kind: &str) -> Value {
        self.expect_where(kind, |_| true)
    }

    /// Reads until a message of this type that satisfies the test.
    pub fn expect_where(&mut self, kind: &str, test: impl Fn(&Value) -> bool) -> Value {
        self.expect_that(kind, |message| message["type"] == kind && test(message))
    }

    fn expect_that(&mut self, what: &str, test: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let message = match self.read() {
                Ok(message) => message,
                Err(closed) => panic!("{closed:?} instead of {what}, after {:?}", self.seen),
            };
            if test(&message) {
                return message;
            }
            self.note(&message);
            assert!(Instant::now() < deadline, "no {what}, only {:?}", self.seen);
        }
    }

    /// Reads until a message of one of these types.
    pub fn expect_any(&mut self, kinds: &[&str]) -> Value {
        self.expect_that(&kinds.join(" or "), |message| {
            kinds.iter().any(|kind| message["type"] == *kind)
        })
    }

    /// Reads until the socket ends.
    pub fn expect_close(&mut self) -> Closed {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.read() {
                Ok(message) => self.note(&message),
                Err(closed) => return closed,
            }
            assert!(
                Instant::now() < deadline,
                "still open after {:?}",
                self.seen
            );
        }
    }

    /// Closes it like a client that leaves.
    pub fn close(mut self) {
        let _ = self.inner.close(None);
        let _ = self.inner.flush();
    }

    fn note(&mut self, message: &Value) {
        let kind = message["type"].as_str().unwrap_or("?").to_owned();
        if self.seen.last() != Some(&kind) && self.seen.len() < 100 {
            self.seen.push(kind);
        }
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(value.to_str().ok()?.to_owned())
}
