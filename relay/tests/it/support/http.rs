//! Hand-written HTTP, so that no client library corrects the request.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::soon;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends these bytes, and reads until the server closes. None: there was no answer.
pub(crate) async fn request(address: SocketAddr, head: &str) -> Option<Reply> {
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    soon("an HTTP answer", stream.read_to_end(&mut bytes))
        .await
        .ok()?;
    let text = String::from_utf8(bytes).expect("text");
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Reply {
        status,
        head: head.to_lowercase(),
        body: body.to_owned(),
    })
}

/// GET without an upgrade.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Reply {
    request(
        address,
        &format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n"),
    )
    .await
    .expect("an answer")
}

/// The value of a series in `/metrics`, such as `skirmish_closes_total{code="4010"}`; 0 if absent.
pub(crate) async fn metric(address: SocketAddr, series: &str) -> f64 {
    let reply = get(address, "/metrics").await;
    let line = reply
        .body
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().expect("a number"))
}
