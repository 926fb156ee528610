//! A watcher's connection: sends the file as far as it may be seen, answers pings, and closes.

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{CLIENT_MESSAGE_BYTES_MAX, CloseCode, WatchFormat, WatchGreeting};
use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tungstenite::Message;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

use crate::config::Limits;
use crate::metrics::Metrics;
use crate::net::session::end_of;
use crate::shared::Shared;
use crate::watch::recording::Next;
use crate::watch::rooms::Watcher;
use crate::worker::messages::End;

/// How long a watcher may take to read what was written before more is written.
const WRITE_TIME: Duration = Duration::from_secs(10);
/// How long a watcher may take to read the close frame, and then to close.
const CLOSE_TIME: Duration = Duration::from_secs(2);
/// Bytes that a watcher may still send while the connection is closed.
const LINGER_BYTES_MAX: u64 = 64 * 1024;
const READ_BUFFER_BYTES: usize = 1024;
/// Messages are written together up to this size.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// Space for the longest message, a header line, beside them.
const WRITE_BUFFER_BYTES_MAX: usize = 512 * 1024;
/// Unsent bytes that the kernel may hold: a ping waits behind them.
const UNSENT_BYTES_MAX: u32 = 64 * 1024;
/// A watcher sends pongs and a close frame.
const NO_MESSAGE: &str = "a watcher sends no messages";

type Socket = WebSocketStream<TcpStream>;
type Sink = SplitSink<Socket, Message>;

/// A watcher whose ticket is redeemed.
pub(crate) struct NewWatcher {
    pub(crate) watcher: Watcher,
    pub(crate) pool: String,
    pub(crate) room: String,
    pub(crate) delay_ms: u64,
    /// How many bytes of the file the watcher has.
    pub(crate) from: u64,
}

/// Serves a watcher until the connection ends. `read` holds the bytes after the handshake. The watcher is counted and
/// occupies the connection's place until then.
pub(crate) async fn run(
    shared: &Shared,
    mut new: NewWatcher,
    stream: TcpStream,
    read: Bytes,
    _place: OwnedSemaphorePermit,
) {
    // Without this limit, a slow watcher is noticed later.
    let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES_MAX);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(Some(CLIENT_MESSAGE_BYTES_MAX))
        .max_frame_size(Some(CLIENT_MESSAGE_BYTES_MAX));
    let came_early = read.to_vec();
    let socket = Socket::from_partially_read(stream, came_early, Role::Server, Some(config)).await;
    let (mut sink, mut stream) = socket.split();
    let end = tokio::select! {
        end = listen(&mut stream, &shared.config.limits) => end,
        end = send(&mut sink, &mut new, shared) => end,
    };
    close(sink, stream, end, &shared.metrics).await;
}

/// Reads until the connection ends or must end.
async fn listen(stream: &mut SplitStream<Socket>, limits: &Limits) -> End {
    let (mut second, mut frames) = (Instant::now(), 0);
    loop {
        match timeout(limits.idle, stream.next()).await {
            Ok(Some(Ok(Message::Text(_) | Message::Binary(_)))) => {
                return End::Close(CloseCode::BadMessage.code(), NO_MESSAGE);
            }
            Ok(Some(Ok(Message::Close(_)))) => {
                // Reading to the end writes the reply.
                let _ = timeout(CLOSE_TIME, stream.next()).await;
                return End::Closed;
            }
            // The library replies to pings.
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => {}
            Ok(Some(Err(error))) => return end_of(&error),
            Ok(None) | Err(_) => return End::Lost,
        }
        if second.elapsed() >= Duration::from_secs(1) {
            (second, frames) = (Instant::now(), 0);
        }
        frames += 1;
        if frames > limits.messages_per_second {
            return CloseCode::Flood.into();
        }
    }
}

/// Sends the welcome, then the file and pings.
async fn send(sink: &mut Sink, new: &mut NewWatcher, shared: &Shared) -> End {
    match send_file(sink, new, shared).await {
        Ok(code) => code.into(),
        Err(end) => end,
    }
}

