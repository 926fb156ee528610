//! Players who join a running match of swarm.

use lobby::{GameTicket, Join, Status};
use serde_json::Value;

use crate::support::{Client, GAMES, Seated, World, free_address, healthy, until};

const POOL: &str = r#"{"seats_min":2,"seats_max":3,"countdown_ms":1,"late":{"until_s":60}}"#;

fn pools(pool: &str) -> String {
    format!(r#"{{"main":{pool}}}"#)
}

async fn start(seconds: u32, grace_ms: u32) -> World {
    World::start_with("{}", |config| {
        config.game = Some("swarm".to_owned());
        config.pools = pools(POOL);
        config.settings = format!(r#"{{"match_seconds":{seconds}}}"#);
        config.grace_ms = grace_ms;
    })
    .await
}

pub(crate) async fn join(world: &World, name: &str) -> String {
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
    let pool = world.lobby.pool("main").expect("a pool");
    pool.queue_join(join).await.expect("queued");
    player
}

/// Two connected players in a running match.
async fn two(world: &World) -> (Vec<Seated>, Vec<Client>) {
    let players = [join(world, "ada").await, join(world, "bea").await];
    let pool = world.lobby.pool("main").expect("a pool");
    pool.assign().await.expect("assigned");
    until("the countdown ends", async || {
        let expired = pool.deadlines.expire(10).await.expect("expired");
        (expired.rooms > 0).then_some(())
    })
    .await;
    let mut seated = Vec::new();
    let mut clients = Vec::new();
    for player in &players {
        seated.push(world.ticket(player).await);
        clients.push(world.open(seated.last().expect("a seat")).await);
    }
    let is_running = |snapshot: &Value| snapshot["tick"].as_u64() > Some(0);
    clients[0].find("snapshot", is_running).await;
    (seated, clients)
}

/// Queues a player once the match offers a seat; the lobby then seats them there.
pub(crate) async fn join_late(world: &World, name: &str, room: &str) -> Seated {
    let offers = format!("{{main}}:room:{room}");
    until("an offer", async || {
        let free = world.redis.command(&["hget", &offers, "free"]);
        free.contains(|c: char| c.is_ascii_digit()).then_some(())
    })
    .await;
    let player = join(world, name).await;
    let pool = world.lobby.pool("main").expect("a pool");
    pool.assign().await.expect("assigned");
    let seated = world.ticket(&player).await;
    assert_eq!(seated.room, room);
    seated
}

async fn status(world: &World, player: &str) -> (Status, Option<String>) {
    let me = world.lobby.players.me(player).await.expect("an answer");
    (me.status, me.reason)
}

pub(crate) async fn check(world: &World) {
    let wrong = lobby::check::violations(&world.lobby, "main").await;
    assert_eq!(wrong.expect("checked"), Vec::<String>::new());
}

/// Sends a direction until the player moves.
async fn run(client: &mut Client, player: &str) {
    let x = |snapshot: &Value| snapshot["players"][player]["x"].as_f64();
    let first = x(&client.next("snapshot").await).expect("in the world");
    until("a move", async || {
        client
            .send(r#"{"type":"input","direction":[1,0],"dash":false,"item":0}"#)
            .await;
        let now = x(&client.next("snapshot").await).expect("in the world");
        ((now - first).abs() > 5.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_player_joins_the_running_match_and_is_in_its_result() {
    let world = start(6, 5_000).await;
    let (seated, mut clients) = two(&world).await;
    let late = join_late(&world, "cyd", &seated[0].room).await;
    // The inbox message is not delivered yet: the ticket is enough.
    let mut client = world.open(&late).await;
    let welcome = client.next("welcome").await;
    assert_eq!(welcome["seat"], 2);
    assert!(welcome["joined_at"].as_u64() > Some(1), "{welcome}");
    assert_eq!(welcome["players"].as_array().map(Vec::len), Some(3));
    let joined = clients[0].next("joined").await;
    assert_eq!(
        (&joined["seat"], &joined["name"]),
        (&2.into(), &"cyd".into())
    );
    assert_eq!(joined["player_id"], late.player);
    world.deliver().await;
    run(&mut client, &late.player).await;
    check(&world).await;
    let over = clients[0].next("over").await;
    let scores = over["scores"].as_array().expect("scores");
    assert!(
        scores.iter().any(|score| score["player_id"] == late.player),
        "{over}"
    );
    assert_eq!(scores.len(), 3);
    let done = status(&world, &late.player).await;
    assert_eq!(done, (Status::Out, Some("match_over".to_owned())));
    let replay = world
        .replay(&late)
        .await
        .expect("a replay for a late player");
    assert!(!replay.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_late_players_never_have_one_seat() {
    let world = start(60, 5_000).await;
    let (seated, mut clients) = two(&world).await;
    let room = &seated[0].room;
    let late = join_late(&world, "cyd", room).await;
    let other = join(&world, "dee").await;
    let pool = world.lobby.pool("main").expect("a pool");
    pool.assign().await.expect("assigned");
    assert_eq!(status(&world, &other).await.0, Status::Seated);
    world.deliver().await;
    let joined = clients[0].next("joined").await;
    assert_eq!(joined["player_id"], late.player);
    let _client = world.open(&late).await;
    check(&world).await;
    // A player leaves: another one gets the seat.
    world
        .lobby
        .players
        .forfeit(&seated[1].player, None)
        .await
        .expect("forfeited");
    world.deliver().await;
    let next = join_late(&world, "eve", room).await;
    let mut client = world.open(&next).await;
    assert_eq!(client.next("welcome").await["seat"], 1);
    check(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_player_who_does_not_connect_gives_the_seat_back() {
    let world = start(60, 700).await;
    let (seated, _clients) = two(&world).await;
    let late = join_late(&world, "cyd", &seated[0].room).await;
    world.deliver().await;
    until("the grace ends", async || {
        let now = status(&world, &late.player).await;
        (now == (Status::Out, Some("not_connected".to_owned()))).then_some(())
    })
    .await;
    check(&world).await;
    let next = join_late(&world, "dee", &seated[0].room).await;
    let mut client = world.open(&next).await;
    assert_eq!(client.next("welcome").await["seat"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_player_of_a_match_that_ends_first_waits_in_front() {
    let world = start(2, 5_000).await;
    let (seated, mut clients) = two(&world).await;
    let late = join_late(&world, "cyd", &seated[0].room).await;
    let over = clients[0].next("over").await;
    assert_eq!(over["scores"].as_array().map(Vec::len), Some(2));
    assert_eq!(status(&world, &late.player).await.0, Status::Queued);
    check(&world).await;
}

/// A match of two on `relay-2`, which the lobby prefers, and a late player whom the lobby has seated
/// there. The relay does not know yet.
async fn two_elsewhere(world: &World) -> (Vec<Seated>, Vec<Client>, Seated) {
    let (seated, clients) = two(world).await;
    assert_eq!(seated[0].game.relay, "relay-2");
    let late = join_late(world, "cyd", &seated[0].room).await;
    (seated, clients, late)
}

async fn all_play_on(world: &World, seated: &[Seated], late: &Seated) {
    let mut clients = Vec::new();
    for player in seated {
        clients.push(world.open(&world.ticket(&player.player).await).await);
    }
    let mut client = world.open(&world.ticket(&late.player).await).await;
    let welcome = client.next("welcome").await;
    assert!(welcome["joined_at"].as_u64() > Some(1), "{welcome}");
    run(&mut client, &late.player).await;
    check(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_player_is_in_the_match_after_its_relay_was_killed() {
    let world = start(60, 5_000).await;
    let pools = pools(POOL);
    let (process, _) = world
        .process_with(&[("POOLS", &pools), ("GAME", "swarm")])
        .await;
    let (seated, _clients, late) = two_elsewhere(&world).await;
    process.signal("-KILL");
    let GameTicket { epoch, .. } = world.moved(&late, "relay-1").await.game;
    assert_eq!(epoch, 2);
    all_play_on(&world, &seated, &late).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_player_moves_with_the_match_of_a_relay_that_drains() {
    let world = start(60, 5_000).await;
    let mut config = world.config();
    let listen = free_address();
    (config.listen, config.public_url) = (listen, Some(format!("ws://{listen}")));
    "relay-2".clone_into(&mut config.relay_id);
    (config.capacity, config.game) = (100, Some("swarm".to_owned()));
    config.pools = pools(POOL);
    let leaving = relay::GameServer::start(GAMES, config)
        .await
        .expect("a server");
    healthy(leaving.address()).await;
    let (seated, _clients, late) = two_elsewhere(&world).await;
    let stopping = tokio::spawn(leaving.shutdown());
    until("the room moves", async || {
        let now = world.ticket(&late.player).await;
        (now.game.relay == "relay-1").then_some(())
    })
    .await;
    all_play_on(&world, &seated, &late).await;
    stopping.await.expect("stopped");
}
