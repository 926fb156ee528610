//! Limits of a connection: message size, protocol errors, lifetime, clients that do not read.

use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt as _;
use gateway::{FRAME_BYTES_MAX, Limits, MESSAGE_BYTES_MAX};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::support::{
    DEADLINE, Functions, Reply, Running, Socket, connection_id, ok, plain, receive, receive_close,
    send,
};

/// Sends one message in frames of the largest size.
async fn send_in_frames(socket: &mut Socket, bytes: usize) {
    let message = vec![b'x'; bytes];
    let frames = message.chunks(FRAME_BYTES_MAX);
    let last = frames.len() - 1;
    for (n, part) in frames.enumerate() {
        let opcode = OpCode::Data(if n == 0 { Data::Text } else { Data::Continue });
        let frame = Frame::message(part.to_vec(), opcode, n == last);
        // The gateway may close the connection before everything is sent.
        let _ = tokio::time::timeout(DEADLINE, socket.send(Message::Frame(frame)))
            .await
            .unwrap();
    }
}

/// Asserts that the client's action ends its connection with this code, also in `$disconnect`.
async fn check_closed(code: u16, act: impl AsyncFnOnce(&mut Socket)) {
    let (functions, gateway) = plain().await;
    let mut socket = gateway.open().await;
    act(&mut socket).await;
    assert_eq!(receive_close(&mut socket).await.0, code);
    drop(socket);
    let event = functions.events("disconnect", 1).await.remove(0);
    assert_eq!(event["requestContext"]["disconnectStatusCode"], code);
    assert_eq!(functions.count("default"), 0);
}

#[tokio::test]
async fn a_message_of_128_kb_in_frames_of_32_kb_is_received() {
    let (functions, gateway) = plain().await;
    let mut socket = gateway.open().await;
    send_in_frames(&mut socket, MESSAGE_BYTES_MAX).await;
    let event = functions.events("default", 1).await.remove(0);
    assert_eq!(event["body"].as_str().unwrap().len(), MESSAGE_BYTES_MAX);
}

#[tokio::test]
async fn a_bigger_message_closes_with_1009() {
    check_closed(1009, async |socket| {
        send_in_frames(socket, MESSAGE_BYTES_MAX + 1).await;
    })
    .await;
    check_closed(1009, async |socket| {
        send_in_frames(socket, 10 * MESSAGE_BYTES_MAX).await;
    })
    .await;
}

#[tokio::test]
async fn a_bigger_frame_closes_with_1009() {
    check_closed(1009, async |socket| {
        send(socket, Message::text("x".repeat(FRAME_BYTES_MAX + 1))).await;
    })
    .await;
}

#[tokio::test]
async fn text_that_is_not_utf8_closes_with_1007() {
    check_closed(1007, async |socket| {
        let frame = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
        send(socket, Message::Frame(frame)).await;
    })
    .await;
}

