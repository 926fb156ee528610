//! Published keys: rotation, and limits of rate, time and size of fetches.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use functions::auth::{AuthError, Jwks, Pace};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::support::keys::Pair;
use crate::support::server::{Reply, Server};

const NEVER: Duration = Duration::from_hours(1);

/// Fetches again whenever a key is not known.
const EAGER: Pace = Pace {
    refetch: Duration::ZERO,
    fresh: NEVER,
    stale: NEVER,
};

/// An identity provider whose answer can be changed.
struct Provider {
    server: Server,
    reply: Arc<Mutex<Reply>>,
}

impl Provider {
    async fn start(keys: &[&Pair]) -> Self {
        let reply = Arc::new(Mutex::new(set(keys)));
        let said = reply.clone();
        let server = Server::start(move |_| Some(said.lock().expect("no panic").clone())).await;
        Self { server, reply }
    }

    fn says(&self, reply: Reply) {
        *self.reply.lock().expect("no panic") = reply;
    }

    fn jwks(&self, pace: Pace) -> Jwks {
        Jwks::new(&self.server.url.parse().expect("a URL"), pace).expect("a client")
    }

    fn fetches(&self) -> usize {
        self.server.received().len()
    }
}

fn set(keys: &[&Pair]) -> Reply {
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
    (200, "", json!({ "keys": keys }).to_string())
}

async fn find(jwks: &Jwks, kid: &str) -> &'static str {
    match jwks.key(Some(kid), Algorithm::ES256).await {
        Ok(_) => "found",
        Err(AuthError::UnknownKey) => "unknown",
        Err(AuthError::Keys(_)) => "unavailable",
        Err(_) => "refused",
    }
}

#[tokio::test]
async fn keys_are_fetched_once_and_kept() {
    let (one, two) = (Pair::ec("one"), Pair::ec("two"));
    let provider = Provider::start(&[&one, &two]).await;
    let jwks = provider.jwks(Pace::default());
    jwks.warm().await;
    for kid in ["one", "two", "one"] {
        assert_eq!(find(&jwks, kid).await, "found");
    }
    assert_eq!(provider.fetches(), 1);
}

#[tokio::test]
async fn a_rotated_key_is_found_by_fetching_again() {
    let (old, new) = (Pair::ec("old"), Pair::ec("new"));
    let provider = Provider::start(&[&old]).await;
    let jwks = provider.jwks(EAGER);
    assert_eq!(find(&jwks, "old").await, "found");
    provider.says(set(&[&new]));
    assert_eq!(find(&jwks, "new").await, "found");
    assert_eq!(find(&jwks, "old").await, "unknown");
}

#[tokio::test]
async fn made_up_kids_cause_no_flood_of_fetches() {
    let provider = Provider::start(&[&Pair::ec("one")]).await;
    let jwks = provider.jwks(Pace {
        refetch: NEVER,
        ..EAGER
    });
    for index in 0..100 {
        assert_eq!(find(&jwks, &format!("made-up-{index}")).await, "unknown");
    }
    assert_eq!(find(&jwks, "one").await, "found");
    assert_eq!(provider.fetches(), 1);
}

#[tokio::test]
async fn a_provider_that_is_away_is_not_the_token_s_fault() {
    let provider = Provider::start(&[]).await;
    for reply in [
        (500, "", "{}".to_owned()),
        (200, "", "<html>".to_owned()),
        (200, "", r#"{"keys": 7}"#.to_owned()),
        (302, "location: /elsewhere\r\n", String::new()),
        (
            200,
            "",
            format!(r#"{{"keys": [], "more": "{}"}}"#, "x".repeat(70_000)),
        ),
    ] {
        provider.says(reply.clone());
        assert_eq!(
            find(&provider.jwks(EAGER), "one").await,
            "unavailable",
            "{}",
            reply.0
        );
    }
    let nowhere =
        Jwks::new(&"http://127.0.0.1:1/".parse().expect("a URL"), EAGER).expect("a client");
    assert_eq!(find(&nowhere, "one").await, "unavailable");
}

#[tokio::test]
async fn a_provider_that_never_answers_is_given_up() {
    let server = Server::start(|_| None).await;
    let jwks = Jwks::new(
        &server.url.parse().expect("a URL"),
        Pace {
            refetch: NEVER,
            ..EAGER
        },
    )
    .expect("a client");
    tokio::time::pause();
    assert_eq!(find(&jwks, "one").await, "unavailable");
    assert_eq!(find(&jwks, "one").await, "unavailable");
    assert!(server.received().len() <= 1);
}

#[tokio::test]
async fn known_keys_serve_on_while_the_provider_is_away() {
    let provider = Provider::start(&[&Pair::ec("one")]).await;
    let jwks = provider.jwks(Pace {
        fresh: Duration::ZERO,
        ..EAGER
    });
    assert_eq!(find(&jwks, "one").await, "found");
    provider.says((503, "", String::new()));
    assert_eq!(find(&jwks, "one").await, "found");
    assert_eq!(provider.fetches(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_ends_once_it_is_no_longer_fresh() {
    let (one, two) = (Pair::ec("one"), Pair::ec("two"));
    let provider = Provider::start(&[&one, &two]).await;
    let jwks = provider.jwks(Pace {
        fresh: Duration::ZERO,
        ..EAGER
    });
    assert_eq!(find(&jwks, "one").await, "found");
    provider.says(set(&[&two]));
    assert_eq!(find(&jwks, "one").await, "unknown");
}

#[tokio::test]
async fn too_old_keys_serve_no_more() {
    let provider = Provider::start(&[&Pair::ec("one")]).await;
    let jwks = provider.jwks(Pace {
        fresh: Duration::ZERO,
        stale: Duration::ZERO,
        ..EAGER
    });
    assert_eq!(find(&jwks, "one").await, "unavailable");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_spoils_no_other() {
    let one = Pair::ec("one");
    let provider = Provider::start(&[]).await;
    let strange = [
        json!({}),
        json!(7),
        json!({ "kty": "EC", "kid": "half", "crv": "P-256", "x": "AA" }),
        json!({ "kty": "RSA", "kid": "bad", "n": "!!", "e": "AQAB" }),
        json!({ "kty": "new", "kid": "new" }),
    ];
    let keys: Vec<Value> = strange.into_iter().chain([one.jwk()]).collect();
    provider.says((200, "", json!({ "keys": keys }).to_string()));
    assert_eq!(find(&provider.jwks(EAGER), "one").await, "found");
}
