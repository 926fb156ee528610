//! The first message to a watcher.

use expect_test::expect;
use protocol::{
    WatchGreeting, WatchRates, WatchWelcome, decode_watch_welcome, encode_watch_welcome,
};

#[test]
fn a_watcher_has_no_seat() {
    let greeting = WatchGreeting {
        tick_hz: 30,
        room_id: "main.r1",
        game: "toy",
        delay_ms: 2_000,
        from: 17,
    };
    let mut text = Vec::new();
    encode_watch_welcome(&greeting, &mut text);
    expect![[
        r#"{"type":"welcome","seat":null,"rates":{"tick_hz":30},"room_id":"main.r1","game":"toy","delay_ms":2000,"from":17}"#
    ]]
    .assert_eq(&String::from_utf8(text.clone()).expect("UTF-8"));
    let welcome = WatchWelcome {
        rates: WatchRates { tick_hz: 30 },
        room_id: "main.r1".to_owned(),
        game: "toy".to_owned(),
        delay_ms: 2_000,
        from: 17,
    };
    assert_eq!(decode_watch_welcome(&text), Ok(welcome));
    assert!(decode_watch_welcome(b"{}").is_err());
}
