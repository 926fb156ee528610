//! One open WebSocket: converts messages to invocations, writes pushes, enforces limits, closes.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message as WsMessage};

use crate::calendar::now_ms;
use crate::connection::{Close, Connection, Push};
use crate::event::{Event, Message};
use crate::shared::Shared;
use crate::{FRAME_BYTES_MAX, MESSAGE_BYTES_MAX, MESSAGES_PENDING_MAX, respond};

/// How long a client may take to read what is queued before a close, and then to close its side.
const CLOSE_TIME: Duration = Duration::from_secs(1);
/// The most bytes that are read from a client while its connection is being closed.
const LINGER_BYTES_MAX: u64 = 4 * 1024 * 1024;

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// How reading or writing ended.
enum End {
    /// The connection can no longer be used.
    Over(Close),
    /// A close frame must be written.
    Close(Close),
    /// A close frame was written.
    Closed(Close),
}

/// Runs the connection to its end. Returns when every message that was read has been handled.
pub(crate) async fn run(
    shared: &Shared,
    connection: &Arc<Connection>,
    pushes: mpsc::Receiver<Push>,
    stream: Upgraded,
) -> Close {
    let (messages, queue) = mpsc::channel(MESSAGES_PENDING_MAX);
    let exchange = async {
        let close = exchange(shared, connection, pushes, stream, messages).await;
        shared.connections.remove(&connection.client.connection_id);
        close
    };
    tokio::join!(exchange, invoke_in_order(shared, connection, queue)).0
}

async fn exchange(
    shared: &Shared,
    connection: &Connection,
    mut pushes: mpsc::Receiver<Push>,
    stream: Upgraded,
    messages: mpsc::Sender<Message>,
) -> Close {
    let socket =
        Socket::from_raw_socket(TokioIo::new(stream), Role::Server, Some(websocket_config())).await;
    let (mut sink, mut stream) = socket.split();
    let (close, linger) = {
        let mut writing = pin!(write(shared, connection, &mut sink, &mut pushes));
        let end = tokio::select! {
            end = read(shared, connection, &mut stream, messages) => end,
            end = &mut writing => end,
            end = watch(shared, connection) => end,
        };
        match end {
            End::Over(close) => (close, false),
            End::Closed(close) => (close, true),
            End::Close(close) => {
                // If the queue has no space for the close frame, the client does not read.
                let queued = connection.close(close.clone()).is_ok();
                let written = queued && timeout(CLOSE_TIME, writing).await.is_ok();
                (close, written)
            }
        }
    };
    if linger && let Ok(mut socket) = stream.reunite(sink) {
        linger_then_close(socket.get_mut()).await;
    }
    close
}

fn websocket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX))
        .read_buffer_size(4096)
        .write_buffer_size(0)
        // Each push is flushed before the next one: space for one, and for a pong or a close.
        .max_write_buffer_size(2 * MESSAGE_BYTES_MAX)
}

async fn read(
    shared: &Shared,
    connection: &Connection,
    stream: &mut SplitStream<Socket>,
    messages: mpsc::Sender<Message>,
) -> End {
    while let Some(read) = stream.next().await {
        // A pong only answers the gateway's own ping.
        if !matches!(read, Ok(WsMessage::Pong(_))) {
            connection.touch();
        }
        let message = match read {
            Ok(WsMessage::Text(text)) => Message::Text(text.as_str().to_owned()),
            Ok(WsMessage::Binary(bytes)) => Message::Binary(bytes.into()),
            Ok(WsMessage::Close(frame)) => {
                // Reading to the end sends the answer to the close.
                let _ = timeout(CLOSE_TIME, async {
                    while let Some(Ok(_)) = stream.next().await {}
                })
                .await;
                return End::Over(Close::by_client(frame));
            }
            // The library answers pings.
            Ok(_) => continue,
            Err(error) => return fault(shared, &error),
        };
        shared.metrics.messages_in.inc();
        if messages.send(message).await.is_err() {
            break;
        }
    }
    End::Over(Close::abnormal())
}

