//! `GET /admin/rooms/<room>/state`: what the relay answers, for each role, and a relay that does not answer.

use std::time::Duration;

use lobby::{InboxMessage, Lobby, Pools};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::admin::{ask, token};
use crate::support::players::start_match;
use crate::support::world::World;

/// Answers in place of the relay, until it is aborted: the state says whether everything was asked for.
pub(crate) async fn relay_answers(world: &World) -> JoinHandle<()> {
    let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
    let lobby = Lobby::connect(&world.redis.url, pools).await;
    let lobby = lobby.expect("a lobby");
    let mut inbox = lobby.inbox("relay-1");
    tokio::spawn(async move {
        loop {
            let received = inbox.read(Duration::from_secs(1)).await.expect("an inbox");
            for message in received.messages {
                if let InboxMessage::State(wanted) = message {
                    let everything = wanted.everything;
                    let state = json!({ "tick": 7, "players": {}, "everything": everything });
                    let state = state.to_string();
                    let answered = lobby.admin.answer_state(&wanted, state.as_bytes()).await;
                    answered.expect("answered");
                }
            }
        }
    })
}

#[tokio::test]
async fn the_role_decides_whether_hidden_fields_are_asked_for() {
    let world = World::start().await;
    let room = start_match(&world).await;
    let path = format!("/admin/rooms/{room}/state");
    let get = async |role: &str, path: &str| {
        let token = token(role, &json!({}));
        ask(&world.app, "GET", path, Some(&token), &Value::Null).await
    };
    let (status, answer) = get("view", &path).await;
    assert_eq!(
        (status, &answer["type"]),
        (503, &json!("urn:skirmish:problem:unavailable"))
    );
    let relay = relay_answers(&world).await;
    for (role, everything) in [("view", false), ("moderate", true), ("operate", true)] {
        let (status, answer) = get(role, &path).await;
        let state = json!({ "tick": 7, "players": {}, "everything": everything });
        let expected = json!({ "room": room, "is_filtered": !everything, "state": state });
        assert_eq!((status, answer), (200, expected), "{role}");
    }
    relay.abort();
    let (status, answer) = get("view", "/admin/rooms/main.none/state").await;
    assert_eq!(
        (status, &answer["type"]),
        (404, &json!("urn:skirmish:problem:unknown-room"))
    );
}
