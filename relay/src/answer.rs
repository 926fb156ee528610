//! What the server answers over plain HTTP: health, metrics, and refusals as RFC 9457 problem documents.

use hyper::header::{
    ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, SEC_WEBSOCKET_VERSION,
    UPGRADE, WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};
use serde_json::json;

pub(crate) type Answer = Response<String>;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    NotFound,
    MethodNotAllowed,
    /// No upgrade was asked for, or of another version.
    UpgradeRequired,
    BadUpgrade,
    /// No subprotocol that we speak.
    Subprotocol,
    /// Missing, unknown, used, or of a room that is elsewhere now.
    Ticket,
    /// The ticket is for another server.
    WrongRelay,
    /// The room cannot be made.
    Room,
    /// Redis does not answer, or the server is full or about to end.
    Unavailable(&'static str),
}

impl Problem {
    /// For the counter of refused handshakes.
    pub(crate) fn reason(self) -> &'static str {
        self.parts().1
    }

    pub(crate) fn answer(self) -> Answer {
        let (status, reason, slug, detail) = self.parts();
        let body = json!({
            "type": format!("urn:skirmish:problem:{slug}"),
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "detail": detail,
        });
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

    fn parts(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "path",
                "not-found",
                "no such path on this server",
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "method-not-allowed",
                "only GET is understood here",
            ),
            Self::UpgradeRequired => (
                StatusCode::UPGRADE_REQUIRED,
                "upgrade",
                "upgrade-required",
                "this is a WebSocket, version 13: ask for an upgrade",
            ),
            Self::BadUpgrade => (
                StatusCode::BAD_REQUEST,
                "upgrade",
                "bad-request",
                "the WebSocket handshake is incomplete",
            ),
            Self::Subprotocol => (
                StatusCode::BAD_REQUEST,
                "subprotocol",
                "bad-request",
                "offer a subprotocol that is spoken here: skirmish.json.v1",
            ),
            Self::Ticket => (
                StatusCode::UNAUTHORIZED,
                "ticket",
                "unauthorized",
                "the seat ticket is missing, unknown, used or expired: GET /lobby/me gives a fresh one",
            ),
            Self::WrongRelay => (
                StatusCode::FORBIDDEN,
                "wrong_relay",
                "forbidden",
                "the seat ticket is for another server: go to the url that came with it",
            ),
            Self::Room => (
                StatusCode::SERVICE_UNAVAILABLE,
                "room",
                "unavailable",
                "the room could not be made",
            ),
            Self::Unavailable(detail) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "unavailable",
                detail,
            ),
        }
    }
}

/// A plain answer, after which the connection ends. It says so itself: hyper's own switch would say it of upgrades, too.
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
