//! A session of a match over WebTransport: snapshots and inputs as datagrams, the rest in one stream.

use std::time::Duration;

use protocol::stream::{HEAD_BYTES, STREAM_VERSION, decode_head, encode_head};
use protocol::{Form, WebTransport};
use reqwest::Url;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use web_transport_quinn::proto::ConnectRequest;
use web_transport_quinn::{
    ClientBuilder, RecvStream, SendStream, Session, SessionError, WebTransportError,
};

use crate::error::{Error, Result};
use crate::socket::Incoming;

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// The close code follows the end of the stream.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Messages of the stream that wait to be handled.
const MESSAGES_MAX: usize = 64;
const MESSAGE_BYTES_MAX: usize = 256 * 1024;
const NORMAL: u32 = 1000;

/// An open session.
pub(crate) struct WebTransportSocket {
    session: Session,
    send: SendStream,
    /// Of the stream, which a task reads: a read that is given up would lose bytes.
    messages: mpsc::Receiver<Incoming>,
    /// The first message of the stream has come: the welcome.
    is_welcomed: bool,
}

impl WebTransportSocket {
    /// Opens a session with this ticket. The server's certificate is known by its hash.
    pub(crate) async fn open(address: &WebTransport, ticket: &str) -> Result<Self> {
        match timeout(HANDSHAKE_TIMEOUT, connect(address, ticket)).await {
            Ok(opened) => opened,
            Err(_) => Err(Error::Unreachable(format!(
                "no WebTransport session within {HANDSHAKE_TIMEOUT:?}"
            ))),
        }
    }

    /// The next message, or the end. Dropping this future loses nothing.
    pub(crate) async fn next(&mut self) -> Incoming {
        loop {
            tokio::select! {
                // Events of a tick come before its snapshot.
                biased;
                message = self.messages.recv() => {
                    self.is_welcomed = true;
                    return match message {
                        Some(message) => message,
                        None => Incoming::Closed(self.code().await),
                    };
                }
                // One that has overtaken the welcome is of no use.
                Ok(datagram) = self.session.read_datagram() => if self.is_welcomed {
                    return Incoming::Binary(datagram);
                },
            }
        }
    }

    /// Sends a binary message as a datagram, and a text in the stream.
    pub(crate) async fn send(&mut self, message: Message) -> Result<()> {
        let Message::Text(text) = message else {
            // One that does not fit now is lost, like others.
            return match self.session.send_datagram(message.into_data()) {
                Ok(()) | Err(SessionError::SendDatagramError(_)) => Ok(()),
                Err(error) => Err(Error::Unreachable(error.to_string())),
            };
        };
        let mut bytes = encode_head(Form::Text, text.len()).to_vec();
        bytes.extend(text.as_bytes());
        match timeout(SEND_TIMEOUT, self.send.write_all(&bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error::Unreachable(error.to_string())),
            Err(_) => Err(Error::Unreachable(format!(
                "a message was not taken within {SEND_TIMEOUT:?}"
            ))),
        }
    }

    async fn code(&self) -> Option<u16> {
        match timeout(CLOSE_TIMEOUT, self.session.closed()).await {
            Ok(SessionError::WebTransportError(WebTransportError::Closed(code, _))) => {
                u16::try_from(code).ok()
            }
            _ => None,
        }
    }
}

impl Drop for WebTransportSocket {
    fn drop(&mut self) {
        self.session.close(NORMAL, b"");
    }
}

async fn connect(address: &WebTransport, ticket: &str) -> Result<WebTransportSocket> {
    let url = format!("{}?ticket={ticket}", address.url);
    let url = Url::parse(&url).map_err(|error| Error::Address(error.to_string()))?;
    let hash = hash(&address.certificate_sha256)?;
    let unreachable = |error: &dyn std::fmt::Display| Error::Unreachable(error.to_string());
    let client = ClientBuilder::new()
        .with_server_certificate_hashes(vec![hash])
        .map_err(|error| unreachable(&error))?;
    let session = client
        .connect(ConnectRequest::new(url))
        .await
        .map_err(|error| unreachable(&error))?;
    let (mut send, receive) = session
        .open_bi()
        .await
        .map_err(|error| unreachable(&error))?;
    send.write_all(&[STREAM_VERSION])
        .await
        .map_err(|error| unreachable(&error))?;
    let (sender, messages) = mpsc::channel(MESSAGES_MAX);
    tokio::spawn(read(receive, sender));
    Ok(WebTransportSocket {
        session,
        send,
        messages,
        is_welcomed: false,
    })
}

