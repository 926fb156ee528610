//! A measurement: what sleeping rooms cost a relay.
//! `cargo test --package relay --test it idle -- --ignored --nocapture`, with `ROOMS=10000`.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use lobby::Join;

use crate::support::{Client, World, until};

const CONNECTING: usize = 32;
/// How long the idle rooms are measured.
const WINDOW: Duration = Duration::from_secs(20);

/// Rooms of `cards` whose players have gone, and how long a turn is in them.
const POOLS: &str = r#"{"cards": {"seats_min": 2, "seats_max": 2, "game": "cards",
    "settings": {"turn_seconds": 60, "match_seconds": 900}}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, which prints and takes a minute"]
async fn idle_rooms_of_cards() {
    let rooms = std::env::var("ROOMS").map_or(1_000, |rooms| rooms.parse().expect("a number"));
    let world = World::start_with("{}", |config| {
        POOLS.clone_into(&mut config.pools);
        config.capacity = rooms + 1;
        config.workers = Some(1);
        config.grace_ms = 0;
        "error".clone_into(&mut config.log);
    })
    .await;
    let empty = resident_bytes();
    let base = share(WINDOW / 4).await;
    let began = Instant::now();
    let players = seat(&world, rooms).await;
    stream::iter(players)
        .for_each_concurrent(CONNECTING, async |player| visit(&world, &player).await)
        .await;
    let hosted = world.metric("skirmish_rooms").await;
    println!("{hosted} rooms after {:.1?}", began.elapsed());
    // What the rooms did last is written.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = steps(&world).await;
    let bytes = resident_bytes() - empty;
    let share = share(WINDOW).await;
    let stepped = steps(&world).await - before;
    println!(
        "{:.0} bytes a room; {:.2} % of a core, {:.2} % without rooms; {stepped} steps in {WINDOW:?}",
        bytes / f64::from(rooms),
        share * 100.0,
        base * 100.0
    );
}

async fn steps(world: &World) -> f64 {
    world.metric("skirmish_ticks_total").await
}

/// Seats two players in each room, and returns one of each.
async fn seat(world: &World, rooms: u32) -> Vec<String> {
    let pool = world.lobby.pool("cards").expect("a pool");
    let mut players = Vec::new();
    for _ in 0..rooms {
        for name in ["ada", "bea"] {
            let player = uuid::Uuid::new_v4().to_string();
            let join = Join {
                player: &player,
                name,
                color: None,
                priority: 0,
                request: None,
            };
            pool.queue_join(join).await.expect("queued");
            if name == "ada" {
                players.push(player);
            }
        }
        pool.assign().await.expect("assigned");
    }
    players
}

/// Enters the match, sees that it has begun, and goes.
async fn visit(world: &World, player: &str) {
    let mut client = until("admitted", async || {
        let seated = world.ticket(player).await;
        Client::open(&seated.game.url, &seated.game.ticket)
            .await
            .ok()
    })
    .await;
    let has_begun = |shown: &serde_json::Value| shown["tick"].as_u64() > Some(0);
    client.find("snapshot", has_begun).await;
}

/// Of this process, in which the relay runs.
fn resident_bytes() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = text.split(' ').nth(1).expect("resident pages");
    pages.parse::<f64>().expect("a number") * 4096.0
}

/// The part of a core that this process uses.
async fn share(window: Duration) -> f64 {
    let (before, began) = (cpu(), Instant::now());
    tokio::time::sleep(window).await;
    cpu().saturating_sub(before).as_secs_f64() / began.elapsed().as_secs_f64()
}

/// Of all threads of this process.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after = text.rsplit(')').next().expect("fields");
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<u64>().expect("a number");
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// From the command of a player to its result, which comes with the snapshot that shows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, which prints and takes half a minute"]
async fn the_answer_of_a_sleeping_room() {
    let world = World::start_with("{}", |config| {
        let pools = r#"{"main": {"seats_min": 3, "seats_max": 3},
            "turns": {"seats_min": 3, "seats_max": 3, "game": "turns"}}"#;
        pools.clone_into(&mut config.pools);
        config.workers = Some(1);
    })
    .await;
    let (_, mut turns) = world.play_three_in("turns").await;
    let alone = answers(&mut turns[0], 0).await;
    let (_, mut fast) = world.play_three_in("main").await;
    fast[0].next("snapshot").await;
    let beside = answers(&mut turns[0], 100).await;
    println!("p50 {alone:?} alone on its worker, {beside:?} beside a room of 60 Hz");
}

/// The median time of 100 commands that are refused by the game, which takes a step.
async fn answers(client: &mut Client, first: u32) -> Duration {
    let mut took = Vec::new();
    for id in first..first + 100 {
        tokio::time::sleep(Duration::from_millis(57)).await;
        let began = Instant::now();
        let command = format!(r#"{{"type":"command","id":{id},"name":"resign"}}"#);
        client.send(&command).await;
        client.next("command_result").await;
        took.push(began.elapsed());
    }
    took.sort();
    took[took.len() / 2]
}
