//! Operators' tokens: JSON Web Tokens, HS256 (RFC 7519, RFC 7515).

use anyhow::{Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;

/// The audience of operators' tokens.
const AUDIENCE: &str = "skirmish-admin";
/// The functions refuse shorter secrets.
const SECRET_BYTES_MIN: usize = 32;
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// What the bearer of a token may do. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Read
    View,
    /// Kick and ban players
    Moderate,
    /// Everything
    Operate,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Moderate => "moderate",
            Self::Operate => "operate",
        }
    }
}

/// A token for `sub`, valid from `now_s` (seconds since 1970) for so long. An error: the secret is too short.
pub fn sign(secret: &str, role: Role, sub: &str, now_s: u64, seconds: u64) -> Result<String> {
    if secret.len() < SECRET_BYTES_MIN {
        bail!("the secret needs at least {SECRET_BYTES_MIN} bytes");
    }
    let claims = json!({
        "sub": sub,
        "role": role.as_str(),
        "aud": AUDIENCE,
        "iat": now_s,
        "exp": now_s.saturating_add(seconds),
    });
    let (header, claims) = (
        URL_SAFE_NO_PAD.encode(HEADER),
        URL_SAFE_NO_PAD.encode(claims.to_string()),
    );
    let text = format!("{header}.{claims}");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(anyhow::Error::msg)?;
    mac.update(text.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    Ok(format!("{text}.{signature}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_signed_with_its_secret() {
        let secret = "a secret of operators, 32 bytes long";
        let token = sign(secret, Role::Moderate, "ada", 1_800_000_000, 3600).expect("a token");
        let parts: Vec<&str> = token.split('.').collect();
        let claims = URL_SAFE_NO_PAD.decode(parts[1]).expect("Base64");
        let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
        assert_eq!(
            claims,
            json!({ "sub": "ada", "role": "moderate", "aud": "skirmish-admin", "iat": 1_800_000_000, "exp": 1_800_003_600 })
        );
        let other = sign(
            "another secret, also 32 bytes long",
            Role::Moderate,
            "ada",
            1_800_000_000,
            3600,
        );
        assert_ne!(token, other.expect("a token"));
        assert!(sign("short", Role::View, "ada", 0, 1).is_err());
    }
}
