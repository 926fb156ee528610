//! A Lambda endpoint whose functions accept every connection and push each message back to its
//! sender.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Answers invocations from now on; the port. `gateway`: where `@connections` is.
pub(crate) fn start(gateway: u16) -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The gateway hangs up when it is done.
            thread::spawn(move || while answer(&stream, gateway).is_ok() {});
        }
    });
    Ok(port)
}

fn answer(mut stream: &TcpStream, gateway: u16) -> Result<()> {
    let body = read(&mut BufReader::new(stream))?;
    let event: Value = serde_json::from_slice(&body)?;
    let context = &event["requestContext"];
    if context["eventType"] == "MESSAGE" {
        let text = event["body"].as_str().unwrap_or_default();
        let bytes = match event["isBase64Encoded"].as_bool() {
            Some(true) => STANDARD.decode(text)?,
            _ => text.as_bytes().to_vec(),
        };
        let id = context["connectionId"].as_str().context("no connection")?;
        push(gateway, id, &bytes)?;
    }
    let answer = br#"{"statusCode":200}"#;
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
        answer.len()
    );
    stream.write_all(&[head.as_bytes(), answer].concat())?;
    Ok(())
}

/// 410 is a normal answer: the connection is gone.
fn push(gateway: u16, id: &str, bytes: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", gateway))?;
    let id = id.replace('=', "%3D");
    let head = format!(
        "POST /@connections/{id} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        bytes.len()
    );
    stream.write_all(&[head.as_bytes(), bytes].concat())?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

/// A request's body.
fn read(stream: &mut BufReader<&TcpStream>) -> Result<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            anyhow::bail!("the end");
        }
        let line = line.trim_end().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}