#[tokio::test]
async fn an_unmasked_frame_closes_with_1002() {
    check_closed(1002, async |socket| {
        socket
            .get_mut()
            .write_all(&[0x81, 0x01, b'x'])
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_reserved_opcode_closes_with_1002() {
    check_closed(1002, async |socket| {
        let mut bytes = Vec::new();
        let header = FrameHeader {
            opcode: OpCode::Data(Data::Reserved(3)),
            mask: Some([0; 4]),
            ..FrameHeader::default()
        };
        header.format(0, &mut bytes).unwrap();
        socket.get_mut().write_all(&bytes).await.unwrap();
    })
    .await;
}

/// Asserts that a limit ends the connection of a client that violates nothing.
async fn check_limit(limits: Limits) {
    let functions = Functions::start(|_, _| ok()).await;
    let gateway = Running::start(&functions.url, limits).await;
    let mut socket = gateway.open().await;
    assert_eq!(
        receive_close(&mut socket).await,
        (1001, "Going away".to_owned())
    );
    drop(socket);
    let event = functions.events("disconnect", 1).await.remove(0);
    assert_eq!(event["requestContext"]["disconnectStatusCode"], 1001);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    check_limit(Limits {
        idle: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
}

#[tokio::test]
async fn an_old_connection_is_closed() {
    check_limit(Limits {
        life: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
}

#[tokio::test]
async fn a_silent_client_is_pinged_and_its_pongs_do_not_count_as_activity() {
    let limits = Limits {
        ping: Duration::from_millis(10),
        idle: Duration::from_millis(300),
        ..Limits::default()
    };
    let functions = Functions::start(|_, _| ok()).await;
    let gateway = Running::start(&functions.url, limits).await;
    let mut socket = gateway.open().await;
    for _ in 0..3 {
        assert_eq!(receive(&mut socket).await, Message::Ping(Bytes::new()));
    }
    // The client's library answers each ping; the connection ends nevertheless.
    assert_eq!(receive_close(&mut socket).await.0, 1001);
}

#[tokio::test]
async fn a_connection_over_the_limit_is_refused_until_another_ends() {
    let limits = Limits {
        sockets: 2,
        ..Limits::default()
    };
    let functions = Functions::start(|_, _| ok()).await;
    let gateway = Running::start(&functions.url, limits).await;
    let first = gateway.open().await;
    let mut second = gateway.open().await;
    let refused = gateway.connect("/lobby", &[]).await.err();
    let Some(tungstenite::Error::Http(answer)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(
        functions.count("connect"),
        2,
        "$connect was not invoked for it"
    );
    assert_eq!(gateway.metric("connections_refused_total").await, 1);
    let id = connection_id(&functions.events("connect", 2).await[1]).replace('=', "%3D");
    let path = format!("/@connections/{id}");
    assert_eq!(gateway.http("POST", &path, b"hello").await.0, 200);
    assert_eq!(receive(&mut second).await, Message::text("hello"));
    drop(first);
    functions.events("disconnect", 1).await;
    gateway.open().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let (functions, gateway) = plain().await;
    let socket = gateway.open().await;
    let id = connection_id(&functions.events("connect", 1).await[0]).replace('=', "%3D");
    let message = vec![b'x'; MESSAGE_BYTES_MAX];
    let mut pushed = 0;
    while gateway
        .http("POST", &format!("/@connections/{id}"), &message)
        .await
        .0
        == 200
    {
        pushed += 1;
        assert!(
            pushed < 1000,
            "every push is accepted for a client that reads nothing"
        );
    }
    assert!(pushed >= gateway::PUSHES_PENDING_MAX, "{pushed}");
    let event = functions.events("disconnect", 1).await.remove(0);
    assert_eq!(event["requestContext"]["disconnectStatusCode"], 1006);
    assert_eq!(
        (
            gateway.metric("connections_slow_total").await,
            gateway.metric("connections").await
        ),
        (1, 0)
    );
    drop(socket);
}

#[tokio::test]
async fn a_failed_message_is_reported_and_the_connection_continues() {
    let reply = |function: &str, event: &serde_json::Value| match event["body"].as_str() {
        Some("fail") if function == "default" => Reply::Failed,
        _ => ok(),
    };
    let functions = Functions::start(reply).await;
    let gateway = Running::start(&functions.url, Limits::default()).await;
    let mut socket = gateway.open().await;
    send(&mut socket, Message::text("fail")).await;
    let received: serde_json::Value =
        serde_json::from_str(receive(&mut socket).await.to_text().unwrap()).unwrap();
    let context = &functions.events("default", 1).await[0]["requestContext"];
    let expected = json!({
        "message": "Internal server error",
        "connectionId": context["connectionId"],
        "requestId": context["requestId"],
    });
    assert_eq!(received, expected);
    send(&mut socket, Message::text("go on")).await;
    functions.events("default", 2).await;
    assert_eq!(gateway.metric("invocation_errors_total").await, 1);
}
