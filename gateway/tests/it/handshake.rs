//! Admission: `$connect` decides, and a client that violates the protocol is refused.

use std::time::Duration;

use expect_test::{Expect, expect};
use gateway::Limits;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;

use crate::support::{Functions, Reply, Running, ok, plain};

/// Checks a handshake that this reply refuses.
async fn check_refused(reply: fn() -> Reply, expected: Expect) {
    let functions = Functions::start(move |_, _| reply()).await;
    let limits = Limits {
        integration: Duration::from_millis(300),
        ..Limits::default()
    };
    let gateway = Running::start(&functions.url, limits).await;
    let Err(Error::Http(response)) = gateway.connect("/lobby", &[]).await else {
        panic!("admitted")
    };
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map_or("-", |value| value.to_str().unwrap())
            .to_owned()
    };
    let mut body = String::from_utf8(response.body().clone().unwrap_or_default()).unwrap();
    if let Ok(mut json) = serde_json::from_str::<serde_json::Value>(&body)
        && json["connectionId"].is_string()
    {
        assert!(json["requestId"].is_string());
        (json["connectionId"], json["requestId"]) = (json!("<id>"), json!("<id>"));
        body = json.to_string();
    }
    let text = format!(
        "{} {} {} {body}",
        response.status(),
        header("content-type"),
        header("www-authenticate")
    );
    expected.assert_eq(&text);
    assert_eq!(
        (
            gateway.metric("connections").await,
            functions.count("disconnect")
        ),
        (0, 0)
    );
    assert_eq!(gateway.metric("connections_refused_total").await, 1);
}

