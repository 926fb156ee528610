//! TLS of the sockets.

use std::sync::Arc;

use edge::tls_client_config;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A TLS handshake with the server `host` over an open connection.
pub(crate) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    host: &str,
    stream: S,
) -> std::io::Result<TlsStream<S>> {
    // An IPv6 address is in brackets in a URL.
    let host = host.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(std::io::Error::other)?;
    TlsConnector::from(Arc::new(tls_client_config()))
        .connect(name, stream)
        .await
}
