//! Reports of players: what the call takes, who may, and what operators see.

use functions::handlers::match_report;
use serde_json::{Value, json};

use crate::admin::view;
use crate::support::calls::{problem, token};
use crate::support::events::{Call, body};
use crate::support::players::{call, finish_match, join, player, start_match};
use crate::support::world::World;

async fn report(world: &World, number: u32, ask: &Value, status: u16) -> Value {
    let call = call(number, "POST", "/match/report").body(ask.to_string());
    body(
        match_report::handle(&world.app, call.request()).await,
        status,
    )
}

#[tokio::test]
async fn a_report_names_another_person_a_tick_and_a_reason() {
    let (other, bot) = (player(2), "00000000-0000-8000-8000-000000000001");
    let call = |ask: &Value| {
        let call = Call::new("POST", "/match/report").body(ask.to_string());
        call.token(&token(&json!({ "sub": player(1) })))
    };
    for (ask, expected) in [
        (json!({}), "400 bad-request"),
        (json!({ "player_id": other, "tick": 1 }), "400 bad-request"),
        (
            json!({ "player_id": "bob", "tick": 1, "reason": "a" }),
            "400 bad-request",
        ),
        (
            json!({ "player_id": player(1), "tick": 1, "reason": "a" }),
            "400 bad-request",
        ),
        (
            json!({ "player_id": bot, "tick": 1, "reason": "a" }),
            "400 bad-request",
        ),
        (
            json!({ "player_id": other, "tick": -1, "reason": "a" }),
            "400 bad-request",
        ),
        (
            json!({ "player_id": other, "tick": 1.5, "reason": "a" }),
            "400 bad-request",
        ),
        (
            json!({ "player_id": other, "tick": 1, "reason": " \n" }),
            "400 bad-request",
        ),
        (
            json!({ "player_id": other, "tick": 1, "reason": "a\u{7}" }),
            "400 bad-request",
        ),
        (
            json!({ "player_id": other, "tick": 1, "reason": "x".repeat(501) }),
            "400 bad-request",
        ),
        (
            json!({ "player_id": other, "tick": 1, "reason": "a", "room": "a/b" }),
            "404 unknown-room",
        ),
        (
            json!({ "player_id": other, "tick": 1, "reason": "é".repeat(500) }),
            "503 unavailable",
        ),
    ] {
        assert_eq!(
            problem("match-report", &call(&ask)).await,
            expected,
            "{ask}"
        );
    }
    let anonymous = Call::new("POST", "/match/report").body("{}");
    assert_eq!(
        problem("match-report", &anonymous).await,
        "401 unauthorized"
    );
}

#[tokio::test]
async fn only_post_reports() {
    let refused = problem("match-report", &Call::new("GET", "/match/report")).await;
    assert_eq!(refused, "405 method-not-allowed");
    let refused = problem("match-report", &Call::new("POST", "/match/report/")).await;
    assert_eq!(refused, "404 not-found");
}

#[tokio::test]
async fn players_of_a_match_report_each_other_and_operators_see_it() {
    let world = World::start().await;
    let room = start_match(&world).await;
    join(&world, 4, "{}", 202).await;
    let ask = |number: u32| json!({ "player_id": player(number), "tick": 90, "reason": " spam " });
    let of_room = |number: u32| {
        let mut ask = ask(number);
        ask["room"] = json!(room);
        ask
    };
    let received = json!({ "status": "received" });
    assert_eq!(report(&world, 1, &ask(2), 202).await, received);
    assert_eq!(report(&world, 1, &of_room(2), 202).await, received);
    for (number, ask, status, slug) in [
        (4, ask(1), 409, "not-playing"),
        (4, of_room(1), 403, "not-member"),
        (1, ask(4), 404, "unknown-player"),
    ] {
        let refused = report(&world, number, &ask, status).await;
        let expected = format!("urn:skirmish:problem:{slug}");
        assert_eq!(refused["type"], json!(expected), "{number} {ask}");
    }
    finish_match(&world, &room).await;
    report(&world, 3, &ask(1), 409).await;
    assert_eq!(report(&world, 3, &of_room(1), 202).await, received);

    let shown = view(&world, "/admin/reports?limit=1").await;
    let newest = &shown["reports"][0];
    assert_eq!(
        (&newest["player_id"], &newest["by"], &newest["room"]),
        (&json!(player(1)), &json!(player(3)), &json!(room))
    );
    let id = newest["id"].as_str().expect("an id");
    let shown = view(&world, &format!("/admin/reports?before={id}")).await;
    let [report] = shown["reports"].as_array().expect("reports").as_slice() else {
        panic!("{shown}")
    };
    assert_eq!(
        (
            &report["name"],
            &report["by_name"],
            &report["tick"],
            &report["reason"]
        ),
        (&json!("P2"), &json!("P1"), &json!(90), &json!("spam"))
    );
}

#[tokio::test]
async fn too_many_reports_are_refused_for_ten_minutes() {
    let world = World::start().await;
    start_match(&world).await;
    let count = format!("{{main}}:reporter:{}", player(1));
    world.redis.command(&["SET", &count, "10", "PX", "600000"]);
    let ask = json!({ "player_id": player(2), "tick": 1, "reason": "spam" });
    let call = call(1, "POST", "/match/report").body(ask.to_string());
    let refused = match_report::handle(&world.app, call.request()).await;
    assert_eq!(refused.headers()["retry-after"], "600");
    let refused = body(refused, 429);
    assert_eq!(refused["type"], "urn:skirmish:problem:too-many-requests");
}
