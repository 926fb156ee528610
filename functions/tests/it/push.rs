//! Pushing to lobby sockets with the real AWS SDK.

use lobby::{Push, Pushed};

use crate::support::server::{Received, Server};
use crate::support::world::connections;
use testkit::free_port;

async fn pushed(status: u16) -> (String, Vec<Received>) {
    let server = Server::start(move |_| Some((status, "", String::new()))).await;
    let result = connections(&format!("{}/lobby/", server.url))
        .push("T9yA=", "{\"a\":1}")
        .await;
    (
        result.map_or_else(|_| "error".to_owned(), |pushed| format!("{pushed:?}")),
        server.received(),
    )
}

#[tokio::test]
async fn a_message_is_posted_below_the_configured_url() {
    let (result, received) = pushed(200).await;
    let expected = Received {
        method: "POST".to_owned(),
        path: "/lobby/@connections/T9yA%3D".to_owned(),
        body: "{\"a\":1}".to_owned(),
    };
    assert_eq!((result.as_str(), received), ("Delivered", vec![expected]));
}

#[tokio::test]
async fn gone_is_an_answer_and_anything_else_an_error() {
    for (status, expected) in [
        (410, "Gone"),
        (403, "error"),
        (413, "error"),
        (429, "error"),
        (500, "error"),
    ] {
        let (result, received) = pushed(status).await;
        assert_eq!((result.as_str(), received.len()), (expected, 1), "{status}");
    }
}

#[tokio::test]
async fn an_unreachable_gateway_is_an_error() {
    let url = format!("http://127.0.0.1:{}", free_port());
    let client = connections(&url);
    assert!(client.push("a", "{}").await.is_err());
    assert!(client.close("a").await.is_err());
    client.warm().await;
}

#[tokio::test]
async fn closing_a_gone_connection_is_not_an_error() {
    for (status, expected) in [(204, true), (410, true), (500, false)] {
        let server = Server::start(move |_| Some((status, "", String::new()))).await;
        assert_eq!(
            connections(&server.url).close("a").await.is_ok(),
            expected,
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_gateway_that_never_answers_is_given_up() {
    let server = Server::start(|_| None).await;
    let client = connections(&server.url);
    assert_eq!(
        client.push("a", "{}").await.map_err(drop),
        Err::<Pushed, _>(())
    );
}
