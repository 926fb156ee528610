//! A WebSocket handshake: invokes `$connect`, then answers 101 or the function's refusal.

use std::net::SocketAddr;
use std::sync::Arc;

use edge::websocket::{self, BadHandshake};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::connection::{Client, Close};
use crate::event::Event;
use crate::invoke::ProxyAnswer;
use crate::respond::{self, Answer};
use crate::session;
use crate::shared::Shared;

/// Whether the request is for a WebSocket.
pub(crate) fn is_upgrade(request: &Request<Incoming>) -> bool {
    websocket::is_upgrade(request.headers())
}

/// Answers the handshake. The connection continues in a separate task, so that a client who leaves while `$connect`
/// runs still gets a `$disconnect`.
pub(crate) async fn handle(
    shared: &Arc<Shared>,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Answer {
    if shared.stopping.is_cancelled() {
        return respond::message(StatusCode::SERVICE_UNAVAILABLE, "Shutting down");
    }
    let accept_key = match accept_key(&request) {
        Ok(accept_key) => accept_key,
        Err((status, text)) => {
            let mut refusal = respond::message(status, text);
            refusal.headers_mut().insert(
                header::SEC_WEBSOCKET_VERSION,
                HeaderValue::from_static("13"),
            );
            return refusal;
        }
    };
    let Ok(place) = Arc::clone(&shared.places).try_acquire_owned() else {
        shared.metrics.connections_refused.inc();
        return full();
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let client = Client::new(peer, request.headers());
    let (answer_sender, answer) = oneshot::channel();
    shared.sessions.spawn(open(
        Arc::clone(shared),
        client,
        request,
        upgrade,
        Reply {
            accept_key,
            answer_sender,
        },
        place,
    ));
    answer
        .await
        .unwrap_or_else(|_| respond::empty(StatusCode::INTERNAL_SERVER_ERROR))
}

/// The answer at the limit of sockets. It closes the connection, which frees its file descriptor.
fn full() -> Answer {
    let mut refusal = respond::message(StatusCode::SERVICE_UNAVAILABLE, "Too many connections");
    let headers = refusal.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    refusal
}

struct Reply {
    accept_key: String,
    answer_sender: oneshot::Sender<Answer>,
}

impl Reply {
    /// Sends the answer; the client may have disconnected.
    fn send(self, answer: Answer) {
        let _ = self.answer_sender.send(answer);
    }

    fn switch_protocols(self, subprotocol: Option<HeaderValue>) {
        let mut answer = respond::empty(StatusCode::SWITCHING_PROTOCOLS);
        let headers = answer.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        // Base64 is a valid header value.
        if let Ok(key) = HeaderValue::from_str(&self.accept_key) {
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, key);
        }
        if let Some(subprotocol) = subprotocol {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
        }
        self.send(answer);
    }
}

/// Runs a connection from `$connect` to `$disconnect`.
async fn open(
    shared: Arc<Shared>,
    client: Client,
    request: Request<Incoming>,
    upgrade: OnUpgrade,
    reply: Reply,
    place: OwnedSemaphorePermit,
) {
    let answer = match admit(&shared, &client, &request).await {
        Ok(answer) => answer,
        Err(refusal) => {
            shared.metrics.connections_refused.inc();
            return reply.send(refusal);
        }
    };
    drop(request);
    shared.metrics.connections_opened.inc();
    let (connection, pushes) = shared.connections.open(client);
    let client = &connection.client;
    reply.switch_protocols(answer.header(&header::SEC_WEBSOCKET_PROTOCOL));
    tracing::info!(connection = client.connection_id, "open");
    let close = if let Ok(stream) = upgrade.await {
        session::run(&shared, &connection, pushes, stream).await
    } else {
        shared.connections.remove(&client.connection_id);
        Close::abnormal()
    };
    drop(place);
    tracing::info!(
        connection = client.connection_id,
        code = close.code,
        "closed"
    );
    // Best effort, as in AWS; a failure was already counted and logged.
    let _ = shared
        .invoke(
            &shared.routes.disconnect,
            &Event::disconnect(client, &close),
        )
        .await;
}

/// Invokes `$connect`. Err: the refusal that the client gets instead of 101.
async fn admit(
    shared: &Shared,
    client: &Client,
    request: &Request<Incoming>,
) -> Result<ProxyAnswer, Answer> {
    let id = &client.connection_id;
    let event = Event::connect(client, request.headers(), request.uri().query());
    let answered = shared.invoke(&shared.routes.connect, &event).await;
    match answered.and_then(|bytes| ProxyAnswer::parse(&bytes)) {
        Ok(answer) if answer.admits() => Ok(answer),
        Ok(answer) => {
            let refusal = answer.into_answer();
            tracing::info!(
                connection = id,
                status = refusal.status().as_u16(),
                "refused by $connect"
            );
            Err(refusal)
        }
        Err(error) => {
            tracing::info!(connection = id, %error, "refused: $connect failed");
            Err(respond::json(
                error.status(),
                &respond::failure(id, event.request_id()),
            ))
        }
    }
}

/// Checks the handshake and returns the value of `Sec-WebSocket-Accept`.
fn accept_key(request: &Request<Incoming>) -> Result<String, (StatusCode, &'static str)> {
    if request.method() != Method::GET {
        return Err((StatusCode::BAD_REQUEST, "Not a WebSocket handshake"));
    }
    websocket::accept_key(request.headers()).map_err(|bad| match bad {
        BadHandshake::NoUpgrade => (StatusCode::BAD_REQUEST, "Not a WebSocket handshake"),
        BadHandshake::Version => (
            StatusCode::UPGRADE_REQUIRED,
            "this endpoint supports WebSocket version 13",
        ),
        BadHandshake::Key => (
            StatusCode::BAD_REQUEST,
            "Sec-WebSocket-Key is missing or wrong",
        ),
    })
}
