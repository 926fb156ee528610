//! The task of a WebTransport session: reads datagrams and the stream for the worker, writes the stream, and closes.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::stream::{HEAD_BYTES, STREAM_VERSION, decode_head};
use protocol::{CLIENT_MESSAGE_BYTES_MAX, CloseCode, Form};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{sleep, timeout};
use web_transport_quinn::{
    ReadExactError, RecvStream, SendStream, SessionError, WebTransportError,
};

use crate::net::webtransport::pipe::Pipe;
use crate::shared::Shared;
use crate::worker::messages::{End, ToWorker};

const TOO_BIG: End = End::Close(1009, "message too big");
const NOT_UTF8: End = End::Close(1007, "not UTF-8");
/// Time limit of each step of closing: the client reads the rest of the stream, acknowledges its end, and closes.
const LINGER: Duration = Duration::from_secs(2);
/// After the client has acknowledged the end of the stream: a browser drops what its page has not read when the
/// session is closed.
const CLOSE_GRACE: Duration = Duration::from_millis(100);

/// A session on its worker.
pub(crate) struct Running {
    pub(crate) pipe: Arc<Pipe>,
    pub(crate) send: SendStream,
    pub(crate) receive: RecvStream,
    /// The index of its worker.
    pub(crate) worker: usize,
    /// Held while the connection is open.
    pub(crate) _place: OwnedSemaphorePermit,
}

impl Running {
    /// Returns when the connection has ended.
    pub(crate) async fn run(self, shared: &Shared) {
        let Self {
            pipe,
            mut send,
            receive,
            worker,
            _place,
        } = self;
        let wake = |room: Option<u64>| {
            let handle = shared.directory.workers().get(worker);
            if let (Some(room), Some(handle)) = (room, handle) {
                // If the mailbox is full, the worker is awake and reading it.
                handle.mailbox.offer(ToWorker::Wake(room));
            }
        };
        let reading = async {
            let end = tokio::select! {
                end = read_datagrams(&pipe, &wake) => end,
                end = read_stream(&pipe, receive, &wake) => end,
            };
            wake(pipe.push_end(end));
            pending::<()>().await;
        };
        tokio::select! {
            () = write_stream(&pipe, &mut send, &wake) => {}
            () = overdue(&pipe) => reset(&mut send),
            () = reading => {}
        }
        close(&pipe, send).await;
    }
}

async fn read_datagrams(pipe: &Pipe, wake: impl Fn(Option<u64>)) -> End {
    loop {
        match pipe.connection.read_datagram().await {
            Ok(datagram) if datagram.len() > CLIENT_MESSAGE_BYTES_MAX => return TOO_BIG,
            Ok(datagram) => wake(pipe.push_datagram(datagram)),
            Err(error) => return end_of(&error),
        }
    }
}

async fn read_stream(pipe: &Pipe, mut stream: RecvStream, wake: impl Fn(Option<u64>)) -> End {
    let mut version = [0];
    match read_exact(pipe, &mut stream, &mut version).await {
        Ok(()) if version == [STREAM_VERSION] => {}
        Ok(()) => {
            return End::Close(
                CloseCode::BadMessage.code(),
                "unknown version of the stream",
            );
        }
        Err(end) => return end,
    }
    loop {
        match read_message(pipe, &mut stream).await {
            Ok((form, bytes)) => wake(pipe.push_message(form, bytes).await),
            Err(end) => return end,
        }
    }
}

async fn read_message(pipe: &Pipe, stream: &mut RecvStream) -> Result<(Form, Bytes), End> {
    let mut head = [0; HEAD_BYTES];
    read_exact(pipe, stream, &mut head).await?;
    let (form, length) = decode_head(head).ok_or(End::Close(
        CloseCode::BadMessage.code(),
        "unknown kind of message",
    ))?;
    if length > CLIENT_MESSAGE_BYTES_MAX {
        return Err(TOO_BIG);
    }
    let mut bytes = vec![0; length];
    read_exact(pipe, stream, &mut bytes).await?;
    if form == Form::Text && std::str::from_utf8(&bytes).is_err() {
        return Err(NOT_UTF8);
    }
    Ok((form, bytes.into()))
}

async fn read_exact(pipe: &Pipe, stream: &mut RecvStream, out: &mut [u8]) -> Result<(), End> {
    match stream.read_exact(out).await {
        Ok(()) => Ok(()),
        // The client ended the stream, and with it the session.
        Err(ReadExactError::FinishedEarly(_)) => Err(End::Closed),
        Err(_) => Err(end_of(&pipe.connection.closed().await)),
    }
}

/// Returns once the worker has ended the session and everything is written, or cannot be.
async fn write_stream(pipe: &Pipe, send: &mut SendStream, wake: impl Fn(Option<u64>)) {
    let mut bytes = Vec::new();
    loop {
        let is_last = pipe.take_outgoing(&mut bytes).await;
        let is_written = send.write_all(&bytes).await.is_ok();
        if pipe.note_sent(bytes.len()) {
            wake(pipe.sleeping());
        }
        if is_last {
            return;
        }
        if !is_written {
            // The client takes no more messages: its session is over.
            wake(pipe.push_end(End::Closed));
        }
    }
}

/// Returns when the worker has ended the session and the client has not read enough for the rest to be written.
async fn overdue(pipe: &Pipe) {
    pipe.ended().await;
    sleep(LINGER).await;
}

async fn close(pipe: &Pipe, mut send: SendStream) {
    let connection = &pipe.connection;
    let (code, reason) = pipe.closed().unwrap_or_default();
    if code != 0 && send.finish().is_ok() {
        match timeout(LINGER, send.stopped()).await {
            Ok(Ok(_)) => drop(timeout(CLOSE_GRACE, connection.closed()).await),
            Ok(Err(_)) => {}
            Err(_) => reset(&mut send),
        }
    }
    connection.close(code.into(), reason.as_bytes());
    if timeout(LINGER, connection.closed()).await.is_err() {
        tracing::debug!("a session did not close");
    }
}

/// Gives up what the client does not read: without that, the close would wait behind it.
fn reset(send: &mut SendStream) {
    // Fails only if the stream has ended.
    let _ = send.reset(0);
}

fn end_of(error: &SessionError) -> End {
    match error {
        SessionError::WebTransportError(WebTransportError::Closed(..)) => End::Closed,
        _ => End::Lost,
    }
}
