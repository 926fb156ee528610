//! Questions to a server over a connection of their own; no answer within the time limit is an error.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use crate::Error;

/// Shorter than a health check's own limit.
const PATIENCE: Duration = Duration::from_secs(3);
/// More is not the answer to any of these questions.
const ANSWER_BYTES_MAX: usize = 4096;

/// Connects.
pub(crate) fn connect(address: &str) -> Result<TcpStream, Error> {
    let mut found = address.to_socket_addrs()?;
    let found = found.next().ok_or("no such host")?;
    let stream = TcpStream::connect_timeout(&found, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The status of an HTTP answer.
pub(crate) fn status(method: &str, address: &str, path: &str, body: &str) -> Result<u16, Error> {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let head = line_until(address, &request, "\r\n")?;
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
    status.ok_or_else(|| format!("not HTTP: {head:?}").into())
}

/// An HTTP answer, head and all.
pub(crate) fn whole(address: &str, path: &str) -> Result<String, Error> {
    let mut stream = connect(address)?;
    // HTTP/1.0: it ends where the connection does, in no chunks.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut said = String::new();
    stream.take(1 << 20).read_to_string(&mut said)?;
    Ok(said)
}

/// What is said to `question`, up to and with `sign`.
pub(crate) fn line_until(address: &str, question: &str, sign: &str) -> Result<String, Error> {
    let mut stream = connect(address)?;
    stream.write_all(question.as_bytes())?;
    let (mut said, mut chunk) = (Vec::new(), [0; 512]);
    while said.len() < ANSWER_BYTES_MAX {
        let read = stream.read(&mut chunk)?;
        said.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&said);
        if text.contains(sign) {
            return Ok(text.into_owned());
        }
        if read == 0 {
            break;
        }
    }
    Err(format!("it said {:?}", String::from_utf8_lossy(&said)).into())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(answer.as_bytes());
        });
        address
    }

    fn check(answer: &'static str, expected: Result<u16, &str>) {
        let status = status("GET", &server(answer), "/healthz", "");
        assert_eq!(
            status.map_err(|error| error.to_string()),
            expected.map_err(str::to_owned)
        );
    }

    #[test]
    fn a_status_is_read_and_anything_else_is_no_answer() {
        check("HTTP/1.1 200 OK\r\n\r\n", Ok(200));
        check("HTTP/1.1 503 Service Unavailable\r\n\r\n", Ok(503));
        check("-ERR\r\n", Err("not HTTP: \"-ERR\\r\\n\""));
        check("", Err("it said \"\""));
    }

    #[test]
    fn a_redis_without_slots_is_not_ready() {
        let ask = |answer| line_until(&server(answer), "CLUSTER INFO\r\n", "cluster_state:ok");
        assert!(ask("$20\r\ncluster_state:ok\r\n\r\n").is_ok());
        assert!(ask("$20\r\ncluster_state:fail\r\n\r\n").is_err());
        assert!(ask("-LOADING Redis is loading the dataset in memory\r\n").is_err());
    }
}
