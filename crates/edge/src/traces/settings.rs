//! [`TraceSettings`]: where traces are exported to, as OpenTelemetry's environment variables say it.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use percent_encoding::percent_decode_str;

/// Where the collector receives spans, below the endpoint.
const PATH: &str = "/v1/traces";

/// The collector, and how this process calls itself.
#[derive(Clone)]
pub struct TraceSettings {
    pub(super) url: Uri,
    pub(super) headers: HeaderMap,
    pub(super) service: Option<String>,
}

/// A variable of OpenTelemetry is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not an absolute URL.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT must begin with http:// or https:// and name a host")]
    Endpoint,
    /// The text is not shown: it may hold a key.
    #[error("OTEL_EXPORTER_OTLP_HEADERS must be name=value,name=value")]
    Headers,
}

impl TraceSettings {
    /// Reads the values of `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_SERVICE_NAME`; an
    /// empty one counts as unset. None: there is no endpoint, and nothing is exported.
    pub fn read(
        endpoint: &str,
        headers: &str,
        service: &str,
    ) -> Result<Option<Self>, SettingsError> {
        if endpoint.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            url: read_url(endpoint).ok_or(SettingsError::Endpoint)?,
            headers: read_headers(headers).ok_or(SettingsError::Headers)?,
            service: Some(service.to_owned()).filter(|name| !name.is_empty()),
        }))
    }
}

/// Headers may hold a key.
impl fmt::Debug for TraceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceSettings")
            .field("url", &self.url)
            .field("headers", &self.headers.len())
            .field("service", &self.service)
            .finish()
    }
}

fn read_url(endpoint: &str) -> Option<Uri> {
    let url: Uri = format!("{}{PATH}", endpoint.trim_end_matches('/'))
        .parse()
        .ok()?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    // Credentials in a URL would be in the errors of the client.
    let has_host = url.host().is_some_and(|host| !host.is_empty());
    let is_plain = url.authority().is_some_and(|it| !it.as_str().contains('@'));
    (is_http && has_host && is_plain && url.query().is_none()).then_some(url)
}

/// `name=value,name=value`; values are percent-encoded.
fn read_headers(text: &str) -> Option<HeaderMap> {
    let pairs = text.split(',').map(str::trim).filter(|it| !it.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let name: HeaderName = name.trim().parse().ok()?;
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
            let mut value: HeaderValue = value.parse().ok()?;
            value.set_sensitive(true);
            Some((name, value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(endpoint: &str, headers: &str, expected: &Expect) {
        let shown = match TraceSettings::read(endpoint, headers, "") {
            Ok(None) => "nothing is exported".to_owned(),
            Ok(Some(settings)) => {
                let header = |(name, value): (&HeaderName, &HeaderValue)| {
                    format!(" {name}: {}", value.to_str().expect("text"))
                };
                let headers: String = settings.headers.iter().map(header).collect();
                format!("{}{headers}", settings.url)
            }
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn the_endpoint_is_a_base_url() {
        check("", "", &expect!["nothing is exported"]);
        check(
            "http://127.0.0.1:4318",
            "",
            &expect!["http://127.0.0.1:4318/v1/traces"],
        );
        check(
            "https://otlp.example/base/",
            "",
            &expect!["https://otlp.example/base/v1/traces"],
        );
        let wrong = expect![
            "OTEL_EXPORTER_OTLP_ENDPOINT must begin with http:// or https:// and name a host"
        ];
        for endpoint in [
            "127.0.0.1:4318",
            "grpc://a:4317",
            "http://",
            "http://user:key@a",
            "http://a?b",
            "x",
        ] {
            check(endpoint, "", &wrong);
        }
    }

    #[test]
    fn headers_are_pairs_with_percent_encoded_values() {
        let endpoint = "http://a";
        check(
            endpoint,
            "X-Key=a%20b, team=1,",
            &expect!["http://a/v1/traces x-key: a b team: 1"],
        );
        let wrong = expect!["OTEL_EXPORTER_OTLP_HEADERS must be name=value,name=value"];
        for headers in ["secret", "a b=c", "=c", "a=%0a", "a=%ff"] {
            check(endpoint, headers, &wrong);
        }
    }

    #[test]
    fn the_debug_form_has_no_header() {
        let settings = TraceSettings::read("http://a", "x-key=secret", "").expect("settings");
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
