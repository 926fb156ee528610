//! [`Operators`]: verifies operators' tokens. They have a secret and an audience of their own, so no player's token is
//! one, and none of them is a player's.

use serde_json::Value;

use super::{AuthError, Claims, Tokens};
use crate::config::TokenSettings;
use crate::name;

const NAME_CHARS_MAX: usize = 64;

/// What an operator may do. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read.
    View,
    /// Kick and ban players.
    Moderate,
    /// Everything.
    Operate,
}

/// The operator who sent a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The subject of the token, [cleaned](name::clean), at most 64 characters.
    pub name: String,
    /// From the token.
    pub role: Role,
}

/// Verifies operators' tokens: HS256 with `ADMIN_JWT_SECRET`.
pub struct Operators(Tokens);

impl Role {
    /// `view`, `moderate` or `operate`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Moderate => "moderate",
            Self::Operate => "operate",
        }
    }

    fn named(claim: &Value) -> Option<Self> {
        [Self::View, Self::Moderate, Self::Operate]
            .into_iter()
            .find(|role| claim == role.as_str())
    }
}

impl Operators {
    /// None without a secret: there are no operators.
    pub fn new(settings: &TokenSettings) -> Option<Self> {
        settings.secret.as_ref()?;
        Some(Self(Tokens::with_keys(settings, None)))
    }

    /// Verifies a token and returns its operator.
    pub async fn verify(&self, token: &str) -> Result<Operator, AuthError> {
        operator(&self.0.claims(token).await?)
    }
}

fn operator(claims: &Claims) -> Result<Operator, AuthError> {
    let sub = claims.sub.as_str().and_then(name::clean);
    let sub = sub.ok_or(AuthError::Claim("sub is not a text"))?;
    let role = Role::named(&claims.role);
    Ok(Operator {
        name: sub.chars().take(NAME_CHARS_MAX).collect(),
        role: role.ok_or(AuthError::Claim("role must be view, moderate or operate"))?,
    })
}
