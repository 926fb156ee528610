//! A player's game socket: JSON over WebSocket.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{soon, until};

pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    /// Connects. An error: the status of the refusal.
    pub(crate) async fn open(url: &str, ticket: &str) -> Result<Self, u16> {
        let stream = TcpStream::connect(host(url))
            .await
            .expect("the server listens");
        Self::upgrade(stream, url, ticket).await
    }

    /// A client with a minimal receive buffer.
    pub(crate) async fn open_narrow(url: &str, ticket: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a buffer");
        let stream = socket.connect(host(url).parse().expect("an address")).await;
        Self::upgrade(stream.expect("the server listens"), url, ticket)
            .await
            .expect("admitted")
    }

    async fn upgrade(stream: TcpStream, url: &str, ticket: &str) -> Result<Self, u16> {
        let mut request = format!("{url}?ticket={ticket}")
            .into_client_request()
            .expect("a url");
        let name = "skirmish.json.v1".parse().expect("a name");
        request.headers_mut().insert("sec-websocket-protocol", name);
        match soon("a handshake", client_async(request, stream)).await {
            Ok((socket, answer)) => {
                assert_eq!(
                    answer.headers()["sec-websocket-protocol"],
                    "skirmish.json.v1"
                );
                Ok(Self { socket })
            }
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        // If the server has closed the connection, the next read shows it.
        let _ = self.socket.send(Message::text(text)).await;
    }

    /// The next message of any type.
    pub(crate) async fn any(&mut self) -> Value {
        soon("a message", async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return serde_json::from_str(&text).expect("JSON");
                    }
                    Some(Ok(Message::Close(close))) => panic!("closed: {close:?}"),
                    Some(Ok(_)) => {}
                    end => panic!("ended: {end:?}"),
                }
            }
        })
        .await
    }

    /// The next message of this type.
    pub(crate) async fn next(&mut self, kind: &str) -> Value {
        self.find(kind, |_| true).await
    }

    /// The next message of this type that is as wanted.
    pub(crate) async fn find(&mut self, kind: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
        soon(kind, async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) => {
                        let message: Value = serde_json::from_str(&text).expect("JSON");
                        if message["type"] == kind && is_wanted(&message) {
                            return message;
                        }
                    }
                    Some(Ok(Message::Close(close))) => panic!("closed before {kind}: {close:?}"),
                    Some(Ok(_)) => {}
                    end => panic!("ended before {kind}: {end:?}"),
                }
            }
        })
        .await
    }

    /// The next part of a recording.
    pub(crate) async fn part(&mut self) -> Vec<u8> {
        soon("a part", async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => return bytes.to_vec(),
                    Some(Ok(Message::Close(close))) => panic!("closed: {close:?}"),
                    Some(Ok(_)) => {}
                    end => panic!("ended: {end:?}"),
                }
            }
        })
        .await
    }

    /// Reads a recording until the server closes; the bytes and the code.
    pub(crate) async fn recording(mut self) -> (Vec<u8>, u16) {
        let mut recording = Vec::new();
        soon("a close", async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => recording.extend_from_slice(&bytes),
                    Some(Ok(Message::Close(Some(close)))) => return (recording, close.code.into()),
                    Some(Ok(_)) => {}
                    end => panic!("ended without a close frame: {end:?}"),
                }
            }
        })
        .await
    }

    /// Reads until the server closes; the code.
    pub(crate) async fn closed(self) -> u16 {
        self.closed_with().await.0
    }

    /// The same with the reason.
    pub(crate) async fn closed_with(mut self) -> (u16, String) {
        soon("a close", async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Close(Some(close)))) => {
                        return (close.code.into(), close.reason.to_string());
                    }
                    Some(Ok(_)) => {}
                    end => panic!("ended without a close frame: {end:?}"),
                }
            }
        })
        .await
    }

    /// Reads until the connection ends. Returns the newest tick that was shown, and the close code.
    pub(crate) async fn last_shown(mut self) -> (u64, Option<u16>) {
        let mut shown = 0;
        soon("an end", async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) => {
                        let message: Value = serde_json::from_str(&text).expect("JSON");
                        if message["type"] == "snapshot" {
                            shown = message["tick"].as_u64().expect("a tick");
                        }
                    }
                    Some(Ok(Message::Close(Some(close)))) => {
                        return (shown, Some(close.code.into()));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return (shown, None),
                }
            }
        })
        .await
    }

    /// Closes the connection without a close frame.
    pub(crate) fn vanish(self) {
        drop(self);
    }
}

/// A game socket whose frames are written by hand.
pub(crate) struct Raw {
    stream: TcpStream,
}

impl Raw {
    pub(crate) async fn open(url: &str, ticket: &str) -> Self {
        let (host, path) = url
            .trim_start_matches("ws://")
            .split_once('/')
            .expect("a path");
        let mut stream = TcpStream::connect(host).await.expect("the server listens");
        let head = format!(
            "GET /{path}?ticket={ticket} HTTP/1.1\r\nhost: {host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             sec-websocket-protocol: skirmish.json.v1\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("an answer"));
        }
        assert!(
            answer.starts_with(b"HTTP/1.1 101 "),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        Self { stream }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The close code in what the server sends until it hangs up. It must hang up in good order: a
    /// reset could overtake the code on its way to the player.
    pub(crate) async fn closed(mut self) -> u16 {
        let code = until("a close frame", async || {
            let head = self.stream.read_u16().await.expect("a frame");
            let length = match head & 0x7f {
                126 => u64::from(self.stream.read_u16().await.expect("a length")),
                127 => self.stream.read_u64().await.expect("a length"),
                short => u64::from(short),
            };
            let mut payload = vec![0; usize::try_from(length).expect("a length")];
            self.stream
                .read_exact(&mut payload)
                .await
                .expect("a payload");
            (head >> 8 == 0x88).then(|| u16::from_be_bytes([payload[0], payload[1]]))
        })
        .await;
        let mut rest = Vec::new();
        let end = soon("the end", self.stream.read_to_end(&mut rest)).await;
        end.expect("no reset");
        code
    }
}

/// `host:port` of a game url.
fn host(url: &str) -> &str {
    let (host, _) = url
        .trim_start_matches("ws://")
        .split_once('/')
        .expect("a path");
    host
}
