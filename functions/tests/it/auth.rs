//! Tokens: valid ones are accepted, and the usual attacks are refused.

mod claims;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use functions::auth::{Caller, Jwks, Pace, Tokens};
use functions::config::TokenSettings;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::support::keys::{EC, ED, Pair, RSA, SECRET, claims, hs256};
use crate::support::server::Server;

const FORGED: &str = "11111111-2222-4333-8444-555555555555";

fn settings() -> TokenSettings {
    TokenSettings {
        secret: Some(SECRET.to_owned()),
        jwks_url: None,
        issuer: Some("https://id.example".to_owned()),
        audience: Some("skirmish".to_owned()),
        ..TokenSettings::default()
    }
}

/// The result of a lobby with only a secret.
async fn with_secret(token: &str) -> String {
    say(Tokens::with_keys(&settings(), None).verify(token).await)
}

/// The result of a lobby with a secret and these published keys.
async fn with_keys(keys: Value, token: &str) -> String {
    published(settings(), keys, token).await
}

/// The same lobby without the secret.
async fn with_only_keys(keys: Value, token: &str) -> String {
    let settings = TokenSettings {
        secret: None,
        ..settings()
    };
    published(settings, keys, token).await
}

async fn published(settings: TokenSettings, keys: Value, token: &str) -> String {
    let set = json!({ "keys": keys }).to_string();
    let server = Server::start(move |_| Some((200, "", set.clone()))).await;
    let url = server.url.parse().expect("a URL");
    let jwks = Jwks::new(&url, Pace::default()).expect("a client");
    say(Tokens::with_keys(&settings, Some(jwks)).verify(token).await)
}

fn say(result: Result<Caller, functions::auth::AuthError>) -> String {
    match result {
        Ok(caller) => format!("{} {} {}", caller.player, caller.name, caller.priority),
        Err(error) => error.to_string(),
    }
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

const ALGORITHM: &str = "The token's algorithm is not accepted.";
const SIGNATURE: &str = "The token's signature is wrong.";
const MALFORMED: &str = "The token is not a valid JWT.";
const MISSING: &str = "The token is not accepted: exp, sub, iss or aud is missing or malformed.";

fn is_ada(said: &str) -> bool {
    said == format!(
        "{} Player 0",
        functions::auth::player_id(Some("https://id.example"), "ada")
    )
}

#[tokio::test]
async fn good_tokens_of_every_algorithm_are_accepted() {
    let keys = json!([RSA.jwk(), EC.jwk(), ED.jwk()]);
    assert!(is_ada(&with_secret(&hs256(&claims(&json!({})))).await));
    for pair in [&*RSA, &*EC, &*ED] {
        let said = with_keys(keys.clone(), &pair.sign(&claims(&json!({})))).await;
        assert!(is_ada(&said), "{:?}: {said}", pair.algorithm);
    }
}

#[tokio::test]
async fn a_token_without_kid_is_checked_with_the_only_key_that_fits() {
    let header = Header::new(Algorithm::ES256);
    let token = EC.sign_as(&header, &claims(&json!({})));
    assert!(is_ada(
        &with_keys(json!([RSA.jwk(), EC.jwk()]), &token).await
    ));
    let two = json!([Pair::ec("other").jwk(), EC.jwk()]);
    assert_eq!(with_keys(two, &token).await, "The token's key is unknown.");
}

#[tokio::test]
async fn alg_none_is_refused() {
    let body = encoded(&claims(&json!({ "sub": FORGED })));
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let head = encoded(&json!({ "alg": alg, "typ": "JWT" }));
        for signature in ["", "AAAA"] {
            assert_eq!(
                with_secret(&format!("{head}.{body}.{signature}")).await,
                MALFORMED,
                "{alg}"
            );
        }
    }
    let head = encoded(&json!({ "typ": "JWT" }));
    assert_eq!(with_secret(&format!("{head}.{body}.")).await, MALFORMED);
}

#[tokio::test]
async fn hs256_with_the_rsa_public_key_as_secret_is_refused() {
    let jwk = RSA.jwk();
    let modulus = jwk["n"].as_str().expect("n").to_owned();
    let secrets = [
        modulus.as_bytes().to_vec(),
        URL_SAFE_NO_PAD.decode(&modulus).expect("Base64"),
        jwk.to_string().into_bytes(),
    ];
    for secret in secrets {
        for kid in [None, Some(RSA.kid.clone())] {
            let header = Header {
                kid,
                ..Header::new(Algorithm::HS256)
            };
            let token = encode(
                &header,
                &claims(&json!({ "sub": FORGED })),
                &EncodingKey::from_secret(&secret),
            )
            .expect("a token");
            assert_eq!(with_only_keys(json!([RSA.jwk()]), &token).await, ALGORITHM);
            assert_eq!(with_keys(json!([RSA.jwk()]), &token).await, SIGNATURE);
        }
    }
}

