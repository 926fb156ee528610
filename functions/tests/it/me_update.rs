//! Players who change their name and colour, through the functions.

use functions::handlers::{me_update, room_create};
use serde_json::{Value, json};

use crate::support::events::{Call, body};
use crate::support::keys::{claims, hs256};
use crate::support::players::{call, join, open, player, show, start_match};
use crate::support::world::World;

/// A guest's token; `player` as in the other tests.
fn guest(number: u32, name: &str) -> String {
    let changes = json!({
        "sub": player(number), "name": name, "game": "gold", "guest": true, "aud": null,
    });
    hs256(&claims(&changes))
}

async fn update(world: &World, token: &str, ask: &Value, status: u16) -> Value {
    let call = Call::new("PATCH", "/lobby/me").token(token);
    let call = call.body(ask.to_string());
    body(me_update::handle(&world.app, call.request()).await, status)
}

#[tokio::test]
async fn a_guest_who_changes_their_name_stays_the_same_player() {
    let world = World::start().await;
    let ask = json!({ "name": "\u{202e}Grace\u{200b} H" });
    let answer = update(&world, &guest(1, "Ada"), &ask, 200).await;
    let token = answer["token"].as_str().expect("a token");
    let caller = world.app.tokens().verify(token).await.expect("good");
    let is_guest = caller.is_guest;
    assert_eq!(
        (caller.player, caller.name, caller.game, is_guest),
        (player(1), "Grace H".to_owned(), "gold".to_owned(), true)
    );
    assert_eq!(answer["player_id"], player(1));
    assert_eq!(answer["name"], "Grace H");
    // A new token keeps what is not sent.
    let again = update(&world, token, &json!({ "game": "silver" }), 200).await;
    assert_eq!(again["name"], "Grace H");
    let token = again["token"].as_str().expect("a token");
    let caller = world.app.tokens().verify(token).await.expect("good");
    assert_eq!(
        (caller.name.as_str(), caller.game.as_str()),
        ("Grace H", "silver")
    );
}

#[tokio::test]
async fn the_players_of_a_room_see_the_new_name_and_colour() {
    let world = World::start().await;
    open(&world, 1, "c-1").await;
    let create = call(1, "POST", "/lobby/rooms").body(r##"{"color":"#111111"}"##);
    let made = body(room_create::handle(&world.app, create.request()).await, 201);
    let enter = json!({ "code": made["code"] }).to_string();
    let enter = Call::new("POST", "/lobby/rooms/join")
        .token(&guest(2, "Bob"))
        .body(enter);
    let entered = functions::handlers::room_join::handle(&world.app, enter.request()).await;
    body(entered, 200);

    // The host has this colour.
    let ask = json!({ "name": "Bea", "color": "#111111" });
    update(&world, &guest(2, "Bob"), &ask, 200).await;
    let room = made["room"].as_str().expect("a room");
    let shown = show(&world, 1, &format!("/lobby/rooms/{room}"), 200).await;
    let seen = &shown["players"][player(2)];
    assert_eq!(
        (&seen["name"], &seen["colors"]),
        (&json!("Bea"), &json!(["#ff5d5d"]))
    );
    let ask = json!({ "color": "#ABCDEF" });
    update(&world, &guest(2, "Bea"), &ask, 200).await;
    let shown = show(&world, 1, &format!("/lobby/rooms/{room}"), 200).await;
    let seen = &shown["players"][player(2)];
    assert_eq!(
        (&seen["name"], &seen["colors"]),
        (&json!("Bea"), &json!(["#abcdef"]))
    );
    assert_eq!(
        world.types("c-1"),
        [
            "room_joined",
            "room_updated",
            "room_updated",
            "room_updated"
        ]
    );
}

#[tokio::test]
async fn a_queued_player_is_seated_with_the_new_name() {
    let world = World::start().await;
    join(&world, 2, "{}", 202).await;
    join(&world, 3, "{}", 202).await;
    update(
        &world,
        &guest(2, "Bob"),
        &json!({ "name": "Bea", "color": "#abcdef" }),
        200,
    )
    .await;
    world.assign().await;
    let me = show(&world, 3, "/lobby/me", 200).await;
    let room = me["room"].as_str().expect("a room");
    let shown = show(&world, 3, &format!("/lobby/rooms/{room}"), 200).await;
    let seen = &shown["players"][player(2)];
    assert_eq!(
        (&seen["name"], &seen["colors"]),
        (&json!("Bea"), &json!(["#abcdef"]))
    );
    // The same in an open room.
    update(&world, &guest(2, "Bea"), &json!({ "name": "Cleo" }), 200).await;
    let shown = show(&world, 3, &format!("/lobby/rooms/{room}"), 200).await;
    assert_eq!(shown["players"][player(2)]["name"], "Cleo");
}

#[tokio::test]
async fn the_players_of_a_running_match_keep_their_names() {
    let world = World::start().await;
    let room = start_match(&world).await;
    let answer = update(&world, &guest(2, "P2"), &json!({ "name": "Bea" }), 200).await;
    assert_eq!(answer["name"], "Bea");
    let shown = show(&world, 1, &format!("/lobby/rooms/{room}"), 200).await;
    assert_eq!(shown["players"][player(2)]["name"], "P2");
}

#[tokio::test]
async fn a_name_that_comes_from_the_token_stays() {
    let world = World::start().await;
    let long = json!({ "game": "x".repeat(257) });
    update(&world, &guest(2, "Bob"), &long, 400).await;
    let change = |ask: Value| call(1, "PATCH", "/lobby/me").body(ask.to_string());
    let refused = me_update::handle(&world.app, change(json!({ "name": "Bea" })).request()).await;
    let refused = body(refused, 403);
    assert_eq!(refused["type"], "urn:skirmish:problem:name-fixed");
    let colored = me_update::handle(&world.app, change(json!({ "color": "#123456" })).request());
    assert_eq!(
        body(colored.await, 200),
        json!({ "player_id": player(1), "name": "P1" })
    );
    for ask in [
        json!({ "name": "" }),
        json!({ "color": "red" }),
        json!({ "name": 7 }),
    ] {
        let refused = update(&world, &guest(2, "Bob"), &ask, 400).await;
        assert_eq!(refused["type"], "urn:skirmish:problem:bad-request", "{ask}");
    }
}
