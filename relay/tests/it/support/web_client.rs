//! A player of arena over WebTransport, who keeps the snapshots that they received.

use std::collections::BTreeMap;
use std::sync::Arc;

use arena::Arena;
use game::{InputFields as _, Pad, View};
use lobby::GameTicket;
use protocol::binary::{
    FrameKind, InputBatch, Layout, SnapshotHeader, decode_snapshot, encode_input,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use web_transport_quinn::proto::ConnectRequest;
use web_transport_quinn::quinn::crypto::rustls::QuicClientConfig;
use web_transport_quinn::quinn::{self, Endpoint, TransportConfig};
use web_transport_quinn::{
    Client, ClientBuilder, ClientError, ConnectError, RecvStream, SendStream, Session,
    SessionError, WebTransportError,
};

use super::soon;

/// What a player received.
#[derive(Debug)]
pub(crate) enum Received {
    Text(Vec<u8>),
    /// A binary message of the stream.
    Binary(Vec<u8>),
    Datagram(Vec<u8>),
}

pub(crate) struct WebClient {
    pub(crate) session: Session,
    pub(crate) send: SendStream,
    /// What the stream's reader passes on. A read that is given up would lose bytes.
    stream: tokio::sync::mpsc::UnboundedReceiver<Received>,
    pub(crate) known: BTreeMap<u32, View>,
}

/// A client that accepts only this certificate.
fn quic_client(game: &GameTicket) -> Client {
    let hash = &address(game).certificate_sha256;
    let byte = |at: usize| u8::from_str_radix(&hash[at..at + 2], 16).expect("hexadecimal");
    let hash = (0..hash.len()).step_by(2).map(byte).collect();
    ClientBuilder::new()
        .with_server_certificate_hashes(vec![hash])
        .expect("a client")
}

fn url(game: &GameTicket) -> String {
    format!("{}?ticket={}", address(game).url, game.ticket)
}

fn address(game: &GameTicket) -> &lobby::WebTransport {
    game.webtransport.as_ref().expect("an address")
}

impl WebClient {
    /// Connects with the ticket. An error: the status of the refusal.
    pub(crate) async fn open(game: &GameTicket) -> Result<Self, u16> {
        Self::open_at(game, &url(game)).await
    }

    pub(crate) async fn open_at(game: &GameTicket, url: &str) -> Result<Self, u16> {
        Self::open_with(&quic_client(game), url).await
    }

    async fn open_with(client: &Client, url: &str) -> Result<Self, u16> {
        let request = ConnectRequest::new(reqwest::Url::parse(url).expect("a url"));
        let session = match soon("a session", client.connect(request)).await {
            Ok(session) => session,
            Err(ClientError::HttpError(ConnectError::ErrorStatus(status))) => {
                return Err(status.as_u16());
            }
            Err(ClientError::HttpError(ConnectError::ProtoError(
                web_transport_quinn::proto::ConnectError::WrongStatus(Some(status)),
            ))) => return Err(status.as_u16()),
            Err(error) => panic!("no session: {error:?}"),
        };
        let (send, receive) = soon("a stream", session.open_bi()).await.expect("a stream");
        let (sender, stream) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            let _ = read(receive, &sender).await;
        });
        Ok(Self {
            session,
            send,
            stream,
            known: BTreeMap::new(),
        })
    }

    /// Connects and sends the version of the framing.
    pub(crate) async fn start(game: &GameTicket) -> Self {
        Self::start_with(&quic_client(game), game).await
    }

    /// The same from this endpoint.
    pub(crate) async fn start_from(endpoint: &Endpoint, game: &GameTicket) -> Self {
        Self::start_with(&Client::new(endpoint.clone(), eager_config()), game).await
    }

    async fn start_with(client: &Client, game: &GameTicket) -> Self {
        let opened = Self::open_with(client, &url(game)).await;
        let mut client = opened.expect("admitted");
        client.write(&[1]).await;
        client
    }

    /// Bytes for the stream.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        // If the server has closed the session, the next read shows it.
        let _ = self.send.write_all(bytes).await;
    }

    /// The next message, of the stream or a datagram; None: the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Received> {
        let next = async {
            tokio::select! {
                received = self.stream.recv() => received,
                Ok(datagram) = self.session.read_datagram() => Some(Received::Datagram(datagram.to_vec())),
            }
        };
        soon("a message", next).await
    }

    /// The next text of this type.
    pub(crate) async fn text(&mut self, kind: &str) -> serde_json::Value {
        loop {
            let Received::Text(text) = self.next().await.expect("a message") else {
                continue;
            };
            let message: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// The next snapshot that can be decoded, and whether it was a datagram. None: the stream has ended.
    pub(crate) async fn snapshot(&mut self) -> Option<(SnapshotHeader, bool)> {
        loop {
            let (frame, is_datagram) = match self.next().await? {
                Received::Text(_) => continue,
                Received::Binary(frame) => (frame, false),
                Received::Datagram(frame) => (frame, true),
            };
            if !matches!(
                FrameKind::of(&frame),
                Ok(FrameKind::Full | FrameKind::Delta)
            ) {
                continue;
            }
            let mut view = View::default();
            let find = |tick| self.known.get(&tick);
            let header = decode_snapshot(Layout::of::<Arena>(), &frame, find, &mut view);
            self.known.insert(view.tick, view);
            return Some((header.expect("a snapshot on a known baseline"), is_datagram));
        }
    }

    /// Acknowledges a snapshot with an input for a later tick.
    pub(crate) fn acknowledge(&self, seen: u32) {
        self.datagram(&input(seen + 10, Some(seen)));
    }

    /// Sends an input, and returns the snapshot that shows that a tick used it, and whether that was a datagram.
    pub(crate) async fn apply_input(&mut self) -> (SnapshotHeader, bool) {
        let (header, _) = self.snapshot().await.expect("a snapshot");
        let stamp = header.tick + 20;
        self.datagram(&input(stamp, Some(header.tick)));
        loop {
            let (header, is_datagram) = self.snapshot().await.expect("a snapshot");
            if header.ack == Some(stamp) {
                return (header, is_datagram);
            }
            assert!(header.tick < stamp + 60, "no tick used the input");
        }
    }

    pub(crate) fn datagram(&self, bytes: &[u8]) {
        // If the session has ended, the next read shows it.
        let _ = self.session.send_datagram(bytes.to_vec().into());
    }

    /// The close code and the reason of the session.
    pub(crate) async fn closed(self) -> (u32, String) {
        closed(&self.session).await
    }
}

/// The close code and the reason of a session.
pub(crate) async fn closed(session: &Session) -> (u32, String) {
    match soon("a close", session.closed()).await {
        SessionError::WebTransportError(WebTransportError::Closed(code, reason)) => (code, reason),
        end => panic!("no close code: {end:?}"),
    }
}

/// A session whose client never reads its stream, and takes no more than this of it.
pub(crate) async fn unread_session(
    game: &GameTicket,
    bytes: u32,
) -> (Session, SendStream, RecvStream) {
    let mut transport = TransportConfig::default();
    transport.stream_receive_window(bytes.into());
    let mut config = eager_config();
    config.transport_config(Arc::new(transport));
    let client = Client::new(eager_endpoint(), config);
    let request = ConnectRequest::new(reqwest::Url::parse(&url(game)).expect("a url"));
    let session = soon("a session", client.connect(request)).await;
    let session = session.expect("admitted");
    let (mut send, receive) = soon("a stream", session.open_bi()).await.expect("a stream");
    send.write_all(&[1]).await.expect("a version");
    (session, send, receive)
}

/// A frame with an input for this tick.
pub(crate) fn input(tick: u32, seen: Option<u32>) -> Vec<u8> {
    let pad = Pad {
        aim: 700,
        ..Pad::default()
    };
    let batch = InputBatch::new(tick, &[pad.into(); 4], seen, 0).expect("inputs");
    let mut frame = Vec::new();
    encode_input(Pad::SCHEMA, &batch, &mut frame);
    frame
}

async fn read(
    mut stream: RecvStream,
    out: &tokio::sync::mpsc::UnboundedSender<Received>,
) -> Option<()> {
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.ok()?;
        let [kind, length @ ..] = head;
        let mut bytes = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut bytes).await.ok()?;
        let received = match kind {
            1 => Received::Text(bytes),
            2 => Received::Binary(bytes),
            kind => panic!("kind {kind}"),
        };
        out.send(received).ok()?;
    }
}

/// An endpoint of [`eager_config`].
pub(crate) fn eager_endpoint() -> Endpoint {
    let address = "127.0.0.1:0".parse().expect("an address");
    let mut endpoint = Endpoint::client(address).expect("a socket");
    endpoint.set_default_client_config(eager_config());
    endpoint
}

/// A QUIC client that sends 0-RTT data wherever it may, and takes any certificate.
fn eager_config() -> quinn::ClientConfig {
    let provider = Arc::new(default_provider());
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h3".to_vec()];
    tls.enable_early_data = true;
    let crypto = QuicClientConfig::try_from(tls).expect("a cipher");
    quinn::ClientConfig::new(Arc::new(crypto))
}

#[derive(Debug)]
struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::HandshakeNotComplete)
    }
    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
