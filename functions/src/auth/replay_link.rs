//! Tokens of links to replays: the holder of one may read the replay of one match, without being a player. They have
//! an audience of their own and no subject, so none of them is a player's token, and no player's token is one.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use super::TOKEN_BYTES_MAX;
use crate::config::TokenSettings;

const AUDIENCE: &str = "skirmish-replay";

/// The answer of `POST /replays/<room>/share`.
#[derive(Debug, Serialize)]
pub struct ReplayLink {
    /// HS256 with `JWT_SECRET`.
    pub token: String,
    /// Seconds since 1970: when the replay expires.
    pub expires_at: u64,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'static str,
    room: &'a str,
    exp: u64,
}

#[derive(Deserialize)]
struct Shared {
    room: String,
}

impl ReplayLink {
    /// A token for the replay of this room, for as long as the replay is kept. None without a secret to sign with.
    pub fn new(settings: &TokenSettings, room: &str, now_s: u64, life: Duration) -> Option<Self> {
        let expires_at = now_s + life.as_secs();
        let claims = Claims {
            aud: AUDIENCE,
            room,
            exp: expires_at,
        };
        let key = EncodingKey::from_secret(settings.secret.as_ref()?.as_bytes());
        let token = encode(&Header::default(), &claims, &key).ok()?;
        Some(Self { token, expires_at })
    }
}

/// Whether the holder of this token may read the replay of this room.
pub fn opens_replay(settings: &TokenSettings, token: &str, room: &str) -> bool {
    let Some(secret) = &settings.secret else {
        return false;
    };
    if token.len() > TOKEN_BYTES_MAX {
        return false;
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = 0;
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "aud"]);
    let key = DecodingKey::from_secret(secret.as_bytes());
    decode::<Shared>(token, &key, &validation).is_ok_and(|shared| shared.claims.room == room)
}
