//! [`Jwks`]: the public keys of an identity provider (RFC 7517), cached and fetched again when they
//! rotate.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use lambda_http::http::Uri;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::warn;
use url::Url;

use super::AuthError;

const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
const SET_BYTES_MAX: usize = 64 * 1024;

/// A modulus of 2048 bits in Base64url. NIST SP 800-131A disallows shorter RSA keys.
const RSA_CHARS_MIN: usize = 342;

/// How often keys are fetched.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The least time between fetches for unknown `kid`s, so that forged `kid`s cannot flood the
    /// provider.
    pub refetch: Duration,
    /// Keys older than this are fetched again before use, so that withdrawn keys expire.
    pub fresh: Duration,
    /// While fetching fails, older keys stay in use for at most this time.
    pub stale: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            refetch: Duration::from_secs(10),
            fresh: Duration::from_mins(10),
            stale: Duration::from_hours(24),
        }
    }
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The machine has no trusted certificates, or the URL is invalid.
    #[error("JWKS_URL cannot be used: {0}")]
    Setup(String),
    /// The fetch failed, or its result was too slow, too large or not a key set.
    #[error("keys not fetched: {0}")]
    Fetch(String),
    /// The last fetch failed a moment ago.
    #[error("keys not fetched yet")]
    NotYet,
}

/// The published keys of one identity provider.
pub struct Jwks {
    uri: Uri,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    pace: Pace,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: Vec<Key>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
}

struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    material: DecodingKey,
}

impl Jwks {
    /// Fetches nothing yet.
    pub fn new(url: &Url, pace: Pace) -> Result<Self, KeysError> {
        let uri = url.as_str().parse().map_err(setup)?;
        let client = Client::builder(TokioExecutor::new()).build(connector(url)?);
        Ok(Self {
            uri,
            client,
            pace,
            state: Mutex::default(),
        })
    }

    /// Fetches the keys if there are none.
    pub async fn warm(&self) {
        let mut state = self.state.lock().await;
        if state.fetched.is_none()
            && let Err(error) = self.fetch(&mut state).await
        {
            warn!(%error, "no keys at init");
        }
    }

    /// The key with this id that fits the algorithm. A token without an id is verified with the
    /// only key that fits.
    pub async fn key(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, AuthError> {
        let mut state = self.state.lock().await;
        let known = state.younger(self.pace.fresh) && state.knows(id);
        if !known
            && state
                .tried
                .is_none_or(|tried| tried.elapsed() >= self.pace.refetch)
        {
            // Without an earlier key this becomes an error below.
            if let Err(error) = self.fetch(&mut state).await {
                warn!(%error, "keys not refreshed");
            }
        }
        if !state.younger(self.pace.stale) {
            return Err(KeysError::NotYet.into());
        }
        state.find(id, algorithm)
    }

    async fn fetch(&self, state: &mut State) -> Result<(), KeysError> {
        state.tried = Some(Instant::now());
        let set = tokio::time::timeout(FETCH_TIMEOUT, self.get())
            .await
            .map_err(|_| fetch("too slow"))??;
        state.keys = read_set(&set)?;
        state.fetched = Some(Instant::now());
        Ok(())
    }

    /// Does not follow redirects: the keys must be at the configured URL.
    async fn get(&self) -> Result<Bytes, KeysError> {
        let response = self.client.get(self.uri.clone()).await.map_err(fetch)?;
        if !response.status().is_success() {
            return Err(fetch(response.status()));
        }
        let body = Limited::new(response.into_body(), SET_BYTES_MAX)
            .collect()
            .await
            .map_err(fetch)?;
        Ok(body.to_bytes())
    }
}

impl State {
    fn younger(&self, age: Duration) -> bool {
        self.fetched.is_some_and(|fetched| fetched.elapsed() < age)
    }

    fn knows(&self, id: Option<&str>) -> bool {
        id.is_none() || self.keys.iter().any(|key| key.id.as_deref() == id)
    }

    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<DecodingKey, AuthError> {
        if !self.knows(id) {
            return Err(AuthError::UnknownKey);
        }
        let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
        let found = match id {
            Some(_) => fitting.find(|key| key.id.as_deref() == id),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        };
        found
            .map(|found| found.material.clone())
            .ok_or(if id.is_some() {
                AuthError::Algorithm
            } else {
                AuthError::UnknownKey
            })
    }
}

/// Skips keys that cannot be parsed or serve another purpose.
fn read_set(bytes: &[u8]) -> Result<Vec<Key>, KeysError> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(bytes).map_err(fetch)?;
    Ok(set.keys.into_iter().filter_map(read_key).collect())
}

fn read_key(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let algorithm = algorithm(&jwk)?;
    let material = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key {
        id: jwk.common.key_id,
        algorithm,
        material,
    })
}

/// The one algorithm a key is for; none if it is not for checking signatures here. Symmetric keys
/// never are: what is published is no secret.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) if key.n.trim_start_matches('A').len() >= RSA_CHARS_MIN => {
            (Algorithm::RS256, KeyAlgorithm::RS256)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let common = &jwk.common;
    let fits = common.key_algorithm.is_none_or(|stated| stated == name)
        && common
            .public_key_use
            .as_ref()
            .is_none_or(|stated| *stated == PublicKeyUse::Signature)
        && common
            .key_operations
            .as_ref()
            .is_none_or(|stated| stated.contains(&KeyOperations::Verify));
    fits.then_some(algorithm)
}

fn connector(url: &Url) -> Result<HttpsConnector<HttpConnector>, KeysError> {
    let provider = rustls::crypto::ring::default_provider();
    let builder = HttpsConnectorBuilder::new();
    if url.scheme() == "https" {
        return Ok(builder
            .with_provider_and_native_roots(provider)
            .map_err(setup)?
            .https_only()
            .enable_http1()
            .build());
    }
    let tls = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(builder
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .build())
}

fn setup(error: impl std::fmt::Display) -> KeysError {
    KeysError::Setup(error.to_string())
}

fn fetch(error: impl std::fmt::Display) -> KeysError {
    KeysError::Fetch(error.to_string())
}
