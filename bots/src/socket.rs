//! A WebSocket with a bounded handshake and bounded messages, over a link that may be simulated; or a WebTransport
//! session in its place.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::error::{Error, Problem, Result};
use crate::simulated_link::{Connection, SimulatedLink};
use crate::webtransport::WebTransportSocket;

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// How the messages of a match travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// In one stream of TCP.
    #[default]
    WebSocket,
    /// As datagrams, where a message may get lost.
    WebTransport,
}

/// An open socket.
pub(crate) enum Socket {
    WebSocket(Box<WebSocketStream<Connection>>),
    WebTransport(Box<WebTransportSocket>),
}

/// What came in.
pub(crate) enum Incoming {
    /// A text frame.
    Text(String),
    /// A binary frame.
    Binary(Bytes),
    /// The other side, or the network, ended it; the close code, when there was one.
    Closed(Option<u16>),
}

impl Socket {
    /// Opens `url`, offering these subprotocols. A refused handshake is an [`Error::Problem`] with
    /// its status.
    pub(crate) async fn open(url: &str, subprotocols: &str, link: SimulatedLink) -> Result<Self> {
        let mut request = url
            .into_client_request()
            .map_err(|error| Error::Address(error.to_string()))?;
        let offered = HeaderValue::from_str(subprotocols)
            .map_err(|error| Error::Address(error.to_string()))?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", offered);
        let config = WebSocketConfig::default()
            .read_buffer_size(4096)
            .write_buffer_size(0)
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let connecting = async {
            let stream = link.connect(request.uri()).await?;
            client_async_with_config(request, stream, Some(config)).await
        };
        match tokio::time::timeout(HANDSHAKE_TIMEOUT, connecting).await {
            Ok(Ok((socket, _))) => Ok(Self::WebSocket(Box::new(socket))),
            Ok(Err(error)) => Err(refused(error)),
            Err(_) => Err(Error::Unreachable(format!(
                "no WebSocket handshake within {HANDSHAKE_TIMEOUT:?}"
            ))),
        }
    }

    pub(crate) fn transport(&self) -> Transport {
        match self {
            Self::WebSocket(_) => Transport::WebSocket,
            Self::WebTransport(_) => Transport::WebTransport,
        }
    }

    /// The next frame, or the end. Dropping this future loses nothing.
    pub(crate) async fn next(&mut self) -> Incoming {
        let socket = match self {
            Self::WebSocket(socket) => socket,
            Self::WebTransport(socket) => return socket.next().await,
        };
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return Incoming::Text(text.as_str().to_owned()),
                Some(Ok(Message::Binary(bytes))) => return Incoming::Binary(bytes),
                Some(Ok(Message::Close(frame))) => {
                    return Incoming::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Incoming::Closed(None),
            }
        }
    }

    /// Sends one frame. An error means that the socket is of no use any more.
    pub(crate) async fn send(&mut self, message: Message) -> Result<()> {
        let socket = match self {
            Self::WebSocket(socket) => socket,
            Self::WebTransport(socket) => return socket.send(message).await,
        };
        match tokio::time::timeout(SEND_TIMEOUT, socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error::Unreachable(error.to_string())),
            Err(_) => Err(Error::Unreachable(format!(
                "a message was not taken within {SEND_TIMEOUT:?}"
            ))),
        }
    }
}

fn refused(error: tungstenite::Error) -> Error {
    let tungstenite::Error::Http(response) = error else {
        return Error::Unreachable(error.to_string());
    };
    let status = response.status();
    let body = response.body().as_deref().unwrap_or_default();
    let fallback = || Problem {
        title: status.to_string(),
        ..Problem::default()
    };
    Problem {
        status: status.as_u16(),
        ..serde_json::from_slice(body).unwrap_or_else(|_| fallback())
    }
    .into()
}
