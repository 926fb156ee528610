//! What a token's claims become: player ids, names, priorities.

use expect_test::{Expect, expect};
use functions::auth::{Tokens, player_id};
use functions::config::TokenSettings;
use serde_json::{Value, json};

use crate::support::keys::{SECRET, claims, hs256};

fn check_id(issuer: Option<&str>, subject: &str, expected: &Expect) {
    expected.assert_eq(&player_id(issuer, subject));
}

async fn check_caller(changes: Value, name: &str, priority: u32) {
    let settings = TokenSettings {
        secret: Some(SECRET.to_owned()),
        ..TokenSettings::default()
    };
    let mut changes = changes;
    changes["aud"] = Value::Null;
    let token = hs256(&claims(&changes));
    let caller = Tokens::with_keys(&settings, None)
        .verify(&token)
        .await
        .expect("a good token");
    assert_eq!(
        (caller.name.as_str(), caller.priority),
        (name, priority),
        "{changes}"
    );
}

#[test]
fn a_uuid_is_the_player_himself_and_any_other_subject_always_the_same_player() {
    check_id(
        None,
        "5F28C7A4-1B2C-4D3E-8F90-A1B2C3D4E5F6",
        &expect!["5f28c7a4-1b2c-4d3e-8f90-a1b2c3d4e5f6"],
    );
    check_id(
        None,
        "5f28c7a41b2c4d3e8f90a1b2c3d4e5f6",
        &expect!["74e5596d-c15a-5d52-a15f-ed9f5a5a12d8"],
    );
    check_id(
        Some("https://id.example"),
        "ada",
        &expect!["2bb5ffeb-1f81-56af-bdef-d2286ffc07f8"],
    );
    check_id(
        Some("https://other.example"),
        "ada",
        &expect!["f79bab7a-451a-59d1-81dd-6da2dd324d66"],
    );
    check_id(
        None,
        "ada",
        &expect!["8de3f553-7cf8-5636-8db7-c44d27012428"],
    );
}

#[tokio::test]
async fn names_of_identity_providers_are_cut_to_fit() {
    check_caller(json!({}), "Player", 0).await;
    check_caller(json!({ "name": " Ada " }), "Ada", 0).await;
    check_caller(json!({ "name": "Ada\u{7}\nLovelace" }), "AdaLovelace", 0).await;
    check_caller(json!({ "name": "é".repeat(30) }), &"é".repeat(24), 0).await;
    check_caller(json!({ "name": "\u{0}\t" }), "Player", 0).await;
    check_caller(json!({ "name": 7 }), "Player", 0).await;
}

#[tokio::test]
async fn priority_is_a_whole_number_up_to_1000() {
    check_caller(json!({ "priority": 7 }), "Player", 7).await;
    check_caller(json!({ "priority": 1_000_000_000_000_u64 }), "Player", 1000).await;
    for strange in [json!(-1), json!(1.5), json!("9"), json!(true), json!([1])] {
        check_caller(json!({ "priority": strange }), "Player", 0).await;
    }
}
