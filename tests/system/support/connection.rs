//! Connections to the front door, with TLS if its URL requires it. TLS trusts the roots of this machine, or the file
//! that `SSL_CERT_FILE` names.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use testkit::PATIENCE;

/// A bidirectional byte stream.
pub trait Connection: Read + Write + Send {}

impl<S: Read + Write + Send> Connection for S {}

/// A connection to the host of a URL (`http`, `https`, `ws` or `wss`), with the timeout of tests.
pub fn connect(url: &str) -> Box<dyn Connection> {
    let host = host(url);
    let is_secret = url.starts_with("https:") || url.starts_with("wss:");
    let address = match (host.contains(':'), is_secret) {
        (true, _) => host.to_owned(),
        (false, true) => format!("{host}:443"),
        (false, false) => format!("{host}:80"),
    };
    let stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{url}: {error}"));
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_nodelay(true).expect("no delay");
    if !is_secret {
        return Box::new(stream);
    }
    let name = host.split(':').next().unwrap_or_default().to_owned();
    let name = ServerName::try_from(name).unwrap_or_else(|error| panic!("{url}: {error}"));
    let client = ClientConnection::new(config(), name).expect("a configuration that fits");
    Box::new(Tls { client, stream })
}

/// The host and port of a URL: `127.0.0.1:8080` for `http://127.0.0.1:8080/app`.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// Unlike rustls' own stream, it still reads when the other side accepts no more bytes: a refusal may arrive before
/// everything is sent.
struct Tls {
    client: ClientConnection,
    stream: TcpStream,
}

impl Read for Tls {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.client.reader().read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            while self.client.wants_write()
                && matches!(self.client.write_tls(&mut self.stream), Ok(1..))
            {}
            self.client.read_tls(&mut self.stream)?;
            self.client
                .process_new_packets()
                .map_err(io::Error::other)?;
        }
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        rustls::Stream::new(&mut self.client, &mut self.stream).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        rustls::Stream::new(&mut self.client, &mut self.stream).flush()
    }
}

fn config() -> Arc<ClientConfig> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let make = || {
        let mut roots = RootCertStore::empty();
        // Without any root certificate, each handshake fails because the certificate is unknown.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has what TLS 1.2 and 1.3 need")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config)
    };
    CONFIG.get_or_init(make).clone()
}
