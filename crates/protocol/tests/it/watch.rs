//! The first message to a watcher.

use expect_test::expect;
use protocol::{
    WatchFormat, WatchGreeting, WatchRates, WatchWelcome, decode_watch_welcome,
    encode_watch_welcome,
};

#[test]
fn a_watcher_has_no_seat() {
    let greeting = WatchGreeting {
        tick_hz: 30,
        room_id: "main.r1",
        game: "toy",
        format: WatchFormat::Snapshots,
        delay_ms: 2_000,
        from: 17,
    };
    let mut text = Vec::new();
    encode_watch_welcome(&greeting, &mut text);
    expect![[
        r#"{"type":"welcome","seat":null,"rates":{"tick_hz":30},"room_id":"main.r1","game":"toy","format":"snapshots","delay_ms":2000,"from":17}"#
    ]]
    .assert_eq(&String::from_utf8(text.clone()).expect("UTF-8"));
    let welcome = WatchWelcome {
        rates: WatchRates { tick_hz: 30 },
        room_id: "main.r1".to_owned(),
        game: "toy".to_owned(),
        format: WatchFormat::Snapshots,
        delay_ms: 2_000,
        from: 17,
    };
    assert_eq!(decode_watch_welcome(&text), Ok(welcome));
    let old = String::from_utf8(text).expect("UTF-8");
    let old = old.replace(r#""format":"snapshots","#, "");
    let format = decode_watch_welcome(old.as_bytes()).map(|welcome| welcome.format);
    assert_eq!(format, Ok(WatchFormat::Replay));
    assert!(decode_watch_welcome(b"{}").is_err());
}
