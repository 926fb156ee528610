//! [`Tokens`]: verifies players' tokens (JWT) and reads the caller from them.

mod guest;
mod jwks;
mod operators;
mod replay_link;

use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, decode, decode_header, get_current_timestamp,
};
use lobby::GAME_BYTES_MAX;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::config::TokenSettings;
use crate::name;

pub use guest::{Guest, NewGuest, mint};
pub use jwks::{Jwks, KeysError, Pace};
pub use operators::{Operator, Operators, Role};
pub use replay_link::{ReplayLink, opens_replay};

/// Longer tokens are refused unread. API Gateway allows 10 KiB of headers in all.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// Higher values of the claim count as this.
const PRIORITY_MAX: u64 = 1000;

/// The name of players without one in their token.
const NAME_DEFAULT: &str = "Player";

/// The namespace of player ids made from subjects that are not UUIDs. A change would turn every
/// such player into another one.
const PLAYERS: Uuid = Uuid::from_u128(0x6b1c_9a52_9d0e_4c35_8f0e_5a1d_7c3e_2f48);

/// The player who sent a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// UUID text, lower case with hyphens.
    pub player: String,
    /// 1 to 24 characters, cleaned by [`name::clean`].
    pub name: String,
    /// 0..=1000.
    pub priority: u32,
    /// What the game gets with the player; empty without the claim. At most
    /// [`GAME_BYTES_MAX`].
    pub game: String,
    /// The token was made by `POST /lobby/guest`.
    pub is_guest: bool,
}

/// Why a token was refused. The text is for the bearer: it contains no secret and no token.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// There is no token.
    #[error("Send a token: Authorization: Bearer <JWT>.")]
    Missing,
    /// Not a bearer token, not a JWT, or a critical header that is not supported.
    #[error("The token is not a valid JWT.")]
    Malformed,
    /// Longer than any real token.
    #[error("The token is too long.")]
    TooLong,
    /// `none`, an algorithm that is not accepted, or one that does not fit the key.
    #[error("The token's algorithm is not accepted.")]
    Algorithm,
    /// No published key has the token's `kid`.
    #[error("The token's key is unknown.")]
    UnknownKey,
    /// The token was changed, or signed with another key.
    #[error("The token's signature is wrong.")]
    Signature,
    /// A claim is missing or wrong.
    #[error("The token is not accepted: {0}.")]
    Claim(&'static str),
    /// The keys could not be fetched; the token may be valid.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

/// Verifies tokens: HS256 with the secret; RS256, ES256 and `EdDSA` with the published keys.
pub struct Tokens {
    secret: Option<DecodingKey>,
    jwks: Option<Jwks>,
    issuer: Option<String>,
    audience: Option<String>,
    leeway_s: u64,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    sub: Value,
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    iat: Value,
    #[serde(default)]
    name: Value,
    #[serde(default)]
    priority: Value,
    #[serde(default)]
    game: Value,
    #[serde(default)]
    guest: Value,
    #[serde(default)]
    role: Value,
}

impl Tokens {
    /// Without a secret and a key set, every token is refused.
    pub fn new(settings: &TokenSettings) -> Result<Self, KeysError> {
        let jwks = settings
            .jwks_url
            .as_ref()
            .map(|url| Jwks::new(url, Pace::default()))
            .transpose()?;
        Ok(Self::with_keys(settings, jwks))
    }

    /// With the caller's key set.
    pub fn with_keys(settings: &TokenSettings, jwks: Option<Jwks>) -> Self {
        Self {
            secret: settings
                .secret
                .as_ref()
                .map(|secret| DecodingKey::from_secret(secret.as_bytes())),
            jwks,
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            leeway_s: settings.leeway_s.into(),
        }
    }

    /// At init: fetches the published keys, so that the first player does not wait for them.
    pub async fn warm(&self) {
        if let Some(jwks) = &self.jwks {
            jwks.warm().await;
        }
    }

    /// Verifies a token and returns its player.
    pub async fn verify(&self, token: &str) -> Result<Caller, AuthError> {
        caller(&self.claims(token).await?)
    }

    /// Verifies a token and returns its claims.
    async fn claims(&self, token: &str) -> Result<Claims, AuthError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(AuthError::TooLong);
        }
        let header = read_header(token)?;
        let key = self.key(&header).await?;
        let claims = decode::<Claims>(token, &key, &self.validation(header.alg))
            .map_err(|error| refuse(&error))?;
        self.check_issued(&claims.claims.iat)?;
        Ok(claims.claims)
    }

    /// Refuses tokens issued in the future; the library does not check `iat`.
    fn check_issued(&self, iat: &Value) -> Result<(), AuthError> {
        let latest = get_current_timestamp() + self.leeway_s;
        match (iat, iat.as_f64()) {
            (Value::Null, _) => Ok(()),
            (_, Some(iat)) if iat <= latest as f64 => Ok(()),
            (_, Some(_)) => Err(AuthError::Claim("iat is in the future")),
            (_, None) => Err(AuthError::Claim("iat is not a number")),
        }
    }

    /// The algorithm decides where the key comes from, so a public key can never serve as an HMAC
    /// secret.
    async fn key(&self, header: &Header) -> Result<DecodingKey, AuthError> {
        match (header.alg, &self.secret, &self.jwks) {
            (Algorithm::HS256, Some(secret), _) => Ok(secret.clone()),
            (Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA, _, Some(jwks)) => {
                jwks.key(header.kid.as_deref(), header.alg).await
            }
            _ => Err(AuthError::Algorithm),
        }
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.leeway = self.leeway_s;
        validation.validate_nbf = true;
        // Without a configured audience a token may have any audience, or none.
        validation.validate_aud = self.audience.is_some();
        let mut required = vec!["exp", "sub"];
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        if let Some(audience) = &self.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        validation.set_required_spec_claims(&required);
        validation
    }
}

