//! [`Client`]: calls of `/admin/*`.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

const TIMEOUT: Duration = Duration::from_secs(10);

/// An operator's calls.
pub(crate) struct Client {
    agent: Agent,
    url: String,
    token: String,
}

impl Client {
    /// Calls nothing yet.
    pub(crate) fn new(url: &str, token: &str) -> Result<Self> {
        let is_plain = url.starts_with("http://");
        if !is_plain && !url.starts_with("https://") {
            bail!("--url begins with http:// or https://");
        }
        if !is_plain && cfg!(not(feature = "tls")) {
            bail!("this build has no TLS: cargo install --path skirmishctl --features tls");
        }
        Ok(Self {
            agent: agent(),
            url: url.trim_end_matches('/').to_owned(),
            token: format!("Bearer {token}"),
        })
    }

    /// `path` begins with `/admin/`.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        let request = self.agent.get(format!("{}{path}", self.url));
        self.answer(request.header("authorization", &self.token).call())
    }

    /// The same with a JSON body.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request
            .header("authorization", &self.token)
            .content_type("application/json");
        self.answer(request.send(body.to_string()))
    }

    /// The JSON of a 200, else an error with the problem's own words.
    fn answer(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Value> {
        let mut answer = answer.with_context(|| self.url.clone())?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().context("the answer")?;
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        match (status, value["detail"].as_str()) {
            (200, _) if value.is_object() => Ok(value),
            (404, _) if value["type"] == "urn:skirmish:problem:not-found" => {
                bail!("404: {} has no /admin: it is not turned on", self.url)
            }
            (_, Some(detail)) => bail!("{status}: {detail}"),
            (_, None) => bail!("{status}: {} is no front door of Skirmish", self.url),
        }
    }
}

/// A part of a path. An error: no id has these characters.
pub(crate) fn segment(id: &str) -> Result<&str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if id.is_empty() || !id.chars().all(allowed) {
        bail!("{id:?} is no id");
    }
    Ok(id)
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0);
    #[cfg(feature = "tls")]
    let config = config.tls_config(tls());
    config.build().into()
}

#[cfg(feature = "tls")]
fn tls() -> ureq::tls::TlsConfig {
    let provider = rustls::crypto::ring::default_provider();
    ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(std::sync::Arc::new(provider))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_and_no_address_is_refused() {
        for id in ["", "a/b", "..%2f", "a b", "a?b"] {
            assert!(segment(id).is_err(), "{id}");
        }
        assert_eq!(segment("main.0f-A_1").ok(), Some("main.0f-A_1"));
        assert!(Client::new("ftp://play.example.org", "t").is_err());
    }
}