#[tokio::test]
async fn a_published_symmetric_key_signs_nothing() {
    let secret = b"published, so no secret at all, whatever its length";
    let oct = json!({ "kty": "oct", "kid": "oct-1", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(secret) });
    let header = Header {
        kid: Some("oct-1".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    let token = encode(
        &header,
        &claims(&json!({})),
        &EncodingKey::from_secret(secret),
    )
    .expect("a token");
    assert_eq!(with_only_keys(json!([oct]), &token).await, ALGORITHM);
}

#[tokio::test]
async fn an_algorithm_its_key_does_not_fit_is_refused() {
    let header = Header {
        kid: Some(RSA.kid.clone()),
        ..Header::new(Algorithm::ES256)
    };
    let token = EC.sign_as(&header, &claims(&json!({})));
    assert_eq!(
        with_keys(json!([RSA.jwk(), EC.jwk()]), &token).await,
        ALGORITHM
    );
}

#[tokio::test]
async fn unsupported_algorithms_are_refused() {
    assert_eq!(with_secret(&RSA.sign(&claims(&json!({})))).await, ALGORITHM);
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let token = encode(&Header::new(algorithm), &claims(&json!({})), &key).expect("a token");
        assert_eq!(with_secret(&token).await, ALGORITHM);
    }
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let header = Header {
            kid: Some(RSA.kid.clone()),
            ..Header::new(algorithm)
        };
        assert_eq!(
            with_keys(
                json!([RSA.jwk()]),
                &RSA.sign_as(&header, &claims(&json!({})))
            )
            .await,
            ALGORITHM
        );
    }
}

#[tokio::test]
async fn a_key_for_something_else_is_not_used() {
    for change in [
        json!({ "use": "enc" }),
        json!({ "key_ops": ["sign"] }),
        json!({ "alg": "RS512" }),
        json!({ "alg": "RSA-OAEP" }),
    ] {
        let mut jwk = RSA.jwk();
        jwk.as_object_mut()
            .expect("an object")
            .extend(change.as_object().expect("an object").clone());
        let said = with_keys(json!([jwk]), &RSA.sign(&claims(&json!({})))).await;
        assert_eq!(said, "The token's key is unknown.", "{change}");
    }
}

#[tokio::test]
async fn a_short_rsa_key_is_not_used() {
    let short = Pair::rsa("short", 1024);
    let said = with_keys(json!([short.jwk()]), &short.sign(&claims(&json!({})))).await;
    assert_eq!(said, "The token's key is unknown.");
}

#[tokio::test]
async fn a_key_inside_the_token_is_not_used() {
    let own = Pair::rsa(&RSA.kid, 2048);
    let mut header = own.header();
    header.jwk = serde_json::from_value(own.jwk()).expect("a JWK");
    header.jku = Some("http://127.0.0.1:1/keys".to_owned());
    assert_eq!(
        with_keys(
            json!([RSA.jwk()]),
            &own.sign_as(&header, &claims(&json!({})))
        )
        .await,
        SIGNATURE
    );
}

#[tokio::test]
async fn an_empty_ecdsa_signature_is_refused() {
    let token = EC.sign(&claims(&json!({ "sub": FORGED })));
    let message = token.rsplit_once('.').expect("a signature").0;
    let zero = URL_SAFE_NO_PAD.encode([0; 64]);
    assert_eq!(
        with_keys(json!([EC.jwk()]), &format!("{message}.{zero}")).await,
        SIGNATURE
    );
}

#[tokio::test]
async fn changed_claims_are_refused() {
    for (keys, token) in [
        (json!([]), hs256(&claims(&json!({})))),
        (json!([RSA.jwk()]), RSA.sign(&claims(&json!({})))),
        (json!([ED.jwk()]), ED.sign(&claims(&json!({})))),
    ] {
        let parts: Vec<&str> = token.split('.').collect();
        let forged = encoded(&claims(&json!({ "sub": FORGED })));
        assert_eq!(
            with_keys(keys.clone(), &format!("{}.{forged}.{}", parts[0], parts[2])).await,
            SIGNATURE
        );
        assert_eq!(
            with_keys(keys, &format!("{}.{}.", parts[0], parts[1])).await,
            SIGNATURE
        );
    }
}

#[tokio::test]
async fn another_secret_is_refused() {
    let key = EncodingKey::from_secret(b"a secret of someone else, long enough");
    let token = encode(&Header::default(), &claims(&json!({})), &key).expect("a token");
    assert_eq!(with_secret(&token).await, SIGNATURE);
}

#[tokio::test]
async fn a_huge_token_is_refused_unread() {
    let token = hs256(&claims(&json!({ "more": "x".repeat(9000) })));
    assert_eq!(with_secret(&token).await, "The token is too long.");
}

#[tokio::test]
async fn a_critical_header_is_refused() {
    let header = Header {
        crit: Some(vec!["b64".to_owned()]),
        ..Header::default()
    };
    let token = encode(
        &header,
        &claims(&json!({})),
        &EncodingKey::from_secret(SECRET.as_bytes()),
    )
    .expect("a token");
    assert_eq!(with_secret(&token).await, MALFORMED);
}

#[tokio::test]
async fn other_texts_are_refused() {
    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "e30.e30.e30",
        "\u{0}",
        "ééé.ééé.ééé",
        "eyJhbGciOiJIUzI1NiJ9.bnVsbA.AAAA",
    ] {
        let said = with_secret(text).await;
        assert!(said == MALFORMED || said == SIGNATURE, "{text}: {said}");
    }
}
