//! HTTP requests to the parts of a system, on 127.0.0.1.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use ureq::Agent;

/// Whether a process listens on this port.
pub fn listens(port: u16) -> bool {
    TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).is_ok()
}

/// The body of the response to a `GET`, of any status; None if it does not arrive within `patience`.
pub fn get(port: u16, path: &str, patience: Duration) -> Option<String> {
    let mut response = agent(patience).get(url(port, path)).call().ok()?;
    response.body_mut().read_to_string().ok()
}

/// The status of the response to a `GET`; None if there is none within `patience`.
pub fn get_status(port: u16, path: &str, patience: Duration) -> Option<u16> {
    let response = agent(patience).get(url(port, path)).call().ok()?;
    Some(response.status().as_u16())
}

/// Whether a `GET` gets a response, or the end of its connection, within `patience`.
pub(crate) fn responds(port: u16, path: &str, patience: Duration) -> bool {
    match agent(patience).get(url(port, path)).call() {
        Ok(_) => true,
        Err(ureq::Error::Io(error)) => matches!(
            error.kind(),
            ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe
        ),
        Err(_) => false,
    }
}

/// The status of the response to a `POST` of JSON; None if there is none within `patience`.
pub fn post_status(port: u16, path: &str, body: &str, patience: Duration) -> Option<u16> {
    let request = agent(patience)
        .post(url(port, path))
        .content_type("application/json");
    Some(request.send(body).ok()?.status().as_u16())
}

fn url(port: u16, path: &str) -> String {
    format!("http://127.0.0.1:{port}{path}")
}

/// A client for one request: no connection is reused, and no proxy of the environment is used.
fn agent(patience: Duration) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build()
        .into()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Runs `serve` as the server side of one connection, and checks whether the client counts that as a response.
    fn check(serve: impl FnOnce(TcpStream) + Send + 'static, expected: bool) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let server = thread::spawn(move || serve(listener.accept().expect("a client").0));
        assert_eq!(responds(port, "/", Duration::from_millis(500)), expected);
        server.join().expect("the server");
    }

    #[test]
    fn a_closed_connection_is_a_response_and_silence_is_not() {
        check(drop, true);
        check(
            |mut stream| {
                let _ = stream.read(&mut [0; 1024]);
            },
            true,
        );
        check(
            |mut stream| {
                // Until the client times out.
                while stream.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {}
            },
            false,
        );
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("its address").port();
        drop(free);
        assert!(!responds(port, "/", Duration::from_millis(500)));
    }
}
