//! [`Origin`]: the origin at which a client reached the front door. URLs of games at the front door are relative to
//! it.

use std::fmt;

/// Longer than any host name with a port.
const HOST_BYTES_MAX: usize = 262;

/// Scheme, host and port of a client's sockets: `ws://127.0.0.1:8080`, `wss://play.example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// From the header `Host` (or `X-Forwarded-Host`) and whether the client used TLS. None unless
    /// the header is `host` or `host:port`: it is echoed to the client.
    pub fn new(host: &str, is_tls: bool) -> Option<Self> {
        let scheme = if is_tls { "wss" } else { "ws" };
        is_host(host).then(|| Self(format!("{scheme}://{host}")))
    }

    /// The inverse of [`Origin::as_str`].
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, host) = text.split_once("://")?;
        let is_tls = match scheme {
            "ws" => false,
            "wss" => true,
            _ => return None,
        };
        Self::new(host, is_tls)
    }

    /// `ws://host:port`
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `host`, without the port.
    pub fn host(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, rest)| rest);
        host_of(authority)
    }

    /// The URL of a relay for this client: an absolute URL is unchanged, a path is resolved against the origin. The
    /// path is returned too, for clients that know a better origin.
    pub fn resolve(origin: Option<&Self>, registered: String) -> (String, Option<String>) {
        if !registered.starts_with('/') {
            return (registered, None);
        }
        let url = origin.map_or_else(|| registered.clone(), |it| format!("{it}{registered}"));
        (url, Some(registered))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The host of `host [":" port]`.
pub fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    }
}

/// `host [":" port]` of RFC 3986, without percent-encoding and user information.
fn is_host(text: &str) -> bool {
    let (name, rest) = match text.strip_prefix('[') {
        Some(text) => match text.split_once(']') {
            Some((address, rest)) => (Err(address), rest),
            None => return false,
        },
        None => match text.split_once(':') {
            Some((name, _)) => (Ok(name), &text[name.len()..]),
            None => (Ok(text), ""),
        },
    };
    let is_named = match name {
        Ok(name) => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            !name.is_empty() && name.bytes().all(plain)
        }
        Err(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
    };
    let port = rest.strip_prefix(':');
    let is_port = rest.is_empty() || port.is_some_and(|port| port.parse::<u16>().is_ok());
    let no_sign = !rest.contains('+');
    text.len() <= HOST_BYTES_MAX && is_named && is_port && no_sign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, is_tls: bool, expected: Option<&str>) {
        let origin = Origin::new(host, is_tls);
        assert_eq!(origin.as_ref().map(Origin::as_str), expected, "{host}");
        if let Some(origin) = origin {
            assert_eq!(origin.host(), host_of(host));
            assert_eq!(Origin::parse(origin.as_str()), Some(origin));
        }
    }

    #[test]
    fn a_valid_host_header_becomes_an_origin() {
        check("127.0.0.1:8080", false, Some("ws://127.0.0.1:8080"));
        check("play.example.org", true, Some("wss://play.example.org"));
        check(
            "Play.example.org.:443",
            true,
            Some("wss://Play.example.org.:443"),
        );
        check("[::1]:9999", false, Some("ws://[::1]:9999"));
        check("[::1]", false, Some("ws://[::1]"));
        for wrong in [
            "",
            ":80",
            "a b",
            "a/b",
            "a@b",
            "a:b",
            "a:",
            "a:+80",
            "a:80:80",
            "a:65536",
            "a?b",
            "a#b",
            "a%20",
            "a\"b",
            "zoë.example",
            "[::1",
            "[::1]x",
            "[x]:80",
            "[::1]:",
        ] {
            check(wrong, false, None);
        }
        check(&"a".repeat(263), false, None);
        assert_eq!(Origin::parse("http://a"), None);
        assert_eq!(Origin::parse("ws://a b"), None);
    }

    #[test]
    fn a_host_has_no_port() {
        for (authority, host) in [
            ("127.0.0.1:8080", "127.0.0.1"),
            ("play.example.org", "play.example.org"),
            ("[::1]:9999", "[::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(host_of(authority), host);
        }
    }

    #[test]
    fn only_a_path_is_resolved() {
        let origin = Origin::new("play.example.org", true);
        let resolve = |url: &str| Origin::resolve(origin.as_ref(), url.to_owned());
        let path = "/game/relay-1".to_owned();
        assert_eq!(
            resolve(&path),
            (
                "wss://play.example.org/game/relay-1".to_owned(),
                Some(path.clone())
            )
        );
        let absolute = "wss://eu.example.org/game/relay-1".to_owned();
        assert_eq!(resolve(&absolute), (absolute, None));
        assert_eq!(
            Origin::resolve(None, path.clone()),
            (path.clone(), Some(path))
        );
    }
}
