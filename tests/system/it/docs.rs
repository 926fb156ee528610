//! Agreement of the documents with the running system. Every response and message that a test receives is validated
//! against them (`support::docs`), and `outside::calls` makes every call. These tests check the examples in the
//! documents.

use expect_test::expect;
use serde_json::json;
use support::docs::{asyncapi, check_arena, check_example};
use support::game;

#[test]
fn every_documented_message_has_a_name() {
    let names = |channel: &str| {
        let messages = asyncapi()["channels"][channel]["messages"]
            .as_object()
            .expect("messages");
        let names = messages.keys().map(|key| {
            let name = asyncapi()["components"]["messages"][key]["name"].as_str();
            name.unwrap_or_else(|| panic!("{key} has no name"))
        });
        names.collect::<Vec<_>>().join(" ")
    };
    expect!["action countdown error failure match_moved match_over match_started pong queued removed requeued room_joined room_updated rooms state"]
        .assert_eq(&sorted(&names("lobby")));
    expect!["command command_result error event input joined message message message_result moved over snapshot welcome"]
        .assert_eq(&sorted(&names("game")));
}

#[test]
fn examples_satisfy_the_documents() {
    let messages = asyncapi()["components"]["messages"]
        .as_object()
        .expect("messages");
    let mut checked = 0;
    for (key, message) in messages {
        for example in message["examples"].as_array().into_iter().flatten() {
            check_example(key, &example["payload"]);
            checked += 1;
        }
    }
    assert!(checked > 3, "{checked}");
    // Messages of clients are checked against the same schemas.
    check_example("action", &json!({ "action": "sync" }));
    check_example("input", &game::idle());
    check_arena("input", &game::idle());
}

fn sorted(names: &str) -> String {
    let mut names: Vec<&str> = names.split(' ').collect();
    names.sort_unstable();
    names.join(" ")
}

#[test]
fn the_readme_quotes_the_python_client_unchanged() {
    let readme = include_str!("../../../README.md");
    let (_, block) = readme.split_once("```python\n").expect("a block");
    let (block, _) = block.split_once("```\n").expect("its end");
    assert_eq!(block, include_str!("../../external/client/client.py"));
}
