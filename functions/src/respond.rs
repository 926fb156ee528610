//! HTTP answers: JSON, no content, or a problem document (RFC 9457).

mod admin;
mod reports;
mod rooms;

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tracing::{error, warn};

use crate::auth::AuthError;

/// A problem document: `{type, title, status, detail, …extensions}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    slug: &'static str,
    title: &'static str,
    status: StatusCode,
    detail: String,
    extensions: Map<String, Value>,
    header: Option<(&'static str, &'static str)>,
}

impl Problem {
    fn new(
        status: StatusCode,
        slug: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            slug,
            title,
            status,
            detail: detail.into(),
            extensions: Map::new(),
            header: None,
        }
    }

    /// 400: the request is malformed; the detail says where.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad-request",
            "The request cannot be understood",
            detail,
        )
    }

    /// 401: no token, or one that is not accepted.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "A valid token is needed",
            detail,
        );
        problem.header = Some(("www-authenticate", "Bearer"));
        problem
    }

    /// 403: guests are not enabled.
    pub fn guests_disabled() -> Self {
        let detail = "This lobby does not issue guest tokens: sign in.";
        Self::new(
            StatusCode::FORBIDDEN,
            "guests-disabled",
            "Guests are not enabled",
            detail,
        )
    }

    /// 403: only guests choose their name and what the game gets.
    pub fn name_fixed() -> Self {
        let detail =
            "Your name and your claim `game` come from your token. Only guests can change theirs.";
        Self::new(
            StatusCode::FORBIDDEN,
            "name-fixed",
            "The token sets the name",
            detail,
        )
    }

    /// 403: the caller is not in that room.
    pub fn not_member(room: &str) -> Self {
        let detail = format!("You are not in room {room}.");
        Self::new(
            StatusCode::FORBIDDEN,
            "not-member",
            "Not a member of the room",
            detail,
        )
    }

    /// 403: there is no secret to sign the token of a link with.
    pub fn links_disabled() -> Self {
        let detail = "This lobby does not make links to replays.";
        Self::new(
            StatusCode::FORBIDDEN,
            "links-disabled",
            "Links to replays are not enabled",
            detail,
        )
    }

    /// 404: no such resource.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Not found",
            "There is nothing at this path.",
        )
    }

    /// 404: the pool is not configured.
    pub fn unknown_pool() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-pool",
            "Unknown pool",
            "There is no pool of this name.",
        )
    }

    /// 404: the room does not exist (any more).
    pub fn unknown_room() -> Self {
        let detail = "There is no such room, or its match is over.";
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-room",
            "Unknown room",
            detail,
        )
    }

    /// 405: the path exists, but not with this method.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let detail = format!("This path accepts {allow}.");
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "Method not allowed",
            detail,
        );
        problem.header = Some(("allow", allow));
        problem
    }

    /// 409: the player is in a running match; `game` says how to rejoin it.
    pub fn in_match(room: &str, game: Option<&lobby::GameTicket>) -> Self {
        let detail =
            "You are in a running match: rejoin it, or forfeit it with DELETE /lobby/match.";
        let mut problem = Self::new(
            StatusCode::CONFLICT,
            "in-match",
            "A match is running",
            detail,
        );
        problem.extensions.insert("room".to_owned(), json!(room));
        problem.extensions.insert("game".to_owned(), json!(game));
        problem
    }

    /// 409: the player waits in another pool.
    pub fn other_pool(pool: &str) -> Self {
        let detail = format!("You are in pool {pool}: leave it first with DELETE /lobby/queue.");
        let mut problem = Self::new(
            StatusCode::CONFLICT,
            "other-pool",
            "Waiting in another pool",
            detail,
        );
        problem.extensions.insert("pool".to_owned(), json!(pool));
        problem
    }

    /// 413: the body exceeds the limit.
    pub fn payload_too_large(bytes_max: usize) -> Self {
        let detail = format!("The body must have at most {bytes_max} bytes.");
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload-too-large",
            "The body is too large",
            detail,
        )
    }

    /// 422: the key was used for another request.
    pub fn key_reused() -> Self {
        let detail = "This Idempotency-Key was used for another request: use a new one.";
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "The Idempotency-Key was used before",
            detail,
        )
    }

    /// 503: Redis or another service is away. The change may have been made.
    pub fn unavailable() -> Self {
        let detail =
            "The lobby is temporarily unavailable. Try again with the same Idempotency-Key.";
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Unavailable",
            detail,
        );
        problem.header = Some(("retry-after", "1"));
        problem
    }

    /// 500: a bug or corrupt data; the log has the details.
    fn internal() -> Self {
        let detail = "The lobby failed. The error is logged.";
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            detail,
        )
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The document.
    pub fn body(&self) -> Value {
        let mut body =
            edge::problem_document(self.slug, self.title, self.status.as_u16(), &self.detail);
        if let Value::Object(members) = &mut body {
            members.extend(self.extensions.clone());
        }
        body
    }

    /// The HTTP answer.
    pub fn into_response(self) -> Response<Body> {
        let mut response = with_body(
            self.status,
            "application/problem+json",
            self.body().to_string(),
        );
        if let Some((name, value)) = self.header {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

impl From<lobby::Error> for Problem {
    fn from(error: lobby::Error) -> Self {
        match error {
            lobby::Error::UnknownPool(_) => Self::unknown_pool(),
            lobby::Error::Redis(_) | lobby::Error::Full => {
                warn!(%error, "lobby unavailable");
                Self::unavailable()
            }
            lobby::Error::Config(_)
            | lobby::Error::UnknownLane(_)
            | lobby::Error::Corrupt { .. } => {
                error!(%error, "lobby failed");
                Self::internal()
            }
        }
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Keys(error) => {
                warn!(%error, "no keys to verify tokens with");
                Self::unavailable()
            }
            error => Self::unauthorized(error.to_string()),
        }
    }
}

/// A handler's answer, or its problem as an answer.
pub fn answer(result: Result<Response<Body>, Problem>) -> Response<Body> {
    result.unwrap_or_else(Problem::into_response)
}

/// A JSON answer.
pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Response<Body>, Problem> {
    match serde_json::to_string(body) {
        Ok(text) => Ok(with_body(status, "application/json", text)),
        Err(error) => {
            error!(%error, "answer cannot be serialized");
            Err(Problem::internal())
        }
    }
}

/// 204.
pub fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Answers have tickets and current states: no cache may store them.
fn with_body(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
