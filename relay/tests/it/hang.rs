//! A game whose step takes too long, and games that never return from a step or from `new`.

use serde_json::Value;

use crate::support::{Client, HANGING_SECONDS, Seated, World, get, metric, request, until};

const SETTINGS: &str = r#"{"match_seconds":120}"#;
/// The input after which the game never returns from a step.
const UP: &str = r#"{"type":"input","move":[0,0],"aim":-1.5707963,"fire":true}"#;
/// After this input, each step takes 300 ms.
const DOWN: &str = r#"{"type":"input","move":[0,0],"aim":1.5707963,"fire":true}"#;
/// How many ticks that a snapshot showed may be lost.
const LOST_TICKS_MAX: u64 = 2;

/// Three players in a running match.
async fn play(world: &World, relay: &str) -> (Vec<Seated>, Vec<Client>) {
    let (seated, mut clients) = world.play_three().await;
    assert_eq!(seated[0].game.relay, relay);
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(30))
        .await;
    (seated, clients)
}

/// Why the lobby removed the player.
async fn reason(world: &World, player: &str) -> String {
    until("the room is gone", async || {
        world
            .lobby
            .players
            .me(player)
            .await
            .expect("an answer")
            .reason
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_whose_steps_take_too_long_ends_alone() {
    let world = World::start_of("slow", |config| config.workers = Some(1)).await;
    let (seated, mut doomed) = play(&world, "relay-1").await;
    let (_, mut fine) = play(&world, "relay-1").await;
    doomed[0].send(DOWN).await;
    for client in doomed {
        assert_eq!(client.closed().await, 4004);
    }
    assert_eq!(reason(&world, &seated[1].player).await, "room_failed");
    let now = fine[0].next("snapshot").await["tick"].as_u64();
    let later = |snapshot: &Value| snapshot["tick"].as_u64() > now.map(|tick| tick + 20);
    fine[0].find("snapshot", later).await;
    let failed = world.metric("skirmish_rooms_over_budget_total").await;
    assert!((failed - 1.0).abs() < 0.5, "{failed}");
    assert!(world.metric("skirmish_workers_lost_total").await < 0.5);
    assert_eq!(get(world.server.address(), "/healthz").await.status, 200);
}

/// The match continues on the other server from the newest tick that a snapshot showed.
async fn goes_on(world: &World, seated: &[Seated], shown: u64) {
    let mut clients = Vec::new();
    for one in seated {
        let now = world.moved(one, "relay-1").await;
        clients.push(world.open(&now).await);
    }
    for client in &mut clients {
        let tick = client.next("welcome").await["tick"].as_u64();
        let tick = tick.expect("a tick");
        assert!(tick + LOST_TICKS_MAX >= shown, "{tick} after {shown}");
    }
    let later = |snapshot: &Value| snapshot["tick"].as_u64() > Some(shown + 30);
    clients[0].find("snapshot", later).await;
}

async fn last_shown(clients: Vec<Client>) -> u64 {
    let mut newest = 0;
    for client in clients {
        newest = newest.max(client.last_shown().await.0);
    }
    newest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_never_returns_costs_its_room_and_the_process_and_no_other_match() {
    let world = World::start_of("slow", |config| SETTINGS.clone_into(&mut config.settings)).await;
    let (process, address) = world.slow_process(SETTINGS).await;
    // Of two workers, the first and the third are on the same one.
    let (doomed, mut hanging) = play(&world, "relay-2").await;
    let (beside, beside_clients) = play(&world, "relay-2").await;
    let (behind, behind_clients) = play(&world, "relay-2").await;
    // Without Redis nothing is handed over, so the state in between can be checked.
    world.redis.pause();
    hanging[0].send(UP).await;
    until("the watchdog reports it", async || {
        let health = get(address, "/healthz").await;
        (health.status == 503 && health.body.contains("does not return")).then_some(())
    })
    .await;
    assert!((metric(address, "skirmish_steps_late_total").await - 1.0).abs() < 0.5);
    assert!((metric(address, "skirmish_workers_lost_total").await - 1.0).abs() < 0.5);
    let path = format!("/game/relay-2?ticket={}", doomed[0].game.ticket);
    let knock = format!(
        "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: skirmish.json.v1\r\n\r\n"
    );
    let refused = request(address, &knock).await.expect("an answer");
    assert_eq!(refused.status, 503);
    world.redis.resume();

    let (beside_shown, behind_shown) = (last_shown(beside_clients), last_shown(behind_clients));
    let (beside_shown, behind_shown) = tokio::join!(beside_shown, behind_shown);
    assert_eq!(process.end().await.status.code(), Some(70));
    for one in &doomed {
        assert_eq!(reason(&world, &one.player).await, "room_failed");
    }
    let again = world.seat_three().await;
    assert_eq!(again[0].game.relay, "relay-1");
    tokio::join!(
        goes_on(&world, &beside, beside_shown),
        goes_on(&world, &behind, behind_shown)
    );
    assert!((world.metric("skirmish_rooms_resumed_total").await - 2.0).abs() < 0.5);
    assert!(world.metric("skirmish_hash_mismatches_total").await < 0.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_game_that_never_returns_costs_its_room_and_the_process_and_no_other_match() {
    let world = World::start_of("slow", |config| SETTINGS.clone_into(&mut config.settings)).await;
    let settings = format!(r#"{{"match_seconds":{HANGING_SECONDS}}}"#);
    let (process, _) = world.slow_process(&settings).await;
    let (fine, clients) = play(&world, "relay-2").await;
    let doomed = world.seat_three().await;
    assert_eq!(doomed[0].game.relay, "relay-2");
    let refused = Client::open(&doomed[0].game.url, &doomed[0].game.ticket).await;
    assert_eq!(refused.err(), Some(503));
    let shown = last_shown(clients).await;
    assert_eq!(process.end().await.status.code(), Some(70));
    for one in &doomed {
        assert_eq!(reason(&world, &one.player).await, "room_failed");
    }
    goes_on(&world, &fine, shown).await;
}
