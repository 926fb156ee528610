//! Players over WebTransport: a match, refusals, and what an attacker sends.

use relay::Config;

use crate::support::{WebClient, World, until, web_input};

const SHORT: &str = r#"{"match_seconds":1}"#;

/// A server with WebTransport.
async fn start(settings: &str) -> World {
    World::start_with(settings, with_webtransport).await
}

fn with_webtransport(config: &mut Config) {
    config.webtransport_address = Some("127.0.0.1:0".parse().expect("an address"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_is_played_over_datagrams_to_its_end() {
    let world = start(SHORT).await;
    let seated = world.seat_three().await;
    let mut others = Vec::new();
    for one in &seated[1..] {
        others.push(world.open(one).await);
    }
    let mut client = WebClient::start(&seated[0].game).await;
    let welcome = client.text("welcome").await;
    assert_eq!(welcome["player_id"], seated[0].player.as_str());
    let first = client.snapshot().await.expect("a snapshot");
    assert_eq!(
        (first.0.baseline, first.1),
        (None, false),
        "full, by the stream"
    );
    assert_eq!(world.metric("skirmish_webtransport_sessions").await, 1.0);
    let (mut deltas, mut own) = (0, 0);
    while let Some((header, is_datagram)) = client.snapshot().await {
        assert!(is_datagram);
        deltas += u32::from(header.baseline.is_some());
        own = own.max(header.ack.unwrap_or(0));
        client.acknowledge(header.tick);
        if header.tick >= 55 {
            break;
        }
    }
    assert!(deltas > 20 && own > 20, "{deltas} deltas, input {own}");
    let over = client.text("over").await;
    assert_eq!(over["scores"].as_array().map(Vec::len), Some(3));
    assert_eq!(client.closed().await, (4000, "match over".to_owned()));
    for other in others {
        assert_eq!(other.closed().await, 4000);
    }
    until("the session is gone", async || {
        (world.metric("skirmish_webtransport_sessions").await == 0.0).then_some(())
    })
    .await;
    let _ = web_input;
}
