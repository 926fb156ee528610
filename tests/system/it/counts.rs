//! Metrics of the relay about clients that send invalid data.

use serde_json::Value;
use support::http;
use support::{System, game};
use testkit::eventually;

#[test]
fn sockets_closed_for_a_bad_message_are_counted() {
    let system = System::shared();
    let pool = system.pool();
    let players = game::start(&system.url, &pool, 3);
    let relay = players[0].started["game"]["relay"]
        .as_str()
        .expect("a relay");
    let before = metric(&system, relay, "skirmish_closes_total");
    let (mut socket, _) = game::open(&players[0].player.me()["game"]);
    socket.send_text("{");
    assert_eq!(socket.expect_close().code, Some(4010));
    // Includes the first socket, whose seat the second one took.
    eventually("both are counted", || {
        (metric(&system, relay, "skirmish_closes_total") >= before + 2.0).then_some(())
    });
}

#[test]
fn inputs_of_the_far_past_and_future_are_dropped_and_counted() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = game::start(&system.url, &pool, 3);
    let relay = players[0].started["game"]["relay"]
        .as_str()
        .expect("a relay")
        .to_owned();
    let before = metric(&system, &relay, "skirmish_inputs_refused_total");
    let running = |message: &Value| message["tick"].as_u64() > Some(2);
    players[0].game.expect_where("snapshot", running);
    for tick in [0_u64, 1, 100_000, 4_294_967_295] {
        let mut input = game::idle();
        input["tick"] = tick.into();
        players[0].game.send(&input);
    }
    eventually("the inputs are counted", || {
        (metric(&system, &relay, "skirmish_inputs_refused_total") >= before + 4.0).then_some(())
    });
    // The relay still handles its messages.
    players[0].game.send(&game::idle());
    players[0]
        .game
        .expect_where("snapshot", |message| message["ack"].as_u64() > Some(1));
    players[0].game.expect("over");
}

/// The sum of a counter over its labels.
fn metric(system: &System, relay: &str, name: &str) -> f64 {
    let url = system
        .stack()
        .relays
        .iter()
        .find(|(id, _)| id == relay)
        .map(|(_, url)| url.as_str());
    let text = http::raw(
        url.expect("the relay"),
        b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .text();
    text.lines()
        .filter(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['{', ' ']))
        })
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}
