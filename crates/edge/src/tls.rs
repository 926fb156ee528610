//! The TLS client configuration: the system's root certificates, or those of `SSL_CERT_FILE`.

use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore};

/// TLS 1.2 and 1.3, without client certificates. The certificates are read once per process. On a machine without
/// root certificates, each handshake fails with an error about an unknown certificate.
pub fn tls_client_config() -> ClientConfig {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    CONFIG.get_or_init(read).clone()
}

fn read() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    with_roots(roots)
}

/// The same with these root certificates.
pub(crate) fn with_roots(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
