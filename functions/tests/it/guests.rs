//! Guests and feedback, within limits.

use functions::handlers::guest;
use functions::request;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::calls::problem;
use crate::support::events::{Call, body};
use crate::support::keys::{claims, hs256, now};
use crate::support::world::app_with;

#[tokio::test]
async fn guests_have_names_of_1_to_24_characters() {
    for name in [
        json!(""),
        json!("   "),
        json!("a\u{0}b"),
        json!("line\nbreak"),
        json!("x".repeat(25)),
        json!(7),
        json!(["a"]),
    ] {
        let call = Call::new("POST", "/lobby/guest").body(json!({ "name": name }).to_string());
        assert_eq!(problem("guest", &call).await, "400 bad-request", "{name}");
    }
}

#[tokio::test]
async fn a_guest_s_token_is_good_and_carries_the_name() {
    for (sent, name) in [
        ("", "Player"),
        ("{}", "Player"),
        (r#"{"name": null}"#, "Player"),
        (r#"{"name": " Grace é "}"#, "Grace é"),
        (r#"{"name": "\u202eGrace\u200b e\u0301"}"#, "Grace é"),
    ] {
        let app = app_with(&[
            ("GUESTS", "true"),
            ("JWT_ISSUER", "us"),
            ("JWT_AUDIENCE", "skirmish"),
        ]);
        let guest = body(
            guest::handle(&app, Call::new("POST", "/lobby/guest").body(sent).request()).await,
            201,
        );
        let caller = app
            .tokens()
            .verify(guest["token"].as_str().expect("a token"))
            .await
            .expect("a good token");
        assert_eq!(
            (caller.name.as_str(), json!(caller.player)),
            (name, guest["player_id"].clone())
        );
        let life = guest["expires_at"].as_u64().expect("seconds") - now();
        assert!((86_000..=86_400).contains(&life), "{life}");
    }
}

#[tokio::test]
async fn a_guest_with_a_token_gets_another_name_and_stays_the_same_player() {
    let app = app_with(&[("GUESTS", "true")]);
    let ask = async |token: &str, sent: &str| {
        let call = Call::new("POST", "/lobby/guest").body(sent);
        let call = call.header("authorization", &format!("Bearer {token}"));
        let guest = body(guest::handle(&app, call.request()).await, 201);
        let token = guest["token"].as_str().expect("a token").to_owned();
        let caller = app.tokens().verify(&token).await.expect("a good token");
        (token, caller.player, caller.name)
    };
    let (token, ada, _) = ask("", r#"{"name": "Ada"}"#).await;
    let (token, player, name) = ask(&token, r#"{"name": "Grace"}"#).await;
    assert_eq!((&player, name.as_str()), (&ada, "Grace"));
    let (_, player, name) = ask(&token, "{}").await;
    assert_eq!((&player, name.as_str()), (&ada, "Grace"));

    // A token of another issuer, or an invalid one, does not continue a guest.
    let other = hs256(&claims(&json!({ "sub": ada })));
    for token in [other.as_str(), "x.y.z"] {
        let (_, player, name) = ask(token, "{}").await;
        assert_ne!(player, ada);
        assert_eq!(name, "Player");
    }
}

#[tokio::test]
async fn a_guest_s_token_carries_what_the_guest_sends_for_the_game() {
    let app = app_with(&[("GUESTS", "true")]);
    let ask = async |token: &str, sent: Value| {
        let call = Call::new("POST", "/lobby/guest").body(sent.to_string());
        let call = call.header("authorization", &format!("Bearer {token}"));
        let guest = body(guest::handle(&app, call.request()).await, 201);
        let token = guest["token"].as_str().expect("a token").to_owned();
        let caller = app.tokens().verify(&token).await.expect("a good token");
        (token, caller.game)
    };
    let (token, game) = ask("", json!({ "game": "gold" })).await;
    assert_eq!(game, "gold");
    // Kept with the name, until the guest sends another one.
    assert_eq!(ask(&token, json!({})).await.1, "gold");
    assert_eq!(ask(&token, json!({ "game": "" })).await.1, "");
    assert_eq!(
        ask("", json!({ "game": "x".repeat(256) })).await.1.len(),
        256
    );

    let call = Call::new("POST", "/lobby/guest");
    let long = call.body(json!({ "game": "x".repeat(257) }).to_string());
    let problem = body(guest::handle(&app, long.request()).await, 400);
    assert_eq!(problem["detail"], "game must have at most 256 bytes.");
}

#[tokio::test]
async fn a_bot_is_known_by_the_version_of_its_id() {
    let app = app_with(&[("GUESTS", "true")]);
    for (sent, version) in [("{}", 4), (r#"{"bot": false}"#, 4), (r#"{"bot": true}"#, 8)] {
        let call = Call::new("POST", "/lobby/guest").body(sent);
        let guest = body(guest::handle(&app, call.request()).await, 201);
        let player = guest["player_id"].as_str().expect("an id");
        let player: uuid::Uuid = player.parse().expect("a UUID");
        assert_eq!(player.get_version_num(), version, "{sent}");
    }
}

#[tokio::test]
async fn an_invisible_guest_name_is_refused_with_the_reason() {
    let app = app_with(&[("GUESTS", "true")]);
    let seen = "name has no visible character.";
    let bounds = "name must have 1 to 24 characters and no control characters.";
    for (name, detail) in [
        ("\u{200b}", seen),
        ("\u{3164}\u{3164}", seen),
        ("\u{2800}", seen),
        ("\u{e0041}\u{e007f}", seen),
        ("\u{202e}\u{202d}", seen),
        ("\u{301}", seen),
        ("", bounds),
        ("a\u{7}", bounds),
        (&"\u{200b}".repeat(25), bounds),
        (
            &"\u{958}".repeat(24),
            "name has more than 24 characters in Unicode's NFC.",
        ),
    ] {
        let sent = json!({ "name": name }).to_string();
        let call = Call::new("POST", "/lobby/guest").body(&sent);
        let problem = body(guest::handle(&app, call.request()).await, 400);
        assert_eq!(problem["detail"], detail, "{name:?}");
    }
}

#[tokio::test]
async fn feedback_is_1_to_2000_characters_and_needs_no_token() {
    let post = |text: String| Call::new("POST", "/feedback").body(text);
    for text in [
        json!({}),
        json!({ "text": "" }),
        json!({ "text": " \n " }),
        json!({ "text": 7 }),
        json!({ "text": "x".repeat(2001) }),
        json!({ "text": "a\u{0}" }),
        json!({ "text": "a", "contact": 7 }),
        json!({ "text": "a", "contact": "x".repeat(201) }),
    ] {
        assert_eq!(
            problem("feedback", &post(text.to_string())).await,
            "400 bad-request",
            "{text}"
        );
    }
    for text in [
        json!({ "text": "é".repeat(2000) }),
        json!({ "text": "two\nlines", "contact": "", "more": 1 }),
    ] {
        assert_eq!(
            problem("feedback", &post(text.to_string())).await,
            "503 unavailable",
            "{text}"
        );
    }
    let bad = post(json!({ "text": "a" }).to_string()).header("authorization", "Bearer nonsense");
    assert_eq!(problem("feedback", &bad).await, "401 unauthorized");
}

proptest! {
    #[test]
    fn no_body_makes_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = request::object::<Value>(&bytes);
    }

    #[test]
    fn a_name_that_passes_is_short_and_plain(text in ".{0,40}") {
        if let Ok(name) = request::name(&text) {
            prop_assert!((1..=24).contains(&name.chars().count()) && !name.chars().any(char::is_control) && name == name.trim());
        }
    }

    #[test]
    fn a_room_id_that_passes_cannot_leave_its_key(text in "[a-z0-9.{}:/*A-Z-]{0,12}") {
        if request::is_room_id(&text) {
            let stays = !text.contains(['{', '}', ':', '/', '*']) && text.matches('.').count() == 1;
            prop_assert!(stays, "{}", text);
        }
    }
}
