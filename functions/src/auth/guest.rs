//! Guests: anyone may have a token, where that is enabled.

use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;
use uuid::Uuid;

use crate::config::TokenSettings;

/// A guest is a guest for a day.
const LIFE_SECONDS: u64 = 24 * 60 * 60;

/// A guest's token, as `POST /lobby/guest` answers it.
#[derive(Serialize)]
pub struct Guest {
    /// HS256.
    pub token: String,
    /// A new UUID.
    pub player_id: String,
    /// Seconds since 1970.
    pub expires_at: u64,
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

/// Makes a guest at `now` (seconds since 1970); none where there is no secret to sign with.
pub fn mint(settings: &TokenSettings, name: Option<&str>, now: u64) -> Option<Guest> {
    let player_id = Uuid::new_v4().to_string();
    let expires_at = now + LIFE_SECONDS;
    let claims = Claims {
        sub: &player_id,
        name,
        iat: now,
        exp: expires_at,
        iss: settings.issuer.as_deref(),
        aud: settings.audience.as_deref(),
    };
    let key = EncodingKey::from_secret(settings.secret.as_ref()?.as_bytes());
    let token = encode(&Header::default(), &claims, &key).ok()?;
    Some(Guest {
        token,
        player_id,
        expires_at,
    })
}
