//! Requests to a server, each on a separate connection with a time limit.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use crate::Error;

/// Shorter than the timeout of the images' health checks.
const TIME_LIMIT: Duration = Duration::from_secs(3);
/// Longer than any expected response.
const RESPONSE_BYTES_MAX: usize = 4096;

pub(crate) fn connect(address: &str) -> Result<TcpStream, Error> {
    let stream = open(address).map_err(|error| format!("{address}: {error}"))?;
    stream.set_read_timeout(Some(TIME_LIMIT))?;
    stream.set_write_timeout(Some(TIME_LIMIT))?;
    Ok(stream)
}

fn open(address: &str) -> io::Result<TcpStream> {
    let resolved = address.to_socket_addrs()?.next();
    let resolved = resolved.ok_or(io::ErrorKind::NotFound)?;
    TcpStream::connect_timeout(&resolved, TIME_LIMIT)
}

/// Sends an HTTP request; returns the status of the response.
pub(crate) fn status(method: &str, address: &str, path: &str, body: &str) -> Result<u16, Error> {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let head = response_with(address, &request, "\r\n")?;
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
    status.ok_or_else(|| format!("not an HTTP response: {head:?}").into())
}

/// Sends a GET request; returns the whole response with its head.
pub(crate) fn whole(address: &str, path: &str) -> Result<String, Error> {
    let mut stream = connect(address)?;
    // HTTP/1.0: the response is not chunked and ends with the connection.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut response = String::new();
    stream.take(1 << 20).read_to_string(&mut response)?;
    Ok(response)
}

/// Sends `request`; returns the response as soon as it contains `expected`.
pub(crate) fn response_with(address: &str, request: &str, expected: &str) -> Result<String, Error> {
    let mut stream = connect(address)?;
    stream.write_all(request.as_bytes())?;
    let (mut response, mut chunk) = (Vec::new(), [0; 512]);
    while response.len() < RESPONSE_BYTES_MAX {
        let read = stream.read(&mut chunk)?;
        response.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&response);
        if text.contains(expected) {
            return Ok(text.into_owned());
        }
        if read == 0 {
            break;
        }
    }
    Err(format!(
        "unexpected response {:?}",
        String::from_utf8_lossy(&response)
    )
    .into())
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
    fn a_response_without_a_status_is_an_error() {
        check("HTTP/1.1 200 OK\r\n\r\n", Ok(200));
        check("HTTP/1.1 503 Service Unavailable\r\n\r\n", Ok(503));
        check("-ERR\r\n", Err("not an HTTP response: \"-ERR\\r\\n\""));
        check("", Err("unexpected response \"\""));
    }

    #[test]
    fn a_redis_without_slots_is_not_ready() {
        let ask = |answer| response_with(&server(answer), "CLUSTER INFO\r\n", "cluster_state:ok");
        assert!(ask("$20\r\ncluster_state:ok\r\n\r\n").is_ok());
        assert!(ask("$20\r\ncluster_state:fail\r\n\r\n").is_err());
        assert!(ask("-LOADING Redis is loading the dataset in memory\r\n").is_err());
    }
}
