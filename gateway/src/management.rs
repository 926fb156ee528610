//! The `@connections` API as AWS SDKs call it: POST, GET and DELETE of `/@connections/{id}`. Signatures are not
//! checked.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::MESSAGE_BYTES_MAX;
use crate::calendar::iso_8601;
use crate::connection::{Close, Connection, Gone};
use crate::respond::{self, Answer};
use crate::shared::Shared;

/// A longer body is not read to its end before it is answered.
const READ_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The connection id of `/@connections/{id}` or `/<stage>/@connections/{id}`, decoded.
pub(crate) fn connection_id(path: &str) -> Option<String> {
    let decode = |part: &str| {
        percent_decode_str(part)
            .decode_utf8()
            .ok()
            .map(Cow::into_owned)
    };
    let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let (api, id) = match parts[..] {
        [api, id] | [_, api, id] => (decode(api)?, decode(id)?),
        _ => return None,
    };
    (api == "@connections" && !id.is_empty()).then_some(id)
}

/// Executes a call for one connection.
pub(crate) async fn handle(shared: &Shared, id: &str, request: Request<Incoming>) -> Answer {
    let done = match *request.method() {
        Method::POST => post(shared, id, request.into_body()).await,
        Method::GET => get(shared, id),
        Method::DELETE => delete(shared, id),
        _ => return respond::exception(StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden"),
    };
    done.unwrap_or_else(|Gone| {
        shared.metrics.gone.inc();
        respond::exception(StatusCode::GONE, "GoneException", "Gone")
    })
}

async fn post(shared: &Shared, id: &str, body: Incoming) -> Result<Answer, Gone> {
    let message = match read(body).await {
        Ok(message) => message,
        Err(Unread::TooLong) => {
            shared.metrics.messages_oversize.inc();
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return Ok(respond::exception(
                status,
                "PayloadTooLargeException",
                "Message too long",
            ));
        }
        Err(Unread::Broken) => {
            return Ok(respond::exception(
                StatusCode::BAD_REQUEST,
                "BadRequestException",
                "Unreadable body",
            ));
        }
    };
    shared.connections.get(id).ok_or(Gone)?.push(message)?;
    Ok(respond::empty(StatusCode::OK))
}

fn get(shared: &Shared, id: &str) -> Result<Answer, Gone> {
    let connection = shared.connections.get(id).ok_or(Gone)?;
    Ok(respond::json(StatusCode::OK, &Described::new(&connection)))
}

fn delete(shared: &Shared, id: &str) -> Result<Answer, Gone> {
    // The connection is gone for every later call, while earlier pushes are still written.
    shared
        .connections
        .remove(id)
        .ok_or(Gone)?
        .close(Close::normal())?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

enum Unread {
    TooLong,
    Broken,
}

/// Continues to read past the limit: if the connection were closed while the client still writes, the client could
/// lose the answer.
async fn read(mut body: Incoming) -> Result<Bytes, Unread> {
    let (mut kept, mut read) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else {
            continue;
        };
        read += data.len();
        if read > READ_BYTES_MAX {
            break;
        }
        if read <= MESSAGE_BYTES_MAX {
            kept.extend_from_slice(&data);
        }
    }
    if read > MESSAGE_BYTES_MAX {
        Err(Unread::TooLong)
    } else {
        Ok(kept.freeze())
    }
}

/// The answer to GET.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described<'a> {
    connected_at: String,
    identity: Identity<'a>,
    last_active_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    source_ip: String,
    user_agent: &'a str,
}

impl<'a> Described<'a> {
    fn new(connection: &'a Connection) -> Self {
        let client = &connection.client;
        Self {
            connected_at: iso_8601(client.connected_at_ms),
            identity: Identity {
                source_ip: client.peer.ip().to_string(),
                user_agent: client.user_agent.as_deref().unwrap_or_default(),
            },
            last_active_at: iso_8601(connection.last_active_at_ms()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, id: Option<&str>) {
        assert_eq!(connection_id(path).as_deref(), id, "{path}");
    }

    #[test]
    fn ids_are_found_in_the_paths_sdks_use() {
        check("/@connections/abc%3D", Some("abc="));
        check("/%40connections/abc=", Some("abc="));
        check("/lobby/@connections/abc%3D", Some("abc="));
        check("/@connections/", None);
        check("/@connections", None);
        check("/a/b/@connections/abc", None);
        check("/@connections/abc/def", None);
        check("/lobby", None);
    }
}
