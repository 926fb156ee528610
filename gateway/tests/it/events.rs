//! Events in API Gateway's format.

use expect_test::{Expect, expect};
use futures_util::SinkExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::support::{DEADLINE, connection_id, plain, receive, send};

/// Compares an event after checking and replacing the values that differ between runs.
#[track_caller]
fn check(mut event: Value, expected: &Expect) {
    let context = &mut event["requestContext"];
    for id in [
        "connectionId",
        "requestId",
        "extendedRequestId",
        "messageId",
    ] {
        if let Some(value) = context.get_mut(id) {
            let text = value.as_str().unwrap();
            assert!(text.len() == 16 && text.ends_with('='), "{id}: {text}");
            *value = json!("<id>");
        }
    }
    for time in ["connectedAt", "requestTimeEpoch"] {
        assert!(
            context[time].as_u64().unwrap() > 1_700_000_000_000,
            "{time} is in milliseconds"
        );
        context[time] = json!("<ms>");
    }
    assert_eq!(
        context["requestTime"].as_str().unwrap().len(),
        "09/Feb/2024:18:11:43 +0000".len()
    );
    context["requestTime"] = json!("<time>");
    let host = context["domainName"].as_str().unwrap().to_owned();
    let mut text = serde_json::to_string_pretty(&event)
        .unwrap()
        .replace(&host, "<host>");
    for name in ["Sec-WebSocket-Key", "X-Forwarded-Port"] {
        for value in event["multiValueHeaders"][name]
            .as_array()
            .into_iter()
            .flatten()
        {
            text = text.replace(&value.to_string(), "\"<any>\"");
        }
    }
    expected.assert_eq(&text);
}

#[tokio::test]
async fn connect_has_headers_and_query() {
    let (functions, gateway) = plain().await;
    let headers = [
        ("user-agent", "test/1"),
        ("sec-websocket-protocol", "b, a"),
        // Not visible ASCII: dropped, because an event cannot contain every byte.
        ("x-team", "Grün"),
    ];
    let refused = gateway
        .connect("/lobby?token=x%20y&color=a&color=b", &headers)
        .await;
    // The function did not answer with the subprotocol that this client requires; only the event matters here.
    assert!(refused.is_err());
    let event = functions.events("connect", 1).await.remove(0);
    check(
        event,
        &expect![[r#"
        {
          "headers": {
            "Host": "<host>",
            "Sec-WebSocket-Key": "<any>",
            "Sec-WebSocket-Protocol": "b, a",
            "Sec-WebSocket-Version": "13",
            "User-Agent": "test/1",
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Port": "<any>",
            "X-Forwarded-Proto": "http"
          },
          "isBase64Encoded": false,
          "multiValueHeaders": {
            "Host": [
              "<host>"
            ],
            "Sec-WebSocket-Key": [
              "<any>"
            ],
            "Sec-WebSocket-Protocol": [
              "b, a"
            ],
            "Sec-WebSocket-Version": [
              "13"
            ],
            "User-Agent": [
              "test/1"
            ],
            "X-Forwarded-For": [
              "127.0.0.1"
            ],
            "X-Forwarded-Port": [
              "<any>"
            ],
            "X-Forwarded-Proto": [
              "http"
            ]
          },
          "multiValueQueryStringParameters": {
            "color": [
              "a",
              "b"
            ],
            "token": [
              "x y"
            ]
          },
          "queryStringParameters": {
            "color": "b",
            "token": "x y"
          },
          "requestContext": {
            "apiId": "local",
            "connectedAt": "<ms>",
            "connectionId": "<id>",
            "domainName": "<host>",
            "eventType": "CONNECT",
            "extendedRequestId": "<id>",
            "identity": {
              "sourceIp": "127.0.0.1",
              "userAgent": "test/1"
            },
            "messageDirection": "IN",
            "requestId": "<id>",
            "requestTime": "<time>",
            "requestTimeEpoch": "<ms>",
            "routeKey": "$connect",
            "stage": "local"
          }
        }"#]],
    );
}

#[tokio::test]
async fn connect_without_a_query_has_no_query_fields() {
    let (functions, gateway) = plain().await;
    let _socket = gateway.open().await;
    let event = functions.events("connect", 1).await.remove(0);
    let fields: Vec<&String> = event.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "headers",
            "isBase64Encoded",
            "multiValueHeaders",
            "requestContext"
        ]
    );
}

#[tokio::test]
async fn text_is_passed_on_unchanged() {
    let (functions, gateway) = plain().await;
    let mut socket = gateway.open().await;
    send(&mut socket, Message::text("{\"action\":\"grüß\"}")).await;
    check(
        functions.events("default", 1).await.remove(0),
        &expect![[r#"
            {
              "body": "{\"action\":\"grüß\"}",
              "isBase64Encoded": false,
              "requestContext": {
                "apiId": "local",
                "connectedAt": "<ms>",
                "connectionId": "<id>",
                "domainName": "<host>",
                "eventType": "MESSAGE",
                "extendedRequestId": "<id>",
                "identity": {
                  "sourceIp": "127.0.0.1"
                },
                "messageDirection": "IN",
                "messageId": "<id>",
                "requestId": "<id>",
                "requestTime": "<time>",
                "requestTimeEpoch": "<ms>",
                "routeKey": "$default",
                "stage": "local"
              }
            }"#]],
    );
}

#[tokio::test]
async fn binary_is_passed_on_in_base64() {
    let (functions, gateway) = plain().await;
    let mut socket = gateway.open().await;
    send(&mut socket, Message::binary(vec![0_u8, 255, 254])).await;
    let event = functions.events("default", 1).await.remove(0);
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("AP/+"), &json!(true))
    );
}

