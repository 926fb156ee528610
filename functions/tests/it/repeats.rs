//! Repeated, late and reordered calls: requests with an `Idempotency-Key`, and events.

use functions::handlers::{
    PoolEvent, assign, deliver, expire, feedback, guest, queue_join, queue_leave, sweep,
};
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use crate::support::calls::problem;
use crate::support::events::{Call, body, shown};
use crate::support::players::{call, finish_match, join, open, show, start_match};
use crate::support::world::World;

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

/// The function that answers a mutation.
async fn answer(world: &World, call: &Call) -> Response<Body> {
    let request = call.request();
    match request.uri().path() {
        "/lobby/guest" => guest::handle(&world.app, request).await,
        "/feedback" => feedback::handle(&world.app, request).await,
        "/lobby/queue" if request.method() == "POST" => {
            queue_join::handle(&world.app, request).await
        }
        _ => queue_leave::handle(&world.app, request).await,
    }
}

/// Twice at once and once more: the same answer each time.
async fn check_same(world: &World, call: &Call, status: u16) {
    let call = call.clone().header("idempotency-key", KEY);
    let (one, two) = tokio::join!(answer(world, &call), answer(world, &call));
    let answers = [one, two, answer(world, &call).await].map(shown);
    assert!(
        answers[0].starts_with(&status.to_string()),
        "{}",
        answers[0]
    );
    assert!(
        answers.iter().all(|other| *other == answers[0]),
        "{answers:#?}"
    );
}

/// The key of one request with another one.
async fn check_other(world: &World, call: &Call) {
    let call = call.clone().header("idempotency-key", KEY);
    let problem = body(answer(world, &call).await, 422);
    assert_eq!(
        problem["type"],
        "urn:skirmish:problem:idempotency-key-reused"
    );
}

#[tokio::test]
async fn each_mutation_has_one_effect_and_one_answer_for_its_key() {
    let world = World::start().await;
    let queue = |method, number| call(number, method, "/lobby/queue");
    check_same(&world, &queue("POST", 1).body("{}"), 202).await;
    check_same(&world, &queue("DELETE", 2), 204).await;
    check_same(&world, &call(3, "DELETE", "/lobby/match"), 204).await;
    let said = r#"{"text":"Good."}"#;
    check_same(&world, &call(4, "POST", "/feedback").body(said), 202).await;
    check_same(&world, &Call::new("POST", "/feedback").body(said), 202).await;
    check_same(&world, &Call::new("POST", "/lobby/guest"), 201).await;
    assert_eq!(world.redis.command(&["XLEN", "feedback"]), "2");
}

#[tokio::test]
async fn a_key_is_good_for_one_request_only() {
    let world = World::start().await;
    let queue = |method| call(1, method, "/lobby/queue");
    check_same(&world, &queue("POST").body("{}"), 202).await;
    check_other(&world, &queue("POST").body(r#"{"pool":"eu"}"#)).await;
    check_other(&world, &queue("DELETE")).await;
    check_other(&world, &call(1, "DELETE", "/lobby/match")).await;
    assert_eq!(show(&world, 1, "/lobby/me", 200).await["status"], "queued");
    // Another player has separate keys.
    check_same(&world, &call(2, "DELETE", "/lobby/queue"), 204).await;

    let said =
        |text: &str| Call::new("POST", "/feedback").body(json!({ "text": text }).to_string());
    check_same(&world, &said("a"), 202).await;
    check_other(&world, &said("b")).await;
    let named =
        |name: &str| Call::new("POST", "/lobby/guest").body(json!({ "name": name }).to_string());
    check_same(&world, &named("Ada"), 201).await;
    check_other(&world, &named("Eve")).await;
    assert_eq!(world.redis.command(&["XLEN", "feedback"]), "1");
}

#[tokio::test]
async fn a_stranger_s_key_is_hard_to_guess() {
    for (function, path) in [("guest", "/lobby/guest"), ("feedback", "/feedback")] {
        let call = |key: &str| {
            let call = Call::new("POST", path).body(r#"{"text":"a"}"#);
            call.header("idempotency-key", key)
        };
        let short = problem(function, &call("1234567890abcde")).await;
        assert_eq!(short, "400 bad-request");
        // Without Redis the first use of a key is unknown; without a key a guest needs no Redis.
        assert_eq!(problem(function, &call(KEY)).await, "503 unavailable");
    }
}

/// Every event of the bridge and the schedule, twice, in an order of `round`'s.
async fn deliver_again(world: &World, round: u32) {
    let event = || PoolEvent {
        pool: "main".to_owned(),
    };
    let all_lanes = || deliver::LaneEvent {
        pool: "main".to_owned(),
        lane: None,
    };
    for step in 0..8 {
        match (step * 3 + round) % 4 {
            0 => drop(assign::handle(&world.app, event()).await.expect("assign")),
            1 => drop(expire::handle(&world.app, event()).await.expect("expire")),
            2 => drop(
                deliver::handle(&world.app, all_lanes())
                    .await
                    .expect("deliver"),
            ),
            _ => drop(sweep::handle(&world.app).await.expect("sweep")),
        }
    }
}

/// The public state, without values that are new each time.
async fn seen(world: &World) -> Value {
    let mut all = Vec::new();
    for number in 1..=4 {
        let mut me = show(world, number, "/lobby/me", 200).await;
        me["game"]["ticket"] = Value::Null;
        all.push(me);
    }
    all.push(json!(world.received("one")));
    let boards = world.lobby().await.leaderboard.of_pool("main", 10).await;
    all.push(json!(boards.expect("a leaderboard")));
    json!(all)
}

async fn check_unchanged(world: &World) {
    let before = seen(world).await;
    for round in 0..4 {
        deliver_again(world, round).await;
        let after = seen(world).await;
        // A relay renews its registration.
        world.relay().await;
        assert_eq!(after, before, "round {round}");
    }
}

#[tokio::test]
async fn events_twice_late_and_out_of_order_change_nothing() {
    let world = World::start().await;
    open(&world, 1, "one").await;
    check_unchanged(&world).await;
    let room = start_match(&world).await;
    join(&world, 4, "{}", 202).await;
    deliver_again(&world, 0).await;
    assert_eq!(show(&world, 4, "/lobby/me", 200).await["status"], "seated");
    check_unchanged(&world).await;
    finish_match(&world, &room).await;
    deliver_again(&world, 1).await;
    check_unchanged(&world).await;
    let me = show(&world, 1, "/lobby/me", 200).await;
    assert_eq!(me, json!({ "status": "out", "reason": "match_over" }));
}
