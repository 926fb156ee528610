//! API Gateway's WebSocket events, the answers to them, and the messages that functions send on a
//! lobby socket.

use std::collections::BTreeMap;

use lambda_http::http::StatusCode;
use lobby::{Me, Origin, Push, Pushed};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing::{debug, warn};

use crate::app::App;
use crate::push::PushError;
use crate::request;
use crate::respond::Problem;

/// The subprotocol of the lobby socket.
pub const SUBPROTOCOL: &str = "skirmish.lobby.v1";

/// A browser cannot set headers, so its token is a subprotocol beside [`SUBPROTOCOL`].
const TOKEN_PREFIX: &str = "bearer.";

/// `$connect`, `$disconnect` or a message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketEvent {
    /// The connection.
    pub request_context: SocketContext,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    query_string_parameters: Option<BTreeMap<String, String>>,
    /// The message's text; Base64 when it was binary.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether the message was binary.
    #[serde(default)]
    pub is_base64_encoded: bool,
}

/// The part of an event that names its connection.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketContext {
    /// API Gateway's id of the connection.
    pub connection_id: String,
}

/// A function's answer to API Gateway; in `$connect` it is the handshake's.
#[derive(Debug, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct SocketAnswer {
    /// Anything but 200 refuses a handshake.
    pub status_code: u16,
    /// Headers of the handshake's answer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'static str, String>,
    /// Why a handshake was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl SocketEvent {
    /// The subprotocols the client offered, in its order.
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        self.header("sec-websocket-protocol")
            .flat_map(|value| value.split(','))
            .map(str::trim)
    }

    /// The origin through which the client reached the front door; only `$connect` has one.
    pub fn origin(&self) -> Option<Origin> {
        request::origin_of(|name| self.header(name).next())
    }

    /// Every value of a header, named in lower case.
    fn header<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a str> {
        let single = self.headers.iter().flatten();
        let multi = self
            .multi_value_headers
            .iter()
            .flatten()
            .flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        single
            .chain(multi)
            .filter(move |(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.as_str())
    }

    /// The token, from a subprotocol `bearer.<jwt>` or from `?token=`.
    pub fn token(&self) -> Option<&str> {
        let from_query = || {
            self.query_string_parameters
                .as_ref()?
                .get("token")
                .map(String::as_str)
        };
        self.subprotocols()
            .find_map(|offered| offered.strip_prefix(TOKEN_PREFIX))
            .or_else(from_query)
    }
}

impl SocketAnswer {
    /// 200; in `$connect` it opens the socket.
    pub fn ok() -> Self {
        Self {
            status_code: StatusCode::OK.as_u16(),
            headers: BTreeMap::new(),
            body: None,
        }
    }

    /// 200 with the subprotocol, if the client offered it: a browser closes a socket with any
    /// other.
    pub fn accepted(event: &SocketEvent) -> Self {
        let mut answer = Self::ok();
        if event.subprotocols().any(|offered| offered == SUBPROTOCOL) {
            answer
                .headers
                .insert("Sec-WebSocket-Protocol", SUBPROTOCOL.to_owned());
        }
        answer
    }
}

impl From<Problem> for SocketAnswer {
    fn from(problem: Problem) -> Self {
        Self {
            status_code: problem.status().as_u16(),
            headers: BTreeMap::from([("Content-Type", "application/problem+json".to_owned())]),
            body: Some(problem.body().to_string()),
        }
    }
}

/// `pong`.
pub fn pong() -> Value {
    json!({ "type": "pong" })
}

/// `state`: the answer of `GET /lobby/me`.
pub fn state(me: &Me) -> Value {
    typed("state", json!(me))
}

/// `error`: a message that was refused.
pub fn error(problem: &Problem) -> Value {
    typed("error", json!({ "problem": problem.body() }))
}

/// `removed` with the reason `superseded`: the last message to a connection whose player opened
/// another one. It is not an outbox entry; its `seq` is made from the current time, newer than any
/// message before.
pub fn superseded(now_ms: u64) -> Value {
    removed("superseded", now_ms)
}

/// `removed` with the reason `banned`, for a player who is in no pool: the last message to the connection, like
/// [`superseded`].
pub fn banned(now_ms: u64) -> Value {
    removed("banned", now_ms)
}

/// Sends a message to one connection, which is removed if it is gone. A call that fails is repeated once, because nothing else
/// sends the message again. If it arrives twice, that is harmless.
pub async fn send(app: &App, connection: &str, message: &Value) {
    let text = message.to_string();
    let push =
        async || -> Result<Pushed, PushError> { app.connections()?.push(connection, &text).await };
    let mut pushed = push().await;
    if let Err(error) = &pushed {
        debug!(%error, "the message is sent again");
        pushed = push().await;
    }
    match pushed {
        Ok(Pushed::Delivered) => {}
        Ok(Pushed::Gone) => remove(app, connection).await,
        Err(error) => warn!(%error, "message not sent"),
    }
}

/// Removes a connection if it is still its player's.
pub async fn remove(app: &App, connection: &str) {
    let removed = async { app.lobby().await?.sessions.close(connection).await }.await;
    if let Err(error) = removed {
        warn!(%error, "connection not removed");
    }
}

/// Closes a connection. A failure is harmless: the connection gets no notifications any more.
pub async fn close(app: &App, connection: &str) {
    let closed = async { app.connections()?.close(connection).await }.await;
    if let Err(error) = closed {
        warn!(%error, "connection not closed");
    }
}

fn removed(reason: &str, now_ms: u64) -> Value {
    let seq = now_ms * 4096;
    typed("removed", json!({ "reason": reason, "seq": seq }))
}

fn typed(kind: &str, mut message: Value) -> Value {
    message["type"] = Value::from(kind);
    message
}
