//! What the functions for operators have in common: who may call them, and what they take.

use lambda_http::http::Method;
use lambda_http::{Request, RequestExt};

use crate::app::App;
use crate::auth::{AuthError, Operator, Role};
use crate::name;
use crate::request;
use crate::respond::Problem;

/// The longest reason of an act, in characters.
const REASON_CHARS_MAX: usize = 200;
/// The longest name of a relay.
const RELAY_BYTES_MAX: usize = 64;

/// The path below `/admin/`, in parts. 404 where there are no operators; 405 for another method.
pub fn route<'a>(
    app: &App,
    request: &'a Request,
    method: &Method,
    allow: &'static str,
) -> Result<Vec<&'a str>, Problem> {
    let rest = request.raw_http_path().strip_prefix("/admin/");
    let rest = rest.filter(|_| app.operators().is_some());
    let rest = rest.ok_or_else(Problem::not_found)?;
    request::path(request, method, allow)?;
    Ok(rest.split('/').collect())
}

/// The operator. 401 without a valid token, 403 with a role that may not do this.
pub async fn operator(app: &App, request: &Request, role: Role) -> Result<Operator, Problem> {
    let operators = app.operators().ok_or_else(Problem::not_found)?;
    let token = request::bearer(request)?.ok_or(AuthError::Missing)?;
    let operator = operators.verify(token).await?;
    if operator.role >= role {
        Ok(operator)
    } else {
        Err(Problem::role_needed(role))
    }
}

/// Why an operator acts: 1 to 200 characters, [cleaned](name::clean) as names are.
pub fn reason(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let fits = |text: &str| (1..=REASON_CHARS_MAX).contains(&text.chars().count());
    let is_plain = fits(text) && !text.chars().any(char::is_control);
    let clean = name::clean(text).filter(|clean| is_plain && fits(clean));
    clean.ok_or_else(|| {
        Problem::bad_request("reason must have 1 to 200 characters and no control characters.")
    })
}

/// 404 unless the text can be a room's id.
pub fn room(text: &str) -> Result<&str, Problem> {
    if request::is_room_id(text) {
        Ok(text)
    } else {
        Err(Problem::unknown_room())
    }
}

/// 404 unless the text can be a relay's name.
pub fn relay(text: &str) -> Result<&str, Problem> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=RELAY_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed) {
        Ok(text)
    } else {
        Err(Problem::unknown_relay())
    }
}
