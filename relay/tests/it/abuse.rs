//! Malformed and excessive input, and that it does not affect other players.

use crate::support::{Client, Raw, World};

/// One player misbehaves and is closed with this code. The other two are not affected.
async fn check(misbehave: impl AsyncFnOnce(&str, &str) -> u16, expected: u16) {
    let world = World::start("{}").await;
    let seated = world.seat_three().await;
    let mut other = Client::open(&seated[1].game.url, &seated[1].game.ticket)
        .await
        .expect("admitted");
    let game = &seated[0].game;
    assert_eq!(misbehave(&game.url, &game.ticket).await, expected);
    let before = other.next("snapshot").await["tick"].as_u64();
    other
        .find("snapshot", |snapshot| {
            snapshot["tick"].as_u64() > before.map(|tick| tick + 20)
        })
        .await;
    world
        .until_metric(
            &format!("skirmish_closes_total{{code=\"{expected}\"}}"),
            1.0,
        )
        .await;
    assert!(world.metric("skirmish_room_panics_total").await < 1.0);
}

async fn check_text(text: &str, expected: u16) {
    check(
        async |url, ticket| {
            let mut client = Client::open(url, ticket).await.expect("admitted");
            client.next("welcome").await;
            client.send(text).await;
            client.closed().await
        },
        expected,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_not_json() {
    check_text("hello", 4010).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_a_number() {
    check_text(
        r#"{"type":"input","move":[NaN,0],"aim":0,"fire":false}"#,
        4010,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_too_long() {
    check_text(&"x".repeat(5_000), 1009).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unmasked_frame() {
    check(
        async |url, ticket| {
            let mut raw = Raw::open(url, ticket).await;
            raw.write(b"\x81\x02{}").await;
            raw.closed().await
        },
        1002,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_that_promises_gigabytes() {
    check(
        async |url, ticket| {
            let mut raw = Raw::open(url, ticket).await;
            raw.write(b"\x81\xff\x00\x00\x00\x7f\x00\x00\x00\x00masked")
                .await;
            raw.write(&vec![0; 100_000]).await;
            raw.closed().await
        },
        1009,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood() {
    check(
        async |url, ticket| {
            let mut client = Client::open(url, ticket).await.expect("admitted");
            for _ in 0..2_000 {
                client
                    .send(r#"{"type":"input","move":[0,0],"aim":0,"fire":false}"#)
                    .await;
            }
            client.closed().await
        },
        4011,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn binary_where_text_was_agreed() {
    check(
        async |url, ticket| {
            let mut raw = Raw::open(url, ticket).await;
            raw.write(b"\x82\x82\x00\x00\x00\x00{}").await;
            raw.closed().await
        },
        4010,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn empty_frames_without_end_do_not_hold_the_worker() {
    let world = World::start("{}").await;
    let seated = world.seat_three().await;
    let mut other = Client::open(&seated[1].game.url, &seated[1].game.ticket)
        .await
        .expect("admitted");
    let mut raw = Raw::open(&seated[0].game.url, &seated[0].game.ticket).await;
    let flood = tokio::spawn(async move {
        raw.write(b"\x01\x80\x00\x00\x00\x00").await;
        let empty = b"\x00\x80\x00\x00\x00\x00".repeat(10_000);
        loop {
            raw.write(&empty).await;
        }
    });
    let before = other.next("snapshot").await["tick"].as_u64();
    other
        .find("snapshot", |snapshot| {
            snapshot["tick"].as_u64() > before.map(|tick| tick + 60)
        })
        .await;
    flood.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inputs_of_the_past_and_of_the_far_future_are_counted() {
    let world = World::start("{}").await;
    let (_, mut clients) = world.play_three().await;
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(10))
        .await;
    clients[0]
        .send(r#"{"type":"input","tick":1,"move":[0,0],"aim":0,"fire":false}"#)
        .await;
    clients[0]
        .send(r#"{"type":"input","tick":4000000000,"move":[0,0],"aim":0,"fire":false}"#)
        .await;
    world
        .until_metric("skirmish_inputs_refused_total{kind=\"late\"}", 1.0)
        .await;
    world
        .until_metric("skirmish_inputs_refused_total{kind=\"early\"}", 1.0)
        .await;
    clients[0].next("snapshot").await;
}
