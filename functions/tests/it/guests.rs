//! Guests and feedback: for anyone, within bounds.

use functions::handlers::guest;
use functions::request;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::calls::problem;
use crate::support::events::{Call, body};
use crate::support::keys::now;
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
