//! The UDP socket of WebTransport: QUIC's settings and limits, the certificate and its rotation.

use std::io;
use std::net::{AddrParseError, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lobby::WebTransport;
use parking_lot::Mutex;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use web_transport_quinn::ALPN;
use web_transport_quinn::quinn::crypto::rustls::{NoInitialCipherSuite, QuicServerConfig};
use web_transport_quinn::quinn::{
    Endpoint, IdleTimeout, ServerConfig, TransportConfig, ValidationTokenConfig, VarInt,
};

use crate::config::{Config, Limits};
use crate::net::webtransport::certificate::{Certificate, ROTATION};
use crate::shared::Shared;

/// Maximum number of connections that wait to be accepted; further ones are refused.
const INCOMING_MAX: usize = 1024;
/// Maximum number of buffered bytes of each waiting connection, and of all of them.
const INCOMING_BYTES_MAX: u64 = 8 * 1024;
const INCOMING_BYTES_MAX_ALL: u64 = 4 * 1024 * 1024;
/// Bidirectional streams: the CONNECT request and the stream of messages.
const STREAMS_MAX: u32 = 2;
/// Unidirectional streams of HTTP/3: control, two of QPACK, and a few that a browser opens to check that they are ignored.
const UNI_STREAMS_MAX: u32 = 8;
/// Maximum number of unread bytes of a stream, and of all streams of a connection: a few of the longest messages.
const STREAM_RECEIVE_BYTES: u32 = 8 * 1024;
const RECEIVE_BYTES: u32 = 32 * 1024;
/// Maximum number of sent bytes of streams that the client has not acknowledged.
const SEND_BYTES: u64 = 64 * 1024;
/// Maximum size of the unsent datagrams. Beyond it the oldest is dropped, because a newer snapshot replaces it.
const DATAGRAM_SEND_BYTES: usize = 4 * 1024;
/// Maximum size of the datagrams that the session's task has not read. Beyond it the oldest is dropped.
const DATAGRAM_RECEIVE_BYTES: usize = 16 * 1024;

/// Why the endpoint does not start.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The configured address is not a socket address.
    #[error("not an address: {0}")]
    Address(#[from] AddrParseError),
    /// The address is in use, or not an address of this machine.
    #[error("cannot listen: {0}")]
    Listen(#[from] io::Error),
    /// No certificate can be made.
    #[error("no certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// TLS refuses the certificate or the settings.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// TLS has no cipher for QUIC's first packets.
    #[error("QUIC: {0}")]
    Quic(#[from] NoInitialCipherSuite),
}

/// The endpoint, and its address as registered in the lobby.
pub(crate) struct WebTransportEndpoint {
    pub(crate) endpoint: Endpoint,
    provider: Arc<CryptoProvider>,
    limits: Limits,
    /// As [`WebTransport::url`].
    url: String,
    certificate_sha256: Mutex<String>,
}

impl WebTransportEndpoint {
    /// Binds the socket. Returns None if WebTransport is not configured, or if this server only serves watchers. Must be
    /// called on the runtime.
    pub(crate) fn bind(config: &Config) -> Result<Option<Self>, EndpointError> {
        if config.webtransport_address.is_empty() || config.watch_only {
            return Ok(None);
        }
        let address = config.webtransport_address.parse()?;
        let provider = Arc::new(default_provider());
        let certificate = Certificate::make(&provider)?;
        let certificate_sha256 = Mutex::new(certificate.sha256.clone());
        let server = server_config(certificate, &provider, &config.limits)?;
        let endpoint = Endpoint::server(server, address)?;
        let url = url(config, endpoint.local_addr()?);
        Ok(Some(Self {
            endpoint,
            provider,
            limits: config.limits.clone(),
            url,
            certificate_sha256,
        }))
    }

    /// The address and the hash of the certificate, for the relay's registration.
    pub(crate) fn registered(&self) -> WebTransport {
        WebTransport {
            url: self.url.clone(),
            certificate_sha256: self.certificate_sha256.lock().clone(),
        }
    }

    /// Makes a new certificate for new connections.
    fn rotate(&self) -> Result<(), EndpointError> {
        let certificate = Certificate::make(&self.provider)?;
        let sha256 = certificate.sha256.clone();
        let server = server_config(certificate, &self.provider, &self.limits)?;
        self.endpoint.set_server_config(Some(server));
        *self.certificate_sha256.lock() = sha256;
        Ok(())
    }
}

/// Rotates the certificate until the task is aborted. The next renewal of the lease registers the new hash. Clients that
/// got the old hash play over a WebSocket.
pub(crate) async fn rotate(shared: Arc<Shared>) {
    let Some(endpoint) = &shared.webtransport else {
        return;
    };
    let mut every = tokio::time::interval(ROTATION);
    every.tick().await;
    loop {
        every.tick().await;
        match endpoint.rotate() {
            Ok(()) => tracing::info!("a new certificate for WebTransport"),
            Err(error) => tracing::error!(%error, "the certificate for WebTransport stays"),
        }
    }
}

/// The address in the lobby: the configured one. Without one: this port at the host of `PUBLIC_URL`, or else at the host
/// by which a client reaches the front door.
fn url(config: &Config, bound: SocketAddr) -> String {
    let path = format!("/game/{}", config.relay_id);
    if !config.webtransport_url.is_empty() {
        return format!("{}{path}", config.webtransport_url);
    }
    let public = config.public_url.as_deref().unwrap_or_default();
    let authority = public.split_once("://").map_or("", |(_, rest)| rest);
    let host = lobby::host_of(authority.trim_end_matches('/'));
    let port = bound.port();
    match host {
        "" => format!(":{port}{path}"),
        host => format!("https://{host}:{port}{path}"),
    }
}

fn server_config(
    certificate: Certificate,
    provider: &Arc<CryptoProvider>,
    limits: &Limits,
) -> Result<ServerConfig, EndpointError> {
    let mut tls = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(certificate.chain, certificate.key)?;
    tls.alpn_protocols = vec![ALPN.as_bytes().to_vec()];
    // Sessions are not resumed, because a request in 0-RTT data could be replayed.
    tls.send_tls13_tickets = 0;
    tls.max_early_data_size = 0;
    let mut server = ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls)?));
    let mut tokens = ValidationTokenConfig::default();
    tokens.sent(0);
    server
        .validation_token_config(tokens)
        .max_incoming(INCOMING_MAX)
        .incoming_buffer_size(INCOMING_BYTES_MAX)
        .incoming_buffer_size_total(INCOMING_BYTES_MAX_ALL)
        .transport_config(Arc::new(transport(limits)));
    Ok(server)
}

