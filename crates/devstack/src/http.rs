//! HTTP requests to the parts of a system, on 127.0.0.1.

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
