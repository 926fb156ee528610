//! The front door with a certificate.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use devstack::nginx::Limits;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use support::http::parse;

use crate::security_door::{Door, GENEROUS};

#[test]
fn with_tls_browsers_must_keep_using_tls() {
    let (door, roots) = with_certificate(GENEROUS);
    for path in ["/app", "/lobby/me", "/nothing", "/", "/healthz", "/lobby"] {
        let answer = over_tls(&door, &roots, path);
        assert_eq!(
            answer.header("strict-transport-security"),
            Some("max-age=63072000"),
            "{path}"
        );
    }
    let seen = door.seen().join("\n");
    assert!(seen.contains("x-forwarded-proto: https"), "{seen}");
    let plain = door.ask("GET /app", "");
    assert_eq!(plain.status, 400, "no page without TLS");
    // TLS 1.0, which no server should still accept, in an otherwise valid hello.
    let mut old = door.connect();
    old.write_all(OLD_HELLO).expect("sent");
    let mut answer = Vec::new();
    let _ = old.read_to_end(&mut answer);
    assert_eq!(
        answer.get(..1),
        Some([0x15].as_slice()),
        "an alert: {answer:x?}"
    );
}

/// A TLS 1.0 hello with one cipher and no extensions.
const OLD_HELLO: &[u8] = &{
    let mut hello = [0; 50];
    let head = [
        0x16, 0x03, 0x01, 0x00, 0x2d, 0x01, 0x00, 0x00, 0x29, 0x03, 0x01,
    ];
    let mut i = 0;
    while i < head.len() {
        hello[i] = head[i];
        i += 1;
    }
    // 32 random bytes and no session; one cipher, AES128-SHA; no compression.
    hello[45] = 0x02;
    hello[47] = 0x2f;
    hello[48] = 0x01;
    hello
};

pub(crate) fn with_certificate(limits: Limits) -> (Door, RootCertStore) {
    let folder = support::system::own_folder("certificate");
    std::fs::create_dir_all(&folder).expect("a folder");
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    std::fs::write(&chain, cert.pem()).expect("a file");
    std::fs::write(&key, signing_key.serialize_pem()).expect("a file");
    let chain = chain.canonicalize().expect("a file");
    let key = key.canonicalize().expect("a file");
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).expect("a root");
    let door = Door::with(limits, Some((&chain, &key)));
    let _ = std::fs::remove_dir_all(&folder);
    (door, roots)
}

fn over_tls(door: &Door, roots: &RootCertStore, path: &str) -> support::http::Answer {
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = StreamOwned::new(connection, door.connect());
    let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    parse(&answer).unwrap_or_else(|| panic!("{path}: {read:?}"))
}