#[tokio::test]
async fn a_refusal_is_passed_on() {
    let reply = || {
        Reply::Answer(json!({
            "statusCode": 401,
            "headers": { "content-type": "application/problem+json", "upgrade": "no", "content-length": 99 },
            "multiValueHeaders": { "WWW-Authenticate": ["Bearer"] },
            "body": "{\"status\":401}",
        }))
    };
    check_refused(
        reply,
        expect![[r#"401 Unauthorized application/problem+json Bearer {"status":401}"#]],
    )
    .await;
}

#[tokio::test]
async fn a_refusal_in_base64_is_decoded() {
    let reply = || {
        Reply::Answer(
            json!({ "statusCode": 403, "body": "bm8=", "isBase64Encoded": true, "headers": null }),
        )
    };
    check_refused(reply, expect!["403 Forbidden - - no"]).await;
}

#[tokio::test]
async fn a_failed_function_is_500() {
    check_refused(|| Reply::Failed, expect![[r#"500 Internal Server Error application/json - {"connectionId":"<id>","message":"Internal server error","requestId":"<id>"}"#]]).await;
    check_refused(|| Reply::FailedOnAws, expect![[r#"500 Internal Server Error application/json - {"connectionId":"<id>","message":"Internal server error","requestId":"<id>"}"#]]).await;
}

#[tokio::test]
async fn an_invalid_answer_is_500() {
    check_refused(|| Reply::Answer(json!(null)), expect![[r#"500 Internal Server Error application/json - {"connectionId":"<id>","message":"Internal server error","requestId":"<id>"}"#]]).await;
    check_refused(
        || Reply::Answer(json!({ "statusCode": "200" })),
        expect![[r#"500 Internal Server Error application/json - {"connectionId":"<id>","message":"Internal server error","requestId":"<id>"}"#]],
    )
    .await;
    check_refused(
        || Reply::Answer(json!({ "statusCode": 100 })),
        expect!["500 Internal Server Error - - "],
    )
    .await;
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_504() {
    check_refused(|| Reply::Never, expect![[r#"504 Gateway Timeout application/json - {"connectionId":"<id>","message":"Internal server error","requestId":"<id>"}"#]]).await;
}

#[tokio::test]
async fn a_missing_lambda_endpoint_is_502() {
    let gateway = Running::start("http://127.0.0.1:1", Limits::default()).await;
    let Err(Error::Http(response)) = gateway.connect("/lobby", &[]).await else {
        panic!("admitted")
    };
    assert_eq!(response.status(), 502);
}

#[tokio::test]
async fn the_answer_has_the_functions_subprotocol() {
    let answer =
        || json!({ "statusCode": 200, "headers": { "Sec-WebSocket-Protocol": "lobby.v1" } });
    let functions = Functions::start(move |_, _| Reply::Answer(answer())).await;
    let gateway = Running::start(&functions.url, Limits::default()).await;
    let headers = [("sec-websocket-protocol", "lobby.v1, bearer.secret")];
    let (_socket, response) = gateway.connect("/lobby", &headers).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "lobby.v1");
}

#[tokio::test]
async fn a_client_that_leaves_during_connect_gets_its_disconnect() {
    let functions = Functions::start(|_, _| ok()).await;
    let gateway = Running::start(&functions.url, Limits::default()).await;
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    stream.write_all(HANDSHAKE.as_bytes()).await.unwrap();
    drop(stream);
    functions.events("connect", 1).await;
    let event = functions.events("disconnect", 1).await.remove(0);
    assert_eq!(event["requestContext"]["disconnectStatusCode"], 1006);
}

const HANDSHAKE: &str = "GET /lobby HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

#[tokio::test]
async fn an_invalid_handshake_reaches_no_function() {
    let (functions, gateway) = plain().await;
    let cases = [
        ("GET /lobby", "POST /lobby", 400),
        ("Connection: Upgrade\r\n", "Connection: close\r\n", 400),
        ("Version: 13", "Version: 8", 426),
        ("dGhlIHNhbXBsZSBub25jZQ==", "short", 400),
        ("Upgrade: websocket\r\n", "Connection: close\r\n", 404),
    ];
    for (good, bad, status) in cases {
        let mut request = HANDSHAKE.replace(good, bad);
        if !request.contains("Connection: close") {
            request = request.replace("Connection: Upgrade", "Connection: Upgrade, close");
        }
        let answer = gateway.raw(request.as_bytes()).await;
        assert_eq!(
            answer.get(9..12),
            Some(status.to_string().as_str()),
            "{request}\n{answer}"
        );
    }
    assert_eq!(functions.count("connect"), 0);
}

#[tokio::test]
async fn a_slow_handshake_is_cut_off() {
    let functions = Functions::start(|_, _| ok()).await;
    let limits = Limits {
        handshake: Duration::from_millis(100),
        ..Limits::default()
    };
    let gateway = Running::start(&functions.url, limits).await;
    // The request is never finished: `raw` returns when the gateway closes the connection.
    gateway
        .raw(b"GET /lobby HTTP/1.1\r\nHost: x\r\nUpgrade: web")
        .await;
    assert_eq!(functions.count("connect"), 0);
}

#[tokio::test]
async fn configuration_errors_are_named() {
    use crate::support::config;
    let check = async |change: fn(&mut gateway::Config), expected: Expect| {
        let mut config = config("http://127.0.0.1:9000", Limits::default());
        change(&mut config);
        let Err(error) = gateway::Gateway::bind(config).await else {
            panic!("it starts")
        };
        expected.assert_eq(&error.to_string());
    };
    check(
        |config| config.invoke_url = "https://lambda".into(),
        expect!["not an http:// URL to invoke functions at: https://lambda"],
    )
    .await;
    check(
        |config| config.invoke_url = "127.0.0.1:9000".into(),
        expect!["not an http:// URL to invoke functions at: 127.0.0.1:9000"],
    )
    .await;
    check(
        |config| config.routes.default = "a/b".into(),
        expect![[r#"not a function name: "a/b""#]],
    )
    .await;
    check(
        |config| config.listen = "192.0.2.1:1".parse().unwrap(),
        expect!["cannot listen on 192.0.2.1:1: Cannot assign requested address (os error 99)"],
    )
    .await;
}
