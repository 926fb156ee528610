//! `/@connections` as the AWS SDK for Rust and other clients call it.

use aws_sdk_apigatewaymanagement::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::{
    PostToConnectionError, PostToConnectionOutput,
};
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_sdk_apigatewaymanagement::{Client, Config};
use expect_test::expect;
use gateway::Limits;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Functions, Reply, Running, connection_id, plain, receive, receive_close};

fn sdk(gateway: &Running, base_path: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .region(Region::new("us-east-1"))
        .endpoint_url(format!("http://{}{base_path}", gateway.address))
        .build();
    Client::from_conf(config)
}

/// The SDK pushes, describes and closes; then the connection is gone.
async fn check_life(base_path: &str) {
    let (functions, gateway) = plain().await;
    let sdk = sdk(&gateway, base_path);
    let agent = [("user-agent", "test/1")];
    let mut socket = gateway.connect("/lobby", &agent).await.unwrap().0;
    let id = connection_id(&functions.events("connect", 1).await[0]);
    assert!(
        id.ends_with('='),
        "an id that must be encoded in a path: {id}"
    );

    push(&sdk, &id, b"hello").await.unwrap();
    assert_eq!(receive(&mut socket).await, Message::text("hello"));
    push(&sdk, &id, &[0xff, 0]).await.unwrap();
    assert_eq!(receive(&mut socket).await, Message::binary(vec![0xff, 0]));

    let seen = sdk
        .get_connection()
        .connection_id(&id)
        .send()
        .await
        .unwrap();
    assert!(seen.connected_at().is_some(), "{seen:?}");
    assert!(seen.last_active_at() >= seen.connected_at(), "{seen:?}");
    let identity = seen.identity().unwrap();
    let who = (identity.source_ip(), identity.user_agent());
    assert_eq!(who, (Some("127.0.0.1"), Some("test/1")));

    push(&sdk, &id, b"last").await.unwrap();
    sdk.delete_connection()
        .connection_id(&id)
        .send()
        .await
        .unwrap();
    check_gone(&sdk, &id).await;
    assert_eq!(gateway.metric("gone_total").await, 3);

    assert_eq!(receive(&mut socket).await, Message::text("last"));
    let close = receive_close(&mut socket).await;
    assert_eq!(close, (1000, "Connection Closed Normally".to_owned()));
    let context = functions.events("disconnect", 1).await.remove(0)["requestContext"].take();
    assert_eq!(context["connectionId"], id.as_str());
    assert_eq!(context["disconnectStatusCode"], 1000);
}

type Pushed = Result<PostToConnectionOutput, SdkError<PostToConnectionError>>;

async fn push(sdk: &Client, id: &str, data: &[u8]) -> Pushed {
    sdk.post_to_connection()
        .connection_id(id)
        .data(Blob::new(data))
        .send()
        .await
}

/// Asserts that every call of the SDK gets 410.
async fn check_gone(sdk: &Client, id: &str) {
    let error = push(sdk, id, b"late").await.unwrap_err();
    assert!(error.into_service_error().is_gone_exception());
    let error = sdk
        .get_connection()
        .connection_id(id)
        .send()
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_gone_exception());
    let error = sdk
        .delete_connection()
        .connection_id(id)
        .send()
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_gone_exception());
}

#[tokio::test]
async fn a_connection_is_gone_until_connect_has_answered() {
    let functions = Functions::start(|_, _| Reply::Never).await;
    let gateway = Running::start(&functions.url, Limits::default()).await;
    let opening = gateway.connect("/lobby", &[]);
    let looking = async {
        let id = connection_id(&functions.events("connect", 1).await[0]);
        check_gone(&sdk(&gateway, ""), &id).await;
    };
    tokio::select! {
        _ = opening => panic!("admitted by nobody"),
        () = looking => {}
    }
}

#[tokio::test]
async fn the_sdk_pushes_describes_and_closes() {
    check_life("").await;
}

#[tokio::test]
async fn the_sdk_works_under_a_stage() {
    check_life("/local").await;
}

#[tokio::test]
async fn a_message_may_have_128_kb_and_no_more() {
    let (functions, gateway) = plain().await;
    let sdk = sdk(&gateway, "");
    let mut socket = gateway.open().await;
    let id = connection_id(&functions.events("connect", 1).await[0]);
    let post = |bytes: usize| {
        sdk.post_to_connection()
            .connection_id(&id)
            .data(Blob::new(vec![b'x'; bytes]))
            .send()
    };

    post(128 * 1024).await.unwrap();
    assert_eq!(receive(&mut socket).await.len(), 128 * 1024);
    for bytes in [128 * 1024 + 1, 4 * 1024 * 1024] {
        let error = post(bytes).await.unwrap_err();
        assert!(
            error
                .as_service_error()
                .unwrap()
                .is_payload_too_large_exception(),
            "{error:?}"
        );
    }
    post(1).await.unwrap();
    assert_eq!(receive(&mut socket).await, Message::text("x"));
}

#[tokio::test]
async fn other_calls_have_their_own_errors() {
    let (_functions, gateway) = plain().await;
    let mut answers = Vec::new();
    for (method, path) in [
        ("POST", "/@connections/abc%3D"),
        ("GET", "/stage/@connections/abc="),
        ("PUT", "/@connections/abc%3D"),
        ("GET", "/@connections/"),
        ("GET", "/@connections/%ff"),
        ("GET", "/lobby"),
        ("POST", "/healthz"),
        ("GET", "/healthz"),
    ] {
        let (status, head, body) = gateway.http(method, path, b"").await;
        let name = head
            .lines()
            .find_map(|line| line.strip_prefix("x-amzn-errortype: "))
            .unwrap_or("-");
        answers.push(format!("{method} {path} {status} {name} {body}\n"));
    }
    expect![[r#"
        POST /@connections/abc%3D 410 GoneException {"message":"Gone"}
        GET /stage/@connections/abc= 410 GoneException {"message":"Gone"}
        PUT /@connections/abc%3D 403 ForbiddenException {"message":"Forbidden"}
        GET /@connections/ 404 - {"message":"Open a WebSocket, or call /@connections/{id}"}
        GET /@connections/%ff 404 - {"message":"Open a WebSocket, or call /@connections/{id}"}
        GET /lobby 404 - {"message":"Open a WebSocket, or call /@connections/{id}"}
        POST /healthz 404 - {"message":"Open a WebSocket, or call /@connections/{id}"}
        GET /healthz 200 - {"status":"ok"}
    "#]]
    .assert_eq(&answers.concat());
}

#[tokio::test]
async fn many_connections_each_receive_their_own_messages() {
    let (functions, gateway) = plain().await;
    let mut sockets = Vec::new();
    for n in 0..200 {
        let socket = gateway
            .connect(&format!("/lobby?n={n}"), &[])
            .await
            .unwrap()
            .0;
        sockets.push(socket);
    }
    assert_eq!(gateway.metric("connections").await, 200);
    let sdk = sdk(&gateway, "");
    for event in functions.events("connect", 200).await {
        let n = event["queryStringParameters"]["n"].as_str().unwrap();
        sdk.post_to_connection()
            .connection_id(connection_id(&event))
            .data(Blob::new(n))
            .send()
            .await
            .unwrap();
    }
    for (n, socket) in sockets.iter_mut().enumerate() {
        assert_eq!(receive(socket).await, Message::text(n.to_string()));
    }
    drop(sockets);
    functions.events("disconnect", 200).await;
    assert_eq!(
        (
            gateway.metric("connections").await,
            gateway.metric("messages_out_total").await
        ),
        (0, 200)
    );
}
