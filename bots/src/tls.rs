//! TLS with the system's root certificates, or those in the file that `SSL_CERT_FILE` names.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What every connection of this process asks of a server. HTTP/1.1 only: sockets are opened with it.
pub(crate) fn config() -> ClientConfig {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    CONFIG.get_or_init(make).clone()
}

/// Greets the server as `host` over a connection that is there already.
pub(crate) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    host: &str,
    stream: S,
) -> std::io::Result<TlsStream<S>> {
    // An IPv6 address stands in brackets in a url.
    let host = host.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(std::io::Error::other)?;
    TlsConnector::from(Arc::new(config()))
        .connect(name, stream)
        .await
}

fn make() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    // Without any, each handshake says that the certificate is not known: as clear as an error here.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has what TLS 1.2 and 1.3 need")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