#[tokio::test]
async fn disconnect_names_the_clients_code_and_reason() {
    let (functions, gateway) = plain().await;
    let mut socket = gateway.open().await;
    let frame = CloseFrame {
        code: 4321.into(),
        reason: "bye".into(),
    };
    send(&mut socket, Message::Close(Some(frame))).await;
    check(
        functions.events("disconnect", 1).await.remove(0),
        &expect![[r#"
            {
              "headers": {
                "Host": "<host>",
                "X-Forwarded-For": "",
                "x-api-key": "",
                "x-restapi": ""
              },
              "isBase64Encoded": false,
              "multiValueHeaders": {
                "Host": [
                  "<host>"
                ],
                "X-Forwarded-For": [
                  ""
                ],
                "x-api-key": [
                  ""
                ],
                "x-restapi": [
                  ""
                ]
              },
              "requestContext": {
                "apiId": "local",
                "connectedAt": "<ms>",
                "connectionId": "<id>",
                "disconnectReason": "bye",
                "disconnectStatusCode": 4321,
                "domainName": "<host>",
                "eventType": "DISCONNECT",
                "extendedRequestId": "<id>",
                "identity": {
                  "sourceIp": "127.0.0.1"
                },
                "messageDirection": "IN",
                "requestId": "<id>",
                "requestTime": "<time>",
                "requestTimeEpoch": "<ms>",
                "routeKey": "$disconnect",
                "stage": "local"
              }
            }"#]],
    );
}

#[tokio::test]
async fn disconnect_without_a_code_is_1005() {
    let (functions, gateway) = plain().await;
    let mut socket = gateway.open().await;
    send(&mut socket, Message::Close(None)).await;
    let context = functions.events("disconnect", 1).await.remove(0)["requestContext"].take();
    assert_eq!(context["disconnectStatusCode"], 1005);
    assert_eq!(
        context["disconnectReason"],
        "Client-side close frame status not set"
    );
}

#[tokio::test]
async fn an_abrupt_end_still_gives_a_disconnect() {
    let (functions, gateway) = plain().await;
    drop(gateway.open().await);
    let context = functions.events("disconnect", 1).await.remove(0)["requestContext"].take();
    assert_eq!(context["disconnectStatusCode"], 1006);
    let connected = functions.events("connect", 1).await.remove(0);
    assert_eq!(context["connectionId"], connection_id(&connected).as_str());
}

#[tokio::test]
async fn each_event_names_its_connection_only() {
    let (functions, gateway) = plain().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut socket = gateway.open().await;
        send(&mut socket, Message::text("x")).await;
        tokio::time::timeout(DEADLINE, socket.close(None))
            .await
            .unwrap()
            .unwrap();
        let n = ids.len() + 1;
        for route in ["connect", "default", "disconnect"] {
            ids.push((
                n,
                connection_id(&functions.events(route, ids.len() / 3 + 1).await[ids.len() / 3]),
            ));
        }
    }
    assert!(ids[..3].iter().all(|(_, id)| *id == ids[0].1), "{ids:?}");
    assert!(ids[3..].iter().all(|(_, id)| *id == ids[3].1), "{ids:?}");
    assert_ne!(ids[0].1, ids[3].1);
}

#[tokio::test]
async fn a_ping_is_answered_and_does_not_count_as_a_message() {
    let (functions, gateway) = plain().await;
    let mut socket = gateway.open().await;
    send(&mut socket, Message::Ping("are you there".into())).await;
    assert_eq!(
        receive(&mut socket).await,
        Message::Pong("are you there".into())
    );
    assert_eq!(functions.count("default"), 0);
}

#[tokio::test]
async fn messages_are_handled_in_the_order_they_were_sent() {
    let (functions, gateway) = plain().await;
    let mut socket = gateway.open().await;
    for n in 0..100 {
        tokio::time::timeout(DEADLINE, socket.feed(Message::text(n.to_string())))
            .await
            .unwrap()
            .unwrap();
    }
    // The close follows the messages, and its event follows theirs.
    tokio::time::timeout(DEADLINE, socket.close(None))
        .await
        .unwrap()
        .unwrap();
    functions.events("disconnect", 1).await;
    let bodies = functions
        .events("default", 100)
        .await
        .into_iter()
        .map(|mut event| event["body"].take());
    assert_eq!(
        bodies.collect::<Vec<_>>(),
        (0..100).map(|n| json!(n.to_string())).collect::<Vec<_>>()
    );
}