/// The player id of a subject: the UUID itself, or one derived from issuer and subject.
pub fn player_id(issuer: Option<&str>, subject: &str) -> String {
    let hyphenated = subject.len() == uuid::fmt::Hyphenated::LENGTH;
    let uuid = Uuid::try_parse(subject)
        .ok()
        .filter(|_| hyphenated)
        .unwrap_or_else(|| {
            let whole = format!("{}|{subject}", issuer.unwrap_or_default());
            Uuid::new_v5(&PLAYERS, whole.as_bytes())
        });
    uuid.hyphenated().to_string()
}

/// RFC 7515 §4.1.11: a token with an unsupported critical header must be refused. None is
/// supported.
fn read_header(token: &str) -> Result<Header, AuthError> {
    let header = decode_header(token).map_err(|error| refuse(&error))?;
    if header.crit.is_some() {
        Err(AuthError::Malformed)
    } else {
        Ok(header)
    }
}

fn caller(claims: &Claims) -> Result<Caller, AuthError> {
    let sub = match claims.sub.as_str() {
        None => return Err(AuthError::Claim("sub is missing or not a string")),
        Some("") => return Err(AuthError::Claim("sub is empty")),
        Some(sub) => sub,
    };
    Ok(Caller {
        player: player_id(claims.iss.as_deref(), sub),
        name: display_name(&claims.name),
        priority: claims.priority.as_u64().unwrap_or(0).min(PRIORITY_MAX) as u32,
        game: game_text(&claims.game)?,
        is_guest: claims.guest == Value::Bool(true),
    })
}

/// Identity providers have their own rules for names: names that do not fit are cut, not refused.
fn display_name(claim: &Value) -> String {
    let name = claim.as_str().and_then(name::cut);
    name.unwrap_or_else(|| NAME_DEFAULT.to_owned())
}

/// The issuer makes this claim for the game, so a claim that does not fit is refused, not cut.
fn game_text(claim: &Value) -> Result<String, AuthError> {
    match claim {
        Value::Null => Ok(String::new()),
        Value::String(game) if game.len() <= GAME_BYTES_MAX => Ok(game.clone()),
        Value::String(_) => Err(AuthError::Claim("game has more than 256 bytes")),
        _ => Err(AuthError::Claim("game is not a string")),
    }
}

fn refuse(error: &jsonwebtoken::errors::Error) -> AuthError {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::ExpiredSignature => AuthError::Claim("it has expired"),
        ErrorKind::ImmatureSignature => AuthError::Claim("it is not valid yet"),
        ErrorKind::InvalidIssuer => AuthError::Claim("wrong iss"),
        ErrorKind::InvalidAudience => AuthError::Claim("wrong aud"),
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
            AuthError::Claim("exp, sub, iss or aud is missing or malformed")
        }
        ErrorKind::InvalidAlgorithm | ErrorKind::MissingAlgorithm | ErrorKind::InvalidKeyFormat => {
            AuthError::Algorithm
        }
        ErrorKind::InvalidSignature => AuthError::Signature,
        _ => AuthError::Malformed,
    }
}
