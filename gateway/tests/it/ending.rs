//! Shutdown by SIGTERM: every connection is closed and gets its `$disconnect`, within a time limit.

use std::time::Duration;

use gateway::Limits;

use crate::support::{Functions, Reply, Running, ok, plain, receive_close};

#[tokio::test]
async fn every_connection_is_closed_and_every_disconnect_is_sent() {
    let (functions, gateway) = plain().await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(gateway.open().await);
    }
    gateway.begin_stop();
    for mut socket in sockets {
        assert_eq!(receive_close(&mut socket).await.0, 1001);
    }
    gateway.stopped().await;
    let events = functions.events("disconnect", 20).await;
    assert!(
        events
            .iter()
            .all(|event| event["requestContext"]["disconnectStatusCode"] == 1001)
    );
}

#[tokio::test]
async fn a_stopping_gateway_accepts_no_connection() {
    let functions = Functions::start(|function, _| {
        if function == "disconnect" {
            Reply::Never
        } else {
            ok()
        }
    })
    .await;
    let gateway = Running::start(&functions.url, Limits::default()).await;
    let mut socket = gateway.open().await;
    gateway.begin_stop();
    receive_close(&mut socket).await;
    drop(socket);
    // The function keeps the gateway waiting; a push by it would get 410.
    functions.events("disconnect", 1).await;
    assert!(gateway.connect("/lobby", &[]).await.is_err());
    assert_eq!(
        gateway.http("POST", "/@connections/abc%3D", b"x").await.0,
        410
    );
}

#[tokio::test]
async fn a_function_that_hangs_does_not_delay_the_stop() {
    let functions = Functions::start(|function, _| {
        if function == "disconnect" {
            Reply::Never
        } else {
            ok()
        }
    })
    .await;
    let limits = Limits {
        drain: Duration::from_millis(100),
        ..Limits::default()
    };
    let gateway = Running::start(&functions.url, limits).await;
    let _socket = gateway.open().await;
    gateway.begin_stop();
    gateway.stopped().await;
}
