//! The binary: one line of error when it cannot start, and a clean end on a signal.

use std::net::TcpListener;

use expect_test::{Expect, expect};

use crate::support::{Process, Redis, free_address, healthy};

async fn check(env: &[(&str, &str)], expected: Expect) {
    let output = Process::start(env).end().await;
    assert!(!output.status.success());
    expected.assert_eq(&String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_game_that_there_is_not_is_refused_with_the_list_of_games() {
    let pools = r#"{"main":{},"solo":{"game":"chess"}}"#;
    let output = Process::start(&[("POOLS", pools)]).end().await;
    let games = registry::NAMES.join(", ");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!("relay: POOLS: solo: no game \"chess\"; the games are {games}\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_error_is_one_line() {
    let settings = r#"{"livse":3}"#;
    check(
        &[("SETTINGS", settings)],
        expect![[r#"
        relay: SETTINGS: unknown setting `livse`
    "#]],
    )
    .await;
    check(
        &[("POOLS", "[]")],
        expect![[r#"
        relay: configuration: POOLS: invalid type: sequence, expected a map at line 1 column 0
    "#]],
    )
    .await;
    let env = [("LISTEN", "127.0.0.1:0"), ("REDIS_URL", "here")];
    check(
        &env,
        expect![[r#"
        relay: configuration: REDIS_URL: Redis URL did not parse - InvalidClientConfig
    "#]],
    )
    .await;
    check(&[("LOG", "relay=loud")], expect![[r#"
        relay: LOG: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
    "#]]).await;
    let busy = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = busy.local_addr().expect("an address").to_string();
    let output = Process::start(&[("LISTEN", &address)]).end().await;
    let told = String::from_utf8_lossy(&output.stderr).replace(&address, "<address>");
    expect![[r#"
        relay: cannot listen on <address>: Address already in use (os error 98)
    "#]]
    .assert_eq(&told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_serves_until_a_signal() {
    let redis = Redis::start();
    for signal in ["-TERM", "-INT"] {
        let address = free_address();
        let process = Process::start(&[
            ("LISTEN", &address.to_string()),
            ("REDIS_URL", &redis.url),
            ("LAMBDA_URL", "http://127.0.0.1:1"),
            ("LOG", "error"),
        ]);
        healthy(address).await;
        process.signal(signal);
        let output = process.end().await;
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let relays = redis.command(&["zrange", "relays", "0", "-1"]);
        assert!(!relays.contains("relay-1"), "{relays}");
    }
}
