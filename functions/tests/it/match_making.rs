//! From asking for a game to the leaderboard, through the functions, over a real Redis.

use functions::handlers::{
    PoolEvent, deliver, expire, feedback, leaderboard, me, queue_join, queue_leave, replays,
    socket_message, sweep,
};
use serde_json::{Value, json};

use crate::support::events::{Call, body, fixture, message, request, shown};
use crate::support::players::{
    call, finish_match, join, leave, open, open_by, player, show, start_match,
};
use crate::support::world::{World, app};

#[tokio::test]
async fn the_fixtures_are_answered() {
    let world = World::start().await;
    let text = shown(queue_join::handle(&world.app, request(&fixture("queue-join"))).await);
    assert!(
        text.starts_with("202\n")
            && text.contains(r#"{"pool":"main","position":1,"status":"queued"}"#),
        "{text}"
    );
    for (name, expected) in [("queue-leave", "204"), ("queue-leave-match", "204")] {
        let text = shown(queue_leave::handle(&world.app, request(&fixture(name))).await);
        assert_eq!(text.lines().next(), Some(expected), "{name}");
    }
    for (name, expected) in [("me", "200"), ("me-room", "404")] {
        let text = shown(me::handle(&world.app, request(&fixture(name))).await);
        assert_eq!(text.lines().next(), Some(expected), "{name}");
    }
    for (name, expected) in [("leaderboard", "200"), ("leaderboard-room", "404")] {
        let text = shown(leaderboard::handle(&world.app, request(&fixture(name))).await);
        assert_eq!(text.lines().next(), Some(expected), "{name}");
    }
    let text = shown(replays::handle(&world.app, request(&fixture("replays"))).await);
    assert_eq!(text.lines().next(), Some("404"));
    let text = shown(feedback::handle(&world.app, request(&fixture("feedback"))).await);
    assert_eq!(text.lines().next(), Some("202"));
}

#[tokio::test]
async fn joining_is_202_and_again_200_with_the_same_place() {
    let world = World::start().await;
    let queued =
        |position: u64| json!({ "status": "queued", "pool": "main", "position": position });
    assert_eq!(join(&world, 1, "", 202).await, queued(1));
    assert_eq!(join(&world, 2, "{}", 202).await, queued(2));
    assert_eq!(join(&world, 1, r#"{"pool":"main"}"#, 200).await, queued(1));
    let me = show(&world, 2, "/lobby/me", 200).await;
    assert_eq!(
        me,
        json!({ "status": "queued", "pool": "main", "position": 2 })
    );
}

#[tokio::test]
async fn the_same_idempotency_key_has_the_same_answer() {
    let world = World::start().await;
    let call = call(1, "POST", "/lobby/queue").header("idempotency-key", "k-1");
    for _ in 0..3 {
        assert_eq!(
            body(queue_join::handle(&world.app, call.request()).await, 202)["position"],
            1
        );
    }
    leave(&world, 1, "/lobby/queue", 204).await;
    assert_eq!(
        body(queue_join::handle(&world.app, call.request()).await, 202)["position"],
        1
    );
    assert_eq!(show(&world, 1, "/lobby/me", 200).await["status"], "out");
}

#[tokio::test]
async fn one_pool_at_a_time() {
    let world = World::start().await;
    join(&world, 1, r#"{"pool":"eu"}"#, 202).await;
    let problem = join(&world, 1, r#"{"pool":"main"}"#, 409).await;
    assert_eq!(
        (&problem["type"], &problem["pool"]),
        (&json!("urn:skirmish:problem:other-pool"), &json!("eu"))
    );
}

#[tokio::test]
async fn leaving_is_idempotent() {
    let world = World::start().await;
    join(&world, 1, "{}", 202).await;
    for path in ["/lobby/queue", "/lobby/queue", "/lobby/match"] {
        assert_eq!(leave(&world, 1, path, 204).await, Value::Null);
        assert_eq!(
            show(&world, 1, "/lobby/me", 200).await,
            json!({ "status": "out" })
        );
    }
}

#[tokio::test]
async fn a_full_redis_refuses_joins_and_lets_players_leave() {
    let world = World::start().await;
    join(&world, 1, "{}", 202).await;
    world.redis.fill();
    let problem = join(&world, 2, "{}", 503).await;
    assert_eq!(problem["type"], "urn:skirmish:problem:unavailable");
    leave(&world, 1, "/lobby/queue", 204).await;
    leave(&world, 1, "/lobby/match", 204).await;
}

#[tokio::test]
async fn sockets_get_queue_room_and_match_in_order() {
    let world = World::start().await;
    open(&world, 1, "one").await;
    start_match(&world).await;
    let received = world.received("one");
    let types = world.types("one");
    assert_eq!(
        (
            types.first().map(String::as_str),
            types.last().map(String::as_str)
        ),
        (Some("queued"), Some("match_started")),
        "{types:?}"
    );
    let seqs: Vec<u64> = received
        .iter()
        .map(|message| message["seq"].as_u64().expect("seq"))
        .collect();
    assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
    let game = &received.last().expect("a message")["game"];
    assert_eq!(game["relay"], "relay-1");
    let host = fixture("socket-connect")["headers"]["Host"].clone();
    let host = host.as_str().expect("a host");
    assert_eq!(game["url"], format!("wss://{host}/game/relay-1"));
}

#[tokio::test]
async fn a_game_is_at_the_origin_by_which_each_client_came() {
    let world = World::start().await;
    start_match(&world).await;
    let check = async |headers: &[(&str, &str)], url: &str| {
        let by = |method: &str, path: &str| {
            let call = call(1, method, path);
            headers
                .iter()
                .fold(call, |call, (name, value)| call.header(name, value))
        };
        let me = me::handle(&world.app, by("GET", "/lobby/me").request()).await;
        let join = queue_join::handle(&world.app, by("POST", "/lobby/queue").request()).await;
        let leave = queue_leave::handle(&world.app, by("DELETE", "/lobby/queue").request()).await;
        for answer in [body(me, 200), body(join, 409), body(leave, 409)] {
            let game = &answer["game"];
            assert_eq!(
                (&game["url"], &game["path"]),
                (&json!(url), &json!("/game/relay-1")),
                "{headers:?}"
            );
        }
    };
    let host = ("x-forwarded-host", "localhost:9999");
    check(&[host], "wss://localhost:9999/game/relay-1").await;
    let plain = ("x-forwarded-proto", "http");
    check(&[host, plain], "ws://localhost:9999/game/relay-1").await;
    // What is no host is not echoed.
    let wrong = [("x-forwarded-host", "a/b"), plain];
    check(&wrong, "/game/relay-1").await;
}

#[tokio::test]
async fn a_push_names_a_game_at_the_origin_of_its_socket() {
    let world = World::start().await;
    for (number, connection, host, proto) in [
        (1, "one", "127.0.0.1:8080", "http"),
        (2, "two", "play.example.org", "https"),
    ] {
        open_by(&world, number, connection, host, proto).await;
    }
    start_match(&world).await;
    for (connection, url) in [
        ("one", "ws://127.0.0.1:8080/game/relay-1"),
        ("two", "wss://play.example.org/game/relay-1"),
    ] {
        for action in ["sync", "leave"] {
            let text = format!(r#"{{"action":"{action}"}}"#);
            socket_message::handle(&world.app, message(connection, &text)).await;
        }
        let received = world.received(connection);
        let games: Vec<&Value> = received
            .iter()
            .map(|message| match message["type"].as_str() {
                Some("error") => &message["problem"]["game"],
                _ => &message["game"],
            })
            .filter(|game| !game.is_null())
            .collect();
        assert_eq!(games.len(), 3, "match_started, state, error: {received:?}");
        for game in games {
            assert_eq!(
                (&game["url"], &game["path"]),
                (&json!(url), &json!("/game/relay-1"))
            );
        }
    }
}

#[tokio::test]
async fn a_relay_with_an_address_of_its_own_is_named_by_it() {
    let world = World::start().await;
    world.relay_at("wss://eu.example.org/game/relay-1").await;
    for number in 1..=3 {
        join(&world, number, "{}", 202).await;
    }
    assert_eq!(world.assign().await.started, 1);
    let me = show(&world, 1, "/lobby/me", 200).await;
    assert_eq!(me["game"]["url"], "wss://eu.example.org/game/relay-1");
    assert_eq!(me["game"]["path"], Value::Null);
}

#[tokio::test]
async fn in_a_match_the_queue_is_closed_and_says_how_to_rejoin() {
    let world = World::start().await;
    let room = start_match(&world).await;
    for problem in [
        join(&world, 1, "{}", 409).await,
        leave(&world, 1, "/lobby/queue", 409).await,
    ] {
        assert_eq!(
            (&problem["type"], &problem["room"]),
            (&json!("urn:skirmish:problem:in-match"), &json!(room))
        );
        assert_eq!(problem["game"]["relay"], "relay-1");
    }
    leave(&world, 1, "/lobby/match", 204).await;
    assert_eq!(show(&world, 1, "/lobby/me", 200).await["status"], "out");
    join(&world, 1, "{}", 202).await;
}

#[tokio::test]
async fn every_look_at_oneself_has_a_fresh_ticket() {
    let world = World::start().await;
    start_match(&world).await;
    let [one, two] = [
        show(&world, 1, "/lobby/me", 200).await,
        show(&world, 1, "/lobby/me", 200).await,
    ];
    assert_eq!(one["status"], "playing");
    assert_ne!(one["game"]["ticket"], two["game"]["ticket"]);
}

#[tokio::test]
async fn a_room_is_shown_to_its_players_only() {
    let world = World::start().await;
    let room = start_match(&world).await;
    let path = format!("/lobby/rooms/{room}");
    let view = show(&world, 1, &path, 200).await;
    assert_eq!(
        (
            view["room_id"].as_str(),
            view["players"].as_object().map(serde_json::Map::len)
        ),
        (Some(room.as_str()), Some(3))
    );
    assert_eq!(view["players"][player(2)]["name"], "P2");
    assert_eq!(
        show(&world, 9, &path, 403).await["type"],
        "urn:skirmish:problem:not-member"
    );
    assert_eq!(
        show(&world, 1, "/lobby/rooms/main.none", 404).await["type"],
        "urn:skirmish:problem:unknown-room"
    );
}

#[tokio::test]
async fn scores_are_on_both_leaderboards() {
    let world = World::start().await;
    let room = start_match(&world).await;
    finish_match(&world, &room).await;
    for (path, query) in [
        ("/leaderboard".to_owned(), "limit=2"),
        (format!("/leaderboard/{room}"), ""),
    ] {
        let call = Call::new("GET", &path).query(query);
        let ranks = body(leaderboard::handle(&world.app, call.request()).await, 200);
        assert_eq!(
            ranks[0],
            json!({ "player_id": player(2), "name": "P2", "score": 5, "rank": 1 }),
            "{path}"
        );
        assert_eq!(
            ranks.as_array().map(Vec::len),
            Some(if query.is_empty() { 3 } else { 2 })
        );
    }
}

#[tokio::test]
async fn a_failing_push_fails_no_request_and_notify_makes_it_good() {
    let world = World::start().await;
    open(&world, 1, "one").await;
    let deaf = app(&world.app.config().redis_url, "http://127.0.0.1:1");
    let call = call(1, "POST", "/lobby/queue");
    assert_eq!(
        body(queue_join::handle(&deaf, call.request()).await, 202)["position"],
        1
    );
    assert!(world.received("one").is_empty());
    until_received(&world, "one").await;
    assert_eq!(world.types("one"), ["queued"]);
}

/// Repeats `deliver`: an earlier delivery that failed may hold the lease for a while.
async fn until_received(world: &World, connection: &str) {
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    while world.received(connection).is_empty() {
        assert!(tokio::time::Instant::now() < until, "no message came");
        deliver::handle(
            &world.app,
            deliver::LaneEvent {
                pool: "main".to_owned(),
                lane: Some(0),
            },
        )
        .await
        .expect("drained");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn sweep_seats_and_tells_without_any_relay_s_help() {
    let world = World::start().await;
    world.relay().await;
    for number in 1..=3 {
        join(&world, number, "{}", 202).await;
    }
    let swept = sweep::handle(&world.app).await.expect("swept");
    assert_eq!(swept.keys().collect::<Vec<_>>(), ["eu", "main"]);
    assert_eq!(
        (
            swept["main"]["seated"],
            swept["main"]["started"],
            swept["eu"]["seated"]
        ),
        (3, 1, 0),
        "{swept:?}"
    );
    assert_eq!(show(&world, 3, "/lobby/me", 200).await["status"], "playing");
}

#[tokio::test]
async fn events_of_unknown_pools_and_without_redis_are_errors() {
    let world = World::start().await;
    let event = || PoolEvent {
        pool: "nowhere".to_owned(),
    };
    assert!(expire::handle(&world.app, event()).await.is_err());
    for (pool, lane) in [("nowhere", 0), ("main", 64)] {
        let event = deliver::LaneEvent {
            pool: pool.to_owned(),
            lane: Some(lane),
        };
        assert!(deliver::handle(&world.app, event).await.is_err(), "{pool}");
    }
    let lonely = crate::support::world::lonely_app();
    assert!(
        expire::handle(
            &lonely,
            PoolEvent {
                pool: "main".to_owned()
            }
        )
        .await
        .is_err()
    );
    assert!(sweep::handle(&lonely).await.is_err());
}

#[tokio::test]
async fn events_carry_more_than_is_read() {
    for name in ["assign", "expire", "deliver"] {
        let mut event = fixture(name);
        event["more"] = json!({ "a": [1] });
        let event: PoolEvent = serde_json::from_value(event).expect("an event");
        assert_eq!(event.pool, "main");
    }
    for event in [
        json!({}),
        json!({ "pool": 7 }),
        json!({ "pool": null }),
        json!("main"),
    ] {
        assert!(
            serde_json::from_value::<PoolEvent>(event.clone()).is_err(),
            "{event}"
        );
    }
}
