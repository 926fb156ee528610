//! The claims of a token: times, subject, issuer and audience.

use functions::auth::Tokens;
use functions::config::TokenSettings;
use serde_json::{Value, json};

use super::{MALFORMED, MISSING, is_ada, published, say, settings, with_secret};
use crate::support::keys::{EC, ED, RSA, claims, hs256, now};

#[tokio::test]
async fn expired_and_never_expiring_tokens_are_refused() {
    for (exp, expected) in [
        (
            json!(now() - 65),
            "The token is not accepted: it has expired.",
        ),
        (json!(0), "The token is not accepted: it has expired."),
        (json!(null), MISSING),
        (json!("9999999999"), MISSING),
        (json!(-1), MISSING),
        (json!(1e300), MISSING),
        (json!([9_999_999_999_u64]), MALFORMED),
    ] {
        assert_eq!(
            with_secret(&hs256(&claims(&json!({ "exp": exp })))).await,
            expected,
            "{exp}"
        );
    }
}

#[tokio::test]
async fn tokens_of_the_future_are_refused_beyond_the_leeway() {
    let near = json!({ "exp": now() - 50, "nbf": now() + 50, "iat": now() + 50 });
    assert!(is_ada(&with_secret(&hs256(&claims(&near))).await));
    let said = with_secret(&hs256(&claims(&json!({ "nbf": now() + 90 })))).await;
    assert_eq!(said, "The token is not accepted: it is not valid yet.");
    let said = with_secret(&hs256(&claims(&json!({ "iat": now() + 90 })))).await;
    assert_eq!(said, "The token is not accepted: iat is in the future.");
    assert_eq!(
        with_secret(&hs256(&claims(&json!({ "nbf": "soon" })))).await,
        MISSING
    );
}

#[tokio::test]
async fn how_far_clocks_may_be_apart_can_be_set() {
    let strict = TokenSettings {
        leeway_s: 0,
        ..settings()
    };
    let wide = TokenSettings {
        leeway_s: 600,
        ..settings()
    };
    let ahead = |claim: &str, by: i64| {
        let at = i64::try_from(now()).expect("a time") + by;
        hs256(&claims(&json!({ claim: at })))
    };
    for token in [ahead("exp", -30), ahead("nbf", 30), ahead("iat", 30)] {
        assert!(is_ada(&with_secret(&token).await));
        let refused = Tokens::with_keys(&strict, None).verify(&token).await;
        assert!(refused.is_err(), "{token}");
    }
    for token in [ahead("exp", -500), ahead("nbf", 500), ahead("iat", 500)] {
        let believed = say(Tokens::with_keys(&wide, None).verify(&token).await);
        assert!(is_ada(&believed), "{believed}");
    }
}

#[tokio::test]
async fn times_may_have_a_fraction() {
    let soon = now() as f64 + 3600.5;
    let times = json!({ "exp": soon, "nbf": 1.5, "iat": 1_700_000_000.25 });
    assert!(is_ada(&with_secret(&hs256(&claims(&times))).await));
    let said = with_secret(&hs256(&claims(&json!({ "iat": "now" })))).await;
    assert_eq!(said, "The token is not accepted: iat is not a number.");
}

#[tokio::test]
async fn without_a_configured_audience_any_audience_is_accepted() {
    let open = TokenSettings {
        audience: None,
        ..settings()
    };
    for aud in [
        json!("chess"),
        json!(["chess", "go"]),
        json!([]),
        json!(7),
        Value::Null,
    ] {
        let changed = claims(&json!({ "aud": aud }));
        let said = say(Tokens::with_keys(&open, None)
            .verify(&hs256(&changed))
            .await);
        assert!(is_ada(&said), "HS256 {aud}: {said}");
        let keys = json!([RSA.jwk(), EC.jwk(), ED.jwk()]);
        for pair in [&*RSA, &*EC, &*ED] {
            let said = published(open.clone(), keys.clone(), &pair.sign(&changed)).await;
            assert!(is_ada(&said), "{:?} {aud}: {said}", pair.algorithm);
        }
    }
}

#[tokio::test]
async fn a_subject_is_any_text() {
    for sub in [
        "auth0|5f7",
        "ада@пример",
        "a\u{0}b",
        " ",
        "x/../y",
        &"s".repeat(2000),
    ] {
        let token = hs256(&claims(&json!({ "sub": sub })));
        let caller = Tokens::with_keys(&settings(), None).verify(&token).await;
        let expected = functions::auth::player_id(Some("https://id.example"), sub);
        assert_eq!(caller.expect(sub).player, expected);
    }
}

#[tokio::test]
async fn another_issuer_is_refused() {
    let said = with_secret(&hs256(&claims(
        &json!({ "iss": "https://id.example.evil" }),
    )))
    .await;
    assert_eq!(said, "The token is not accepted: wrong iss.");
    assert_eq!(
        with_secret(&hs256(&claims(&json!({ "iss": null })))).await,
        MISSING
    );
    let list = json!(["https://id.example", "https://evil"]);
    assert_eq!(
        with_secret(&hs256(&claims(&json!({ "iss": list })))).await,
        MALFORMED
    );
}

#[tokio::test]
async fn another_audience_is_refused() {
    let said = with_secret(&hs256(&claims(&json!({ "aud": "chess" })))).await;
    assert_eq!(said, "The token is not accepted: wrong aud.");
    assert_eq!(
        with_secret(&hs256(&claims(&json!({ "aud": null })))).await,
        MISSING
    );
    assert_eq!(
        with_secret(&hs256(&claims(&json!({ "aud": 7 })))).await,
        MISSING
    );
    assert!(is_ada(
        &with_secret(&hs256(&claims(&json!({ "aud": ["chess", "skirmish"] })))).await
    ));
}

#[tokio::test]
async fn a_token_without_a_subject_is_refused() {
    assert_eq!(
        with_secret(&hs256(&claims(&json!({ "sub": "" })))).await,
        "The token is not accepted: sub is empty."
    );
    for (sub, expected) in [
        (json!(null), MISSING),
        (json!(7), MISSING),
        (json!(["ada"]), MALFORMED),
    ] {
        assert_eq!(
            with_secret(&hs256(&claims(&json!({ "sub": sub })))).await,
            expected,
            "{sub}"
        );
    }
}

#[tokio::test]
async fn the_claim_game_is_a_string_of_at_most_256_bytes() {
    for (game, expected) in [
        (json!(null), Ok(String::new())),
        (json!(""), Ok(String::new())),
        (json!("gold\u{0} \"é\""), Ok("gold\u{0} \"é\"".to_owned())),
        (json!("é".repeat(128)), Ok("é".repeat(128))),
        (
            json!("x".repeat(257)),
            Err("The token is not accepted: game has more than 256 bytes."),
        ),
        (
            json!("é".repeat(129)),
            Err("The token is not accepted: game has more than 256 bytes."),
        ),
        (
            json!({ "level": 7 }),
            Err("The token is not accepted: game is not a string."),
        ),
    ] {
        let token = hs256(&claims(&json!({ "game": game })));
        let caller = Tokens::with_keys(&settings(), None).verify(&token).await;
        let read = caller.map(|caller| caller.game);
        let read = read.map_err(|error| error.to_string());
        assert_eq!(read, expected.map_err(ToOwned::to_owned), "{game}");
    }
}
