//! A path that echoes every message, only in the build for the Autobahn suite. It uses the handshake, the socket, the
//! library's settings and the close of a player's session, without the limits on the form, rate and size of messages.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use hyper::Request;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use protocol::Encoding;
use tokio::net::TcpStream;
use tungstenite::Message;
use tungstenite::handshake::server::create_response_with_body;

use super::websocket::{WebSocketLink, none_or_end};
use super::{End, Session, Transport};
use crate::metrics::Metrics;
use crate::net::answer::{Answer, Problem};
use crate::net::handshake::check_upgrade;
use crate::net::poller::Poller;
use crate::worker::messages::{NewConnection, NewTransport, RoomKey};

/// The suite's longest message.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The interval of a worker with many rooms.
const TICK: Duration = Duration::from_micros(500);

/// Answers a handshake without a ticket.
pub(crate) fn upgrade(request: &mut Request<Incoming>) -> Result<Answer, Problem> {
    check_upgrade(request)?;
    let answer =
        create_response_with_body(request, String::new).map_err(|_| Problem::BadUpgrade)?;
    tokio::spawn(hand_over(hyper::upgrade::on(request)));
    Ok(answer)
}

async fn hand_over(upgraded: OnUpgrade) -> Option<()> {
    let parts = upgraded.await.ok()?.downcast::<TokioIo<TcpStream>>().ok()?;
    let connection = connection(parts.io.into_inner().into_std().ok()?, parts.read_buf);
    thread::spawn(move || work(connection));
    Some(())
}

fn connection(socket: std::net::TcpStream, read: Bytes) -> NewConnection {
    let key = RoomKey {
        pool: String::new(),
        room: String::new(),
        epoch: 0,
    };
    NewConnection {
        key: Arc::new(key),
        player_id: String::new(),
        encoding: Encoding::Binary,
        origin: None,
        transport: NewTransport::WebSocket {
            socket,
            place: None,
            read,
        },
        first_tick: None,
    }
}

/// A worker with one session: polls the socket, ticks, and closes.
fn work(connection: NewConnection) -> std::io::Result<()> {
    let mut poller = Poller::new()?;
    let (limits, metrics) = (Arc::default(), Arc::new(Metrics::new()));
    let mut session = Session::new(connection, limits, metrics, &mut poller, None)?;
    let Transport::WebSocket(link) = &mut session.transport else {
        return Ok(());
    };
    link.socket.set_config(|config| {
        *config = config
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX))
            .max_write_buffer_size(2 * MESSAGE_BYTES_MAX);
    });
    let end = loop {
        thread::sleep(TICK);
        poller.poll();
        link.socket.get_mut().refill();
        if let Err(end) = link.echo() {
            break end;
        }
    };
    let mut closing = session.end(end);
    while closing.as_mut().is_some_and(|closing| !closing.poll()) {
        thread::sleep(TICK);
        poller.poll();
    }
    Ok(())
}

impl WebSocketLink {
    /// One tick: echoes everything that was received.
    fn echo(&mut self) -> Result<(), End> {
        loop {
            match self.socket.read() {
                Ok(message @ (Message::Text(_) | Message::Binary(_))) => {
                    if let Err(error) = self.socket.write(message) {
                        none_or_end(&error)?;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    none_or_end(&error)?;
                    return self.flush();
                }
            }
        }
    }
}
