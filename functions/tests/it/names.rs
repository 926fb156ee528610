//! The caller in a token: player ids, names, priorities.

use expect_test::{Expect, expect};
use functions::auth::{Tokens, player_id};
use functions::config::TokenSettings;
use functions::name;
use proptest::prelude::*;
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
fn a_uuid_is_the_player_id_and_any_other_subject_is_always_the_same_player() {
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
    check_caller(json!({ "name": "Ada\u{7}\nLovelace" }), "Ada Lovelace", 0).await;
    check_caller(json!({ "name": "é".repeat(30) }), &"é".repeat(24), 0).await;
    check_caller(json!({ "name": "\u{0}\t" }), "Player", 0).await;
    check_caller(json!({ "name": 7 }), "Player", 0).await;
    check_caller(json!({ "name": "\u{200b}\u{3164}\u{2800}" }), "Player", 0).await;
    check_caller(json!({ "name": "\u{202e}Ada\u{e0041}" }), "Ada", 0).await;
    let cut_at_a_joiner = format!("{}👩\u{200d}🚀", "x".repeat(22));
    let cut = format!("{}👩", "x".repeat(22));
    check_caller(json!({ "name": cut_at_a_joiner }), &cut, 0).await;
}

#[test]
fn names_keep_visible_characters_only() {
    let marks: String = ('\u{334}'..'\u{33c}').collect();
    let table = [
        // What there is in names.
        ("Ada", Some("Ada")),
        ("  Ada \u{a0}\u{3000} Lovelace ", Some("Ada Lovelace")),
        ("e\u{301}", Some("é")),
        ("Nguyễn", Some("Nguyễn")),
        ("नमस्ते", Some("नमस्ते")),
        ("ปิ่น", Some("ปิ่น")),
        ("שָׁלוֹם", Some("שָׁלוֹם")),
        ("한글", Some("한글")),
        (
            "🇩🇪 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
            Some("🇩🇪 ❤\u{fe0f} 1\u{fe0f}\u{20e3}"),
        ),
        // Joiners that change the appearance.
        ("👩🏽\u{200d}🚀", Some("👩🏽\u{200d}🚀")),
        ("🏳\u{fe0f}\u{200d}🌈", Some("🏳\u{fe0f}\u{200d}🌈")),
        ("می\u{200c}خواهم", Some("می\u{200c}خواهم")),
        ("क\u{94d}\u{200d}ष", Some("क\u{94d}\u{200d}ष")),
        // And those that do not.
        ("a\u{200d}b\u{200c}", Some("ab")),
        ("👩\u{200d}", Some("👩")),
        ("a\u{fe0f}", Some("a")),
        // Nothing to be seen.
        ("", None),
        ("\u{200b}\u{feff}\u{2060}\u{ad}", None),
        ("\u{3164}", None),
        ("\u{115f}\u{1160}\u{ffa0}", None),
        ("\u{2800}\u{1d159}", None),
        ("\u{e0041}\u{e007f}", None),
        ("\u{202e}\u{2066}", None),
        ("\u{301}\u{20dd}", None),
        ("\u{e000}\u{fdd0}\u{e0fff}", None),
        // What reaches beyond its line, or its letter.
        ("Ada\u{202e}\u{2067}\u{200f}x", Some("Adax")),
        ("a\u{2028}b\u{2029}\u{85}c", Some("a b c")),
        ("a\u{301}\u{301}\u{301}", Some("á\u{301}")),
        ("a \u{336}b", Some("a b")),
    ];
    for (text, expected) in table {
        assert_eq!(name::clean(text).as_deref(), expected, "{text:?}");
    }
    let stacked = name::clean(&format!("Z{marks}a{marks}")).expect("letters");
    assert_eq!(
        stacked,
        "Z\u{334}\u{335}\u{336}\u{337}a\u{334}\u{335}\u{336}\u{337}"
    );
}

proptest! {
    #[test]
    fn a_clean_name_is_clean_and_cut_to_its_length(text in prop_oneof![".{0,40}", "[\u{200b}-\u{200f}\u{300}-\u{305}\u{fe0f}\u{1f468}-\u{1f469}क\u{94d}a ]{0,40}"]) {
        if let Some(clean) = name::clean(&text) {
            prop_assert_eq!(name::clean(&clean), Some(clean.clone()), "{:?}", text);
        }
        if let Some(cut) = name::cut(&text) {
            prop_assert!(cut.trim() == cut && !cut.is_empty());
        }
    }
}

#[tokio::test]
async fn priority_is_a_whole_number_up_to_1000() {
    check_caller(json!({ "priority": 7 }), "Player", 7).await;
    check_caller(json!({ "priority": 1_000_000_000_000_u64 }), "Player", 1000).await;
    for strange in [json!(-1), json!(1.5), json!("9"), json!(true), json!([1])] {
        check_caller(json!({ "priority": strange }), "Player", 0).await;
    }
}