fn transport(limits: &Limits) -> TransportConfig {
    let mut transport = TransportConfig::default();
    let idle_ms = u32::try_from(limits.idle.as_millis()).unwrap_or(u32::MAX);
    transport
        .max_concurrent_bidi_streams(STREAMS_MAX.into())
        .max_concurrent_uni_streams(UNI_STREAMS_MAX.into())
        .stream_receive_window(STREAM_RECEIVE_BYTES.into())
        .receive_window(RECEIVE_BYTES.into())
        .send_window(SEND_BYTES)
        .datagram_send_buffer_size(DATAGRAM_SEND_BYTES)
        .datagram_receive_buffer_size(Some(DATAGRAM_RECEIVE_BYTES))
        .max_idle_timeout(Some(IdleTimeout::from(VarInt::from_u32(idle_ms))))
        .keep_alive_interval(Some(limits.ping.max(Duration::from_millis(1))));
    transport
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use web_transport_quinn::{ClientBuilder, ClientError, Request, Session};

    use super::*;

    async fn connect(port: u16, sha256: &str) -> Result<Session, ClientError> {
        let byte = |at| u8::from_str_radix(&sha256[at..at + 2], 16).expect("hexadecimal");
        let hash = (0..sha256.len()).step_by(2).map(byte).collect();
        let client = ClientBuilder::new().with_server_certificate_hashes(vec![hash])?;
        let url = format!("https://127.0.0.1:{port}/");
        client
            .connect(reqwest::Url::parse(&url).expect("a url"))
            .await
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn after_a_rotation_a_client_needs_the_new_hash() {
        let args = ["--relay-id=relay-1", "--webtransport-address=127.0.0.1:0"];
        let config = Config::parse_from(["relay"].into_iter().chain(args));
        let bound = WebTransportEndpoint::bind(&config).expect("an endpoint");
        let bound = bound.expect("it is on");
        let port = bound.endpoint.local_addr().expect("an address").port();
        let accepting = bound.endpoint.clone();
        tokio::spawn(async move {
            while let Some(incoming) = accepting.accept().await {
                if let Ok(connection) = incoming.await
                    && let Ok(request) = Request::accept(connection).await
                    && let Ok(session) = request.ok().await
                {
                    session.closed().await;
                }
            }
        });
        let before = bound.registered();
        assert_eq!(before.url, format!(":{port}/game/relay-1"));
        assert!(connect(port, &before.certificate_sha256).await.is_ok());
        bound.rotate().expect("a certificate");
        let after = bound.registered();
        assert!(connect(port, &before.certificate_sha256).await.is_err());
        assert!(connect(port, &after.certificate_sha256).await.is_ok());
    }

    #[test]
    fn the_address_is_the_configured_one_or_has_the_host_of_the_public_one() {
        let bound = "127.0.0.1:4433".parse().expect("an address");
        for (args, expected) in [
            (&[][..], ":4433/game/a"),
            (
                &["--public-url=wss://eu.example.org:8443/"],
                "https://eu.example.org:4433/game/a",
            ),
            (
                &[
                    "--public-url=wss://[::1]",
                    "--webtransport-url=https://b.example.org:9",
                ],
                "https://b.example.org:9/game/a",
            ),
            (&["--public-url=wss://[::1]"], "https://[::1]:4433/game/a"),
        ] {
            let all = ["relay", "--relay-id=a"].into_iter();
            let config = Config::parse_from(all.chain(args.iter().copied()));
            assert_eq!(url(&config, bound), expected);
        }
        for wrong in ["http://a", "https://a/b", "https://", "a:1"] {
            let flag = format!("--webtransport-url={wrong}");
            assert!(Config::try_parse_from(["relay", &flag]).is_err(), "{wrong}");
        }
    }
}
