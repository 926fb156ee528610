//! Tokens for guests, where they are enabled.

use std::fmt;
use std::str::FromStr;

use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;
use uuid::Uuid;

use crate::config::TokenSettings;

/// A guest's token is valid for a day.
const LIFE_SECONDS: u64 = 24 * 60 * 60;

/// The answer of `POST /lobby/guest`.
#[derive(Serialize)]
pub struct Guest {
    /// HS256.
    pub token: String,
    /// A UUID: of version 8 for a bot.
    pub player_id: String,
    /// Seconds since 1970.
    pub expires_at: u64,
}

/// The parts of a guest's token: the same parts make the same token. They are not secret, the token
/// is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGuest {
    player_id: Uuid,
    /// Seconds since 1970.
    now: u64,
}

impl NewGuest {
    /// A new player. A bot's UUID has version 8: the lobby keeps bots off the leaderboard of a
    /// pool.
    pub fn at(now: u64, is_bot: bool) -> Self {
        let random = Uuid::new_v4();
        let player_id = if is_bot {
            uuid::Builder::from_custom_bytes(random.into_bytes()).into_uuid()
        } else {
            random
        };
        Self { player_id, now }
    }

    /// Another token for an existing player. None: the id is not a UUID.
    pub fn again(player: &str, now: u64) -> Option<Self> {
        let player_id = player.parse().ok()?;
        Some(Self { player_id, now })
    }
}

impl fmt::Display for NewGuest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.player_id, self.now)
    }
}

impl FromStr for NewGuest {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (player_id, now) = text.split_once(' ').ok_or(())?;
        Ok(Self {
            player_id: player_id.parse().map_err(|_| ())?,
            now: now.parse().map_err(|_| ())?,
        })
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    guest: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    game: &'a str,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

/// Makes a guest's token with the claims `name` and `game`; None without a secret to sign with.
pub fn mint(
    settings: &TokenSettings,
    name: Option<&str>,
    game: &str,
    new: &NewGuest,
) -> Option<Guest> {
    let player_id = new.player_id.to_string();
    let expires_at = new.now + LIFE_SECONDS;
    let claims = Claims {
        sub: &player_id,
        name,
        guest: true,
        game,
        iat: new.now,
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
