//! Operators see the state of a running match, by the names of its game's fields.

use lobby::LiveState;
use serde_json::{Value, json};

use crate::support::World;

async fn state(world: &World, room: &str, everything: bool) -> Value {
    let answer = world.lobby.admin.match_state(room, everything).await;
    match answer.expect("Redis") {
        LiveState::State(state) => serde_json::from_str(state.get()).expect("JSON"),
        other => panic!("{other:?}"),
    }
}

/// The first card of each player.
fn cards(state: &Value) -> Vec<u64> {
    let players = state["players"].as_object().expect("players").values();
    let card = |player: &Value| player["card1"].as_u64().expect("a card");
    players.map(card).collect()
}

#[tokio::test]
async fn hands_of_cards_are_shown_only_to_those_who_may_see_everything() {
    let world = World::start_of("cards", |_| {}).await;
    let (seated, mut clients) = world.play_three().await;
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(0))
        .await;
    let room = &seated[0].room;
    let all = state(&world, room, true).await;
    let dealt = cards(&all);
    assert_eq!(dealt.len(), 3);
    assert!(dealt.iter().all(|card| *card > 0), "{all}");
    assert!(all["match"]["top"].as_u64() > Some(0), "{all}");
    let filtered = state(&world, room, false).await;
    assert_eq!(cards(&filtered), [0, 0, 0], "{filtered}");
    assert_eq!(filtered["match"]["top"], all["match"]["top"]);
    let left = world.redis.command(&["keys", "{main}:request:state:*"]);
    assert_eq!(left.trim(), "", "an answer is taken");
}

#[tokio::test]
async fn the_state_is_that_of_the_newest_tick() {
    let world = World::start("{}").await;
    let (seated, mut clients) = world.play_three().await;
    let room = &seated[0].room;
    let snapshot = clients[0]
        .find("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(0))
        .await;
    let shown = state(&world, room, false).await;
    assert!(
        shown["tick"].as_u64() >= snapshot["tick"].as_u64(),
        "{shown}"
    );
    let (player, values) = snapshot["players"]
        .as_object()
        .and_then(|players| players.iter().next())
        .expect("a player");
    let names = |values: &Value| {
        let values = values.as_object().expect("fields");
        values.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(&shown["players"][player]), names(values));
    assert_eq!(shown["projectiles"], json!([]));
    let nobody = world.lobby.admin.match_state("main.none", true).await;
    assert!(matches!(nobody, Ok(LiveState::NoMatch)), "{nobody:?}");
}
