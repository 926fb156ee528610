//! Tokens as an identity provider signs them, and as an attacker might.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::system::{self, JWT_SECRET};

/// A token that the system accepts for an hour, with these claims in addition to `sub` and `exp`.
pub fn token(subject: &str, claims: &Value) -> String {
    let mut all = json!({ "sub": subject, "exp": now_s() + 3600 });
    if let (Some(all), Some(claims)) = (all.as_object_mut(), claims.as_object()) {
        all.extend(claims.clone());
    }
    signed(&all, &secret())
}

/// The key of the system's tokens.
pub fn secret() -> String {
    if system::deployment().is_none() {
        return JWT_SECRET.to_owned();
    }
    std::env::var("JWT_SECRET").expect("JWT_SECRET beside SKIRMISH_URL")
}

/// These claims signed with this secret (HS256).
pub fn signed(claims: &Value, secret: &str) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::default(), claims, &key).expect("HS256 signs anything")
}

/// Seconds since 1970.
pub fn now_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
