//! The bridge: it invokes functions for due work in Redis, one invocation at a time.

use lobby::Join;

use crate::support::{FakeLambda, GAMES, World, until};

const MANY: usize = 120;

async fn join(world: &World, name: &str) {
    let player = uuid::Uuid::new_v4().to_string();
    let join = Join {
        player: &player,
        name,
        color: None,
        game: "",
        latencies: "",
        trace: "",
        priority: 0,
        request: None,
    };
    world
        .lobby
        .pool("main")
        .expect("a pool")
        .queue_join(join)
        .await
        .expect("queued");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queued_player_makes_the_bridge_invoke_assign() {
    let world = World::start("{}").await;
    join(&world, "ada").await;
    let invocation = until("an invocation", async || {
        world.lambda.of("assign").first().cloned()
    })
    .await;
    assert_eq!(invocation.payload, r#"{"pool":"main"}"#);
    world
        .until_metric("skirmish_invocations_total{function=\"assign\"}", 1.0)
        .await;
    world
        .until_metric("skirmish_queue_players{pool=\"main\"}", 1.0)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remainder_and_an_error_are_invoked_again_and_never_two_at_once() {
    let lambda = FakeLambda::start(|function, before| match (function, before) {
        ("assign", 0 | 2) => Err("Unhandled"),
        // More than looking alone would invoke in the time there is.
        ("assign", 1..MANY) => Ok(r#"{"remainder":true}"#),
        _ => Ok(r#"{"remainder":false}"#),
    })
    .await;
    let url = lambda.url();
    let world = World::start_with("{}", |config| config.lambda_url = Some(url)).await;
    join(&world, "ada").await;
    until("many invocations", async || {
        (lambda.of("assign").len() > MANY).then_some(())
    })
    .await;
    for invocation in lambda.of("assign") {
        assert_eq!(invocation.beside, 0);
    }
    world
        .until_metric("skirmish_invocation_errors_total{function=\"assign\"}", 2.0)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_one_is_the_bridge() {
    let world = World::start("{}").await;
    until("the first one holds it", async || {
        world
            .redis
            .command(&["get", "{main}:bridge"])
            .contains("relay-1")
            .then_some(())
    })
    .await;
    let second = FakeLambda::start(|_, _| Ok(r#"{"remainder":false}"#)).await;
    let mut config = world.config();
    config.relay_id = "relay-2".to_owned();
    config.lambda_url = Some(second.url());
    let other = relay::GameServer::start(GAMES, config)
        .await
        .expect("a second server");
    join(&world, "ada").await;
    until("an invocation", async || {
        (!world.lambda.of("assign").is_empty()).then_some(())
    })
    .await;
    assert_eq!(second.of("assign"), []);

    // The first one ends: the second takes over.
    world.server.shutdown().await;
    until("an invocation by the other", async || {
        (!second.of("assign").is_empty()).then_some(())
    })
    .await;
    other.shutdown().await;
}
