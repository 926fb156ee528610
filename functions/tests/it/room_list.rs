//! The list of rooms, through the function: its rows, and every query that is refused.

use functions::handlers::{room_create, room_list};
use serde_json::{Value, json};

use crate::support::calls::problem;
use crate::support::events::{Call, body};
use crate::support::players::{call, player};
use crate::support::world::World;

async fn create(world: &World, number: u32, ask: &str) -> Value {
    let call = call(number, "POST", "/lobby/rooms").body(ask);
    body(room_create::handle(&world.app, call.request()).await, 201)
}

async fn list(world: &World, query: &str, status: u16) -> Value {
    let call = call(9, "GET", "/lobby/rooms").query(query);
    body(room_list::handle(&world.app, call.request()).await, status)
}

#[tokio::test]
async fn listed_rooms_are_found_by_what_the_query_says() {
    let world = World::start().await;
    create(&world, 1, r#"{"visibility":"private"}"#).await;
    let listed = |level| json!({ "visibility": "listed", "meta": { "level": level } }).to_string();
    let made = create(&world, 2, &listed(2)).await;
    create(&world, 3, &listed(3)).await;
    let found = list(
        &world,
        "where=level%3Agte%3A2,level:lt:3&sort=-players",
        200,
    )
    .await;
    let created = found["rooms"][0]["created"].clone();
    let row = json!({
        "room": made["room"], "code": made["code"], "name": "P2", "host": { "player_id": player(2), "name": "P2" },
        "game": "arena", "players": 1, "seats": 3, "free": 2, "state": "gathering", "created": created,
        "settings": {}, "meta": { "level": 2 },
    });
    assert_eq!(found, json!({ "rooms": [row] }));
    assert_eq!(list(&world, "pool=eu", 200).await, json!({ "rooms": [] }));

    let first = list(&world, "sort=-level&limit=1", 200).await;
    assert_eq!(first["rooms"][0]["meta"], json!({ "level": 3 }));
    let cursor = first["cursor"].as_str().expect("a cursor");
    let next = format!("sort=-level&limit=1&cursor={cursor}");
    assert_eq!(list(&world, &next, 200).await, found);
}

#[tokio::test]
async fn queries_that_cannot_be_are_refused() {
    let world = World::start().await;
    for (query, detail) in [
        (
            "where=banana",
            "where must be a list of conditions such as level:gte:3, separated by commas; \"banana\" is not a condition.",
        ),
        (
            "where=mode:eq:duo",
            "where has a key that the pool's rooms do not have: \"mode\".",
        ),
        (
            "where=level:gte:high",
            "where must compare level with a whole number up to 2^53, not with \"high\".",
        ),
        ("limit=0", "limit must be a number from 1 to 100."),
        ("cursor=x", "cursor must be the cursor of a page."),
        (
            "cursor=-players,1,a",
            "cursor is from a page with another sort: \"-players\".",
        ),
    ] {
        let refused = list(&world, query, 400).await;
        assert_eq!(refused["detail"], detail, "{query}");
    }
    let sort = list(&world, "sort=name", 400).await;
    assert_eq!(sort["type"], "urn:skirmish:problem:bad-request");
    let pool = list(&world, "pool=nowhere", 404).await;
    assert_eq!(pool["type"], "urn:skirmish:problem:unknown-pool");
    let nobody = Call::new("GET", "/lobby/rooms");
    assert_eq!(problem("room-list", &nobody).await, "401 unauthorized");
}