fn fault(shared: &Shared, error: &WsError) -> End {
    let Some(code) = edge::websocket::close_code(error) else {
        return End::Over(Close::abnormal());
    };
    let reason = match code {
        1009 => {
            shared.metrics.messages_oversize.inc();
            "Message too big"
        }
        1007 => "Not UTF-8",
        _ => "Protocol error",
    };
    End::Close(Close::new(code, reason))
}

/// Writes pushes in order, up to a close frame, and pings.
async fn write(
    shared: &Shared,
    connection: &Connection,
    sink: &mut SplitSink<Socket, WsMessage>,
    pushes: &mut mpsc::Receiver<Push>,
) -> End {
    let period = shared.limits.ping;
    let mut ping = interval_at(Instant::now() + period, period);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let push = tokio::select! {
            push = pushes.recv() => push,
            _ = ping.tick() => {
                if sink.send(WsMessage::Ping(Bytes::new())).await.is_err() {
                    break;
                }
                continue;
            }
        };
        let (message, close) = match push {
            Some(Push::Message(bytes)) => (data_message(bytes), None),
            Some(Push::Close(close)) => (close_message(&close), Some(close)),
            None => break,
        };
        if sink.send(message).await.is_err() {
            break;
        }
        connection.touch();
        match close {
            Some(close) => return End::Closed(close),
            None => shared.metrics.messages_out.inc(),
        }
    }
    End::Over(Close::abnormal())
}

/// Text if it is UTF-8, as in API Gateway.
fn data_message(bytes: Bytes) -> WsMessage {
    match bytes.clone().try_into() {
        Ok(text) => WsMessage::Text(text),
        Err(_) => WsMessage::Binary(bytes),
    }
}

fn close_message(close: &Close) -> WsMessage {
    WsMessage::Close(Some(CloseFrame {
        code: CloseCode::from(close.code),
        reason: close.reason.as_str().into(),
    }))
}

/// Returns when a limit is reached, the client does not read, or the gateway stops.
async fn watch(shared: &Shared, connection: &Connection) -> End {
    tokio::select! {
        () = connection.slow() => {
            shared.metrics.connections_slow.inc();
            tracing::warn!(connection = connection.client.connection_id, "client does not read, connection dropped");
            End::Over(Close::abnormal())
        }
        () = shared.stopping.cancelled() => End::Close(Close::going_away()),
        () = sleep(shared.limits.life) => End::Close(Close::going_away()),
        () = idle(connection, shared.limits.idle) => End::Close(Close::going_away()),
    }
}

async fn idle(connection: &Connection, limit: Duration) {
    loop {
        let silent = Duration::from_millis(now_ms().saturating_sub(connection.last_active_at_ms()));
        match limit.checked_sub(silent) {
            None | Some(Duration::ZERO) => return,
            Some(left) => sleep(left).await,
        }
    }
}

/// Closes the write side, and reads what the client still sends. If a socket is closed with unread bytes, the system
/// resets the connection, and the client may lose the close frame.
async fn linger_then_close(stream: &mut TokioIo<Upgraded>) {
    let lingering = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(LINGER_BYTES_MAX), &mut tokio::io::sink()).await
    };
    // The socket is dropped in any case.
    let _ = timeout(CLOSE_TIME, lingering).await;
}

/// Invokes the function for one message at a time, so that a connection's messages are handled in order. A failure is
/// sent to the client in API Gateway's wording. Answers are not sent, because no route has a route response.
async fn invoke_in_order(
    shared: &Shared,
    connection: &Connection,
    mut queue: mpsc::Receiver<Message>,
) {
    while let Some(message) = queue.recv().await {
        let event = Event::message(&connection.client, message);
        if shared.invoke(&shared.routes.default, &event).await.is_err() {
            let failure = respond::failure(&connection.client.connection_id, event.request_id());
            // The client may have disconnected.
            let _ = connection.push(Bytes::from(failure.to_string()));
        }
    }
}
