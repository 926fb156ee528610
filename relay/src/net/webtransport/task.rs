//! The task of a WebTransport session: reads datagrams and the stream for the worker, writes the stream, and closes.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::stream::{HEAD_BYTES, STREAM_VERSION, decode_head};
use protocol::{CLIENT_MESSAGE_BYTES_MAX, CloseCode, Form};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use web_transport_quinn::{
    ReadExactError, RecvStream, SendStream, SessionError, WebTransportError,
};

use crate::net::webtransport::pipe::{Closed, Pipe};
use crate::shared::Shared;
use crate::worker::messages::{End, ToWorker};

const TOO_BIG: End = End::Close(1009, "message too big");
const NOT_UTF8: End = End::Close(1007, "not UTF-8");
/// How long a client may take to acknowledge the end of the stream, and then the close.
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
                // A full mailbox is being read: the worker is awake.
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
        let closed = tokio::select! {
            closed = write_stream(&pipe, &mut send, &wake) => closed,
            () = reading => None,
        };
        close(&pipe, send, closed).await;
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

/// Returns once the worker ends the session and everything is written, or cannot be.
async fn write_stream(pipe: &Pipe, send: &mut SendStream, wake: impl Fn(Option<u64>)) -> Closed {
    let mut bytes = Vec::new();
    loop {
        let closed = pipe.take_outgoing(&mut bytes).await;
        let written = match &closed {
            None => send.write_all(&bytes).await.is_ok(),
            Some(_) => matches!(timeout(LINGER, send.write_all(&bytes)).await, Ok(Ok(()))),
        };
        if pipe.note_sent(bytes.len()) {
            wake(pipe.sleeping());
        }
        match closed {
            Some(closed) => return closed,
            None if written => {}
            // The client takes no more messages: its session is over.
            None => wake(pipe.push_end(End::Closed)),
        }
    }
}

async fn close(pipe: &Pipe, mut send: SendStream, closed: Closed) {
    let connection = &pipe.connection;
    let (code, reason) = closed.unwrap_or_default();
    if code != 0 && send.finish().is_ok() {
        let acknowledged = timeout(LINGER, send.stopped()).await;
        if matches!(acknowledged, Ok(Ok(_))) {
            let _ = timeout(CLOSE_GRACE, connection.closed()).await;
        }
    }
    connection.close(code.into(), reason.as_bytes());
    if timeout(LINGER, connection.closed()).await.is_err() {
        tracing::debug!("a session did not close");
    }
}

fn end_of(error: &SessionError) -> End {
    match error {
        SessionError::WebTransportError(WebTransportError::Closed(..)) => End::Closed,
        _ => End::Lost,
    }
}