async fn send_file(
    sink: &mut Sink,
    new: &mut NewWatcher,
    shared: &Shared,
) -> Result<CloseCode, End> {
    feed(sink, welcome(new, shared)).await?;
    let delay = Duration::from_millis(new.delay_ms);
    let ping = shared.config.limits.ping;
    let mut ping_at = Instant::now() + ping;
    let mut from = new.from;
    loop {
        let now = Instant::now();
        if now >= ping_at {
            ping_at = now + ping;
            feed(sink, Message::Ping(Bytes::new())).await?;
        }
        let next = new
            .watcher
            .recording
            .borrow_and_update()
            .next(from, delay, now);
        match next {
            Next::Send(bytes) => {
                from += bytes.len() as u64;
                shared.metrics.watch_bytes.inc_by(bytes.len() as u64);
                feed(sink, Message::Binary(bytes)).await?;
            }
            Next::Wait(due) => {
                in_time(sink.flush()).await?;
                let until = due.map_or(ping_at, |due| due.min(ping_at));
                tokio::select! {
                    changed = new.watcher.recording.changed() => {
                        changed.map_err(|_| End::from(CloseCode::Moved))?;
                    }
                    () = sleep_until(until) => {}
                }
            }
            Next::Close(code) => return Ok(code),
        }
    }
}

fn welcome(new: &NewWatcher, shared: &Shared) -> Message {
    let mut text = Vec::new();
    let plays = shared.games.of_pool(&new.pool);
    let (game, tick_hz, is_filtered) = plays.map_or(("", 0, false), |plays| {
        let game = plays.game;
        (game.name, game.ticks_per_second, game.filter.is_some())
    });
    let format = if is_filtered {
        WatchFormat::Snapshots
    } else {
        WatchFormat::Replay
    };
    let greeting = WatchGreeting {
        tick_hz,
        room_id: &new.room,
        game,
        format,
        delay_ms: new.delay_ms,
        from: new.from,
    };
    protocol::encode_watch_welcome(&greeting, &mut text);
    Message::text(String::from_utf8_lossy(&text).into_owned())
}

/// Queues a message. Waits until earlier messages are written.
async fn feed(sink: &mut Sink, message: Message) -> Result<(), End> {
    in_time(sink.feed(message)).await
}

async fn in_time(writing: impl Future<Output = Result<(), tungstenite::Error>>) -> Result<(), End> {
    match timeout(WRITE_TIME, writing).await {
        Ok(Ok(())) => Ok(()),
        // [`listen`] ends too, and knows the reason.
        Ok(Err(_)) => pending().await,
        Err(_) => Err(CloseCode::TooSlow.into()),
    }
}

/// Sends the reason, and waits for the watcher to close.
async fn close(mut sink: Sink, stream: SplitStream<Socket>, end: End, metrics: &Metrics) {
    let (code, reason) = match end {
        End::Close(code, reason) => (code, reason),
        End::BadField(..) | End::Closed => return metrics.closed("peer"),
        End::Lost => return metrics.closed("lost"),
    };
    metrics.closed(&code.to_string());
    let closing = async {
        if code == CloseCode::BadMessage.code() {
            let mut error = Vec::new();
            protocol::encode_error(code, reason, &mut error);
            let text = String::from_utf8_lossy(&error).into_owned();
            sink.feed(Message::text(text)).await?;
        }
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.into(),
        };
        sink.send(Message::Close(Some(frame))).await
    };
    if let Ok(Ok(())) = timeout(CLOSE_TIME, closing).await
        && let Ok(mut socket) = stream.reunite(sink)
    {
        linger(socket.get_mut()).await;
    }
}

/// If a socket is closed with unread bytes, the system resets it, and the watcher may lose the close frame.
async fn linger(stream: &mut TcpStream) {
    let lingering = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(LINGER_BYTES_MAX), &mut tokio::io::sink()).await
    };
    // The socket is dropped in any case.
    let _ = timeout(CLOSE_TIME, lingering).await;
}
