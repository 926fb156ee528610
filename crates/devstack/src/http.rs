//! As much HTTP as a health check needs: who listens, and the status of an answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// More than any answer here has.
const BYTES_MAX: u64 = 1 << 20;

/// Whether anybody listens on this port of loopback.
pub fn listens(port: u16) -> bool {
    TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).is_ok()
}

/// Sends one request to loopback; None while nobody answers within `patience`.
pub fn status(port: u16, method: &str, path: &str, body: &str, patience: Duration) -> Option<u16> {
    let mut line = String::new();
    let mut answer = BufReader::new(send(port, method, path, body, patience)?);
    answer.read_line(&mut line).ok()?;
    line.split(' ').nth(1)?.parse().ok()
}

/// The body of what a `GET` of loopback is answered with; None while nobody answers within `patience`.
pub fn get(port: u16, path: &str, patience: Duration) -> Option<String> {
    let mut answer = String::new();
    let stream = send(port, "GET", path, "", patience)?;
    stream.take(BYTES_MAX).read_to_string(&mut answer).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    Some(body.to_owned())
}

fn send(port: u16, method: &str, path: &str, body: &str, patience: Duration) -> Option<TcpStream> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    let length = body.len();
    // One write: a head and a body in two segments wait for a delayed acknowledgement.
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    Some(stream)
}
