//! Plain HTTP answers: health, metrics, and refusals as RFC 9457 problem documents.

use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName,
    HeaderValue, RETRY_AFTER, SEC_WEBSOCKET_VERSION, UPGRADE, WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};

pub(crate) type Answer = Response<String>;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    NotFound,
    MethodNotAllowed,
    /// The request is not for a WebSocket of version 13.
    UpgradeRequired,
    BadUpgrade,
    /// No supported subprotocol was offered.
    Subprotocol,
    /// The watcher's start position is not a number.
    From,
    /// The ticket is missing, unknown or used, or its room is on another server now.
    Ticket,
    /// The ticket is for another server.
    WrongRelay,
    /// The room cannot be created.
    Room,
    /// Redis does not answer, or the server is full or is shutting down.
    Unavailable(&'static str),
}

impl Problem {
    /// The label in the counter of refused handshakes.
    pub(crate) fn reason(self) -> &'static str {
        self.parts().1
    }

    /// The HTTP status.
    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.parts().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn answer(self) -> Answer {
        let (status, reason, slug, detail) = self.parts();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let title = status.canonical_reason().unwrap_or("Error");
        let body = edge::problem_document(slug, title, status.as_u16(), detail);
        tracing::debug!(status = status.as_u16(), reason, "refused");
        let mut answer = text(status, "application/problem+json", body.to_string());
        let extra: &[(HeaderName, &'static str)] = match self {
            Self::MethodNotAllowed => &[(ALLOW, "GET")],
            Self::UpgradeRequired => &[(UPGRADE, "websocket"), (SEC_WEBSOCKET_VERSION, "13")],
            Self::Ticket => &[(WWW_AUTHENTICATE, "Bearer")],
            Self::Room | Self::Unavailable(_) => &[(RETRY_AFTER, "1")],
            _ => &[],
        };
        for (name, value) in extra {
            answer
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        answer
    }

    /// The status, the counter's label, the type's slug and the detail.
    fn parts(self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::NotFound => (404, "path", "not-found", "no such path on this server"),
            Self::MethodNotAllowed => (
                405,
                "method",
                "method-not-allowed",
                "only GET is understood here",
            ),
            Self::UpgradeRequired => {
                let detail = "this path is a WebSocket of version 13: request an upgrade";
                (426, "upgrade", "upgrade-required", detail)
            }
            Self::BadUpgrade => (
                400,
                "upgrade",
                "bad-request",
                "the WebSocket handshake is incomplete",
            ),
            Self::Subprotocol => {
                let detail = "offer a supported subprotocol: skirmish.v1, skirmish.json.v1";
                (400, "subprotocol", "bad-request", detail)
            }
            Self::From => (
                400,
                "from",
                "bad-request",
                "`from` must be a number of bytes",
            ),
            Self::Ticket => {
                let detail = "the seat ticket is missing, unknown, used or expired: GET /lobby/me gives a fresh one";
                (401, "ticket", "unauthorized", detail)
            }
            Self::WrongRelay => {
                let detail =
                    "the seat ticket is for another server: go to the url that came with it";
                (403, "wrong_relay", "forbidden", detail)
            }
            Self::Room => (503, "room", "unavailable", "the room could not be made"),
            Self::Unavailable(detail) => (503, "unavailable", "unavailable", detail),
        }
    }
}

/// The answer to a client that measures its latency, from any origin. The connection stays open, so that the next
/// measurement takes one round trip.
pub(crate) fn pong() -> Answer {
    let mut answer = Response::new(String::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ] {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// A plain answer, after which the connection is closed. Sets the header itself, because hyper's setting would also
/// apply to upgrades.
pub(crate) fn text(status: StatusCode, content_type: &'static str, body: String) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(CONNECTION, close);
    answer
}
