//! Keys made for this run, and tokens signed with them.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::pkcs8::EncodePrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::rand_core::{OsRng, RngCore};
use serde_json::{Value, json};

/// The HS256 secret of the tests and of the fixtures.
pub(crate) const SECRET: &str = "skirmish-fixtures-only-0123456789abcdef";

/// The HS256 secret of operators' tokens.
pub(crate) const ADMIN_SECRET: &str = "skirmish-operators-only-0123456789abcdef";

/// One RSA key for all tests: making one takes a second.
pub(crate) static RSA: LazyLock<Pair> = LazyLock::new(|| Pair::rsa("rsa-1", 2048));
/// One P-256 key.
pub(crate) static EC: LazyLock<Pair> = LazyLock::new(|| Pair::ec("ec-1"));
/// One Ed25519 key.
pub(crate) static ED: LazyLock<Pair> = LazyLock::new(|| Pair::ed("ed-1"));

/// A private key and its public part.
pub(crate) struct Pair {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) private: EncodingKey,
}

impl Pair {
    pub(crate) fn rsa(kid: &str, bits: usize) -> Self {
        let key = rsa::RsaPrivateKey::new(&mut OsRng, bits).expect("an RSA key");
        let der = key.to_pkcs1_der().expect("PKCS#1");
        Self::new(
            kid,
            Algorithm::RS256,
            EncodingKey::from_rsa_der(der.as_bytes()),
        )
    }

    pub(crate) fn ec(kid: &str) -> Self {
        let der = p256::SecretKey::random(&mut OsRng)
            .to_pkcs8_der()
            .expect("PKCS#8");
        Self::new(
            kid,
            Algorithm::ES256,
            EncodingKey::from_ec_der(der.as_bytes()),
        )
    }

    pub(crate) fn ed(kid: &str) -> Self {
        // RFC 8410 §7: the bytes before the 32 bytes of every Ed25519 key.
        let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        der.resize(48, 0);
        OsRng.fill_bytes(&mut der[16..]);
        Self::new(kid, Algorithm::EdDSA, EncodingKey::from_ed_der(&der))
    }

    fn new(kid: &str, algorithm: Algorithm, private: EncodingKey) -> Self {
        Self {
            kid: kid.to_owned(),
            algorithm,
            private,
        }
    }

    /// What is published of it.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).expect("a public key");
        jwk.common.key_id = Some(self.kid.clone());
        json!(jwk)
    }

    /// A token of these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    /// A token with another header.
    pub(crate) fn sign_as(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.private).expect("a token")
    }

    /// The header of its tokens.
    pub(crate) fn header(&self) -> Header {
        Header {
            kid: Some(self.kid.clone()),
            ..Header::new(self.algorithm)
        }
    }
}

/// A token of these claims, signed with [`SECRET`].
pub(crate) fn hs256(claims: &Value) -> String {
    hs256_with(SECRET, claims)
}

/// The same with another secret.
pub(crate) fn hs256_with(secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::default(), claims, &key).expect("a token")
}

/// Good claims, with these instead; null takes one away.
pub(crate) fn claims(changes: &Value) -> Value {
    let mut claims = json!({ "sub": "ada", "iss": "https://id.example", "aud": "skirmish", "exp": now() + 3600 });
    let members = claims.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    claims
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs()
}
