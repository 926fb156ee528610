//! WebSocket handshakes and close codes.

use http::HeaderMap;
use http::header::{CONNECTION, HeaderName, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use tungstenite::Error;
use tungstenite::handshake::derive_accept_key;

/// Why a handshake is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHandshake {
    /// The request does not ask for a WebSocket.
    NoUpgrade,
    /// The version is missing or not 13.
    Version,
    /// The key is missing or not 16 bytes in base64.
    Key,
}

/// Whether the request asks for a WebSocket.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    has_token(headers, UPGRADE, "websocket")
}

/// Checks the headers of a handshake and returns the value of `Sec-WebSocket-Accept`.
///
/// # Errors
/// When the headers violate RFC 6455.
pub fn accept_key(headers: &HeaderMap) -> Result<String, BadHandshake> {
    if !is_upgrade(headers) || !has_token(headers, CONNECTION, "upgrade") {
        return Err(BadHandshake::NoUpgrade);
    }
    if !tokens(headers, SEC_WEBSOCKET_VERSION).any(|version| version == "13") {
        return Err(BadHandshake::Version);
    }
    let key = headers
        .get(SEC_WEBSOCKET_KEY)
        .map(http::HeaderValue::as_bytes);
    let key = key.filter(|key| key.len() == 24);
    Ok(derive_accept_key(key.ok_or(BadHandshake::Key)?))
}

/// The values of a comma-separated header.
pub fn tokens(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// The close code after a client's violation of the protocol; None for other errors.
pub fn close_code(error: &Error) -> Option<u16> {
    match error {
        Error::Capacity(_) => Some(1009),
        Error::Utf8(_) => Some(1007),
        Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some(1002),
        _ => None,
    }
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|value| value.eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], expected: Result<&str, BadHandshake>) {
        let pairs = headers.iter().map(|&(name, value)| {
            let value = http::HeaderValue::from_static(value);
            (HeaderName::from_static(name), value)
        });
        let result = accept_key(&pairs.collect());
        assert_eq!(result.as_deref(), expected.as_ref().copied(), "{headers:?}");
    }

    #[test]
    fn a_handshake_follows_rfc_6455() {
        let upgrade = ("upgrade", "WebSocket");
        let connection = ("connection", "keep-alive, Upgrade");
        let version = ("sec-websocket-version", "13");
        let key = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        let accept = Ok("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        check(&[upgrade, connection, version, key], accept);
        check(&[connection, version, key], Err(BadHandshake::NoUpgrade));
        check(&[upgrade, version, key], Err(BadHandshake::NoUpgrade));
        check(&[upgrade, connection, key], Err(BadHandshake::Version));
        check(&[upgrade, connection, version], Err(BadHandshake::Key));
        let short = ("sec-websocket-key", "c2hvcnQ=");
        check(
            &[upgrade, connection, version, short],
            Err(BadHandshake::Key),
        );
    }
}
