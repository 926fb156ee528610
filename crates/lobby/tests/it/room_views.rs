//! Rooms as their members see them: `GET /lobby/rooms/<room>` agrees with the messages.

use lobby::{RoomAnswer, RoomChange};
use serde_json::{Map, Value};

use crate::world::World;
use crate::world_gathering::TWO;

impl World {
    async fn view(&self, short: &str, room: &str) -> Value {
        let view = self.lobby.rooms.view(room, &self.id(short)).await;
        let RoomAnswer::Room(view) = view.expect("view") else {
            panic!("no room for {short}")
        };
        serde_json::to_value(view).expect("JSON")
    }
}

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

/// Asserts that each field of the message is in the view with the same value.
fn has_all(view: &Value, message: &Value) {
    assert_eq!(view["pool"], message["pool"]);
    for (name, value) in members(&message["room"]) {
        if name != "players" {
            assert_eq!(view[name], *value, "{name}");
        }
    }
    let players = message["room"]["players"].as_array().expect("players");
    assert_eq!(members(&view["players"]).len(), players.len());
    for player in players {
        let seen = &view["players"][player["player_id"].as_str().expect("an id")];
        for (name, value) in members(player) {
            if name != "player_id" {
                assert_eq!(seen[name], *value, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn the_view_of_a_made_room_matches_its_messages() {
    let world = World::new(r#"{"seats_min":2,"seats_max":4,"bots":{"fill_to":3}}"#).await;
    world.connect(&["a", "b"]).await;
    let (room, code) = world.make("a").await;
    world.enters("b", &code).await;
    world.change(&room, "a", RoomChange::Queue(true)).await;
    let pushed = world.deliver().await;
    let message = pushed["b"].last().expect("a message");
    assert!(message["room"]["queued_at_ms"].is_u64(), "{message}");
    let view = world.view("b", &room).await;
    has_all(&view, message);
    assert_eq!(view["bots"], 0);

    // There is no relay, so the room waits with the bots that its host added.
    let start = RoomChange::Start { bots: 1 };
    assert_eq!(world.change(&room, "a", start).await, "host a");
    let view = world.view("b", &room).await;
    assert_eq!(
        (&view["state"], &view["bots"]),
        (&"gathering".into(), &1.into())
    );
}

#[tokio::test]
async fn the_view_of_a_queued_room_matches_its_messages() {
    let world = World::new(TWO).await;
    world.connect(&["a"]).await;
    world.join("a").await;
    world.assign().await;
    let room = world.room("a").await;
    let pushed = world.deliver().await;
    let message = pushed["a"].last().expect("a message");
    assert_eq!(message["type"], "room_joined");
    let view = world.view("a", &room).await;
    has_all(&view, message);
    assert_eq!(
        (&view["state"], &view["host"]),
        (&"open".into(), &Value::Null)
    );
}

#[tokio::test]
async fn a_running_match_is_shown_without_an_end() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    let view = world.view("a", &room).await;
    assert_eq!(
        [
            &view["seats_min"],
            &view["seats_max"],
            &view["expires_at_ms"]
        ],
        [&Value::from(3), &Value::from(5), &Value::Null]
    );
}