/// Ends with the stream, or with what is none of its messages.
async fn read(mut stream: RecvStream, messages: mpsc::Sender<Incoming>) {
    while let Some(message) = read_message(&mut stream).await {
        if messages.send(message).await.is_err() {
            return;
        }
    }
}

async fn read_message(stream: &mut RecvStream) -> Option<Incoming> {
    let mut head = [0; HEAD_BYTES];
    stream.read_exact(&mut head).await.ok()?;
    let (form, length) = decode_head(head)?;
    if length > MESSAGE_BYTES_MAX {
        return None;
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.ok()?;
    match form {
        Form::Text => String::from_utf8(bytes).ok().map(Incoming::Text),
        Form::Binary => Some(Incoming::Binary(Bytes::from(bytes))),
    }
}

/// The bytes of hexadecimal digits.
fn hash(digits: &str) -> Result<Vec<u8>> {
    let byte = |at| {
        digits
            .get(at..at + 2)
            .and_then(|two| u8::from_str_radix(two, 16).ok())
    };
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    bytes.ok_or_else(|| Error::Unexpected(format!("the certificate's hash {digits:?}")))
}

#[cfg(test)]
mod tests {
    use rustls::crypto::ring::default_provider;
    use rustls::pki_types::PrivatePkcs8KeyDer;
    use web_transport_quinn::quinn::Connection;
    use web_transport_quinn::{Server, ServerBuilder};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);
    const WELCOME: &str = "welcome";

    /// A server, and what a client must know of it.
    fn server() -> (Server, WebTransport) {
        let names = ["localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let certificate = made.cert.der().clone();
        let provider = std::sync::Arc::new(default_provider());
        let hash = web_transport_quinn::crypto::sha256(&provider, &certificate);
        let digits = hash.as_ref().iter().map(|byte| format!("{byte:02x}"));
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let address = "127.0.0.1:0".parse().expect("an address");
        let server = ServerBuilder::new()
            .with_addr(address)
            .with_certificate(vec![certificate], key.into())
            .expect("a server");
        let port = server.local_addr().expect("an address").port();
        let address = WebTransport {
            url: format!("https://127.0.0.1:{port}/game/relay-1"),
            certificate_sha256: digits.collect(),
        };
        (server, address)
    }

    /// Sends a datagram, the welcome, and another datagram. Waits for `next` between them.
    async fn serve(mut server: Server, mut next: mpsc::Receiver<()>) {
        let request = server.accept().await.expect("a request");
        let session = request.ok().await.expect("a session");
        let (mut send, _receive) = session.accept_bi().await.expect("a stream");
        session
            .send_datagram(Bytes::from_static(b"early"))
            .expect("sent");
        next.recv().await.expect("a client");
        let head = encode_head(Form::Text, WELCOME.len());
        send.write_all(&head).await.expect("sent");
        send.write_all(WELCOME.as_bytes()).await.expect("sent");
        next.recv().await.expect("a client");
        session
            .send_datagram(Bytes::from_static(b"late"))
            .expect("sent");
        session.closed().await;
    }

    #[tokio::test]
    async fn a_datagram_that_overtakes_the_welcome_is_dropped() {
        let (server, address) = server();
        let (send_next, next) = mpsc::channel(1);
        tokio::spawn(serve(server, next));
        let test = async {
            let opened = WebTransportSocket::open(&address, "ticket").await;
            let mut socket = opened.expect("a session");
            while Connection::stats(&socket.session).frame_rx.datagram == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            send_next.send(()).await.expect("a server");
            let Incoming::Text(text) = socket.next().await else {
                panic!("not the welcome");
            };
            assert_eq!(text, WELCOME);
            send_next.send(()).await.expect("a server");
            let Incoming::Binary(datagram) = socket.next().await else {
                panic!("not the datagram");
            };
            assert_eq!(datagram, "late");
        };
        timeout(PATIENCE, test).await.expect("in time");
    }
}
