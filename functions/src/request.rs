//! Reading HTTP requests, with limits: route, token, body, names.

use std::collections::BTreeMap;
use std::net::IpAddr;

use lambda_http::http::{Method, header};
use lambda_http::{Request, RequestExt};
use lobby::{GAME_BYTES_MAX, Latencies, Origin};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::auth::{AuthError, Caller, Tokens};
use crate::name::{self, NAME_CHARS_MAX};
use crate::respond::Problem;

/// The limit of a JSON body; real ones are far smaller.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// The pool of a request without one.
pub const POOL_DEFAULT: &str = "main";

/// The path as the client wrote it, if the method matches; else 405.
pub fn path<'a>(
    request: &'a Request,
    method: &Method,
    allow: &'static str,
) -> Result<&'a str, Problem> {
    if request.method() == method {
        Ok(request.raw_http_path())
    } else {
        Err(Problem::method_not_allowed(allow))
    }
}

/// 404 unless the path is this one, 405 unless the method is.
pub fn expect(
    request: &Request,
    method: &Method,
    allow: &'static str,
    expected: &str,
) -> Result<(), Problem> {
    if request.raw_http_path() != expected {
        return Err(Problem::not_found());
    }
    path(request, method, allow).map(|_| ())
}

/// The caller; 401 without a valid token.
pub async fn caller(tokens: &Tokens, request: &Request) -> Result<Caller, Problem> {
    let token = bearer(request)?.ok_or(AuthError::Missing)?;
    Ok(tokens.verify(token).await?)
}

/// The token of `Authorization: Bearer <token>`; None without that header.
pub fn bearer(request: &Request) -> Result<Option<&str>, AuthError> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or(AuthError::Malformed)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(Some(token.trim()))
    } else {
        Err(AuthError::Malformed)
    }
}

/// The origin through which the client reached the front door.
pub fn origin(request: &Request) -> Option<Origin> {
    origin_of(|name| request.headers().get(name)?.to_str().ok())
}

/// The same from headers by lower-case name: the front door sets `X-Forwarded-*`.
pub fn origin_of<'a>(header: impl Fn(&'a str) -> Option<&'a str>) -> Option<Origin> {
    let host = header("x-forwarded-host").or_else(|| header("host"))?;
    Origin::new(host, header("x-forwarded-proto") == Some("https"))
}

/// The body, a JSON object; an empty body counts as an empty object.
pub fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    let bytes: &[u8] = request.body().as_ref();
    object(bytes)
}

/// A JSON object of at most [`BODY_BYTES_MAX`]; unknown members are ignored.
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.len() > BODY_BYTES_MAX {
        return Err(Problem::payload_too_large(BODY_BYTES_MAX));
    }
    let members: Map<String, Value> = match bytes {
        [] => Map::new(),
        bytes => serde_json::from_slice(bytes).map_err(|error| bad_json(&error))?,
    };
    T::deserialize(Value::Object(members)).map_err(|error| bad_json(&error))
}

/// A name as a player chose it, [cleaned](name::clean): 1 to 24 characters before and after, none
/// of them a control character.
pub fn name(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let fits = |text: &str| (1..=NAME_CHARS_MAX).contains(&text.chars().count());
    if !fits(text) || text.chars().any(char::is_control) {
        return Err(Problem::bad_request(
            "name must have 1 to 24 characters and no control characters.",
        ));
    }
    let clean =
        name::clean(text).ok_or_else(|| Problem::bad_request("name has no visible character."))?;
    fits(&clean)
        .then_some(clean)
        .ok_or_else(|| Problem::bad_request("name has more than 24 characters in Unicode's NFC."))
}

/// A text of this many characters, without the spaces around it.
pub fn text<'a>(
    name: &str,
    text: &'a str,
    chars_min: usize,
    chars_max: usize,
) -> Result<&'a str, Problem> {
    let text = text.trim();
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if (chars_min..=chars_max).contains(&text.chars().count()) && !text.contains(strange) {
        Ok(text)
    } else {
        let detail = format!(
            "{name} must have {chars_min} to {chars_max} characters, and no control characters except line breaks and tabs."
        );
        Err(Problem::bad_request(detail))
    }
}

/// A text for the game, of at most [`GAME_BYTES_MAX`].
pub fn game(text: &str) -> Result<&str, Problem> {
    if text.len() <= GAME_BYTES_MAX {
        Ok(text)
    } else {
        Err(Problem::bad_request("game must have at most 256 bytes."))
    }
}

/// A player's id, in lower case with hyphens.
pub fn player_id(text: &str) -> Result<String, Problem> {
    let id = Uuid::parse_str(text);
    let id = id.map_err(|_| Problem::bad_request("player_id must be a UUID."))?;
    Ok(id.to_string())
}

/// `#rrggbb`, in lower case.
pub fn color(text: &str) -> Result<String, Problem> {
    let hex = text
        .strip_prefix('#')
        .filter(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    match hex {
        Some(_) => Ok(text.to_ascii_lowercase()),
        None => Err(Problem::bad_request("color must be #rrggbb.")),
    }
}

/// The latencies that a player measured: ms by region.
pub fn latencies(measured: &BTreeMap<String, u32>) -> Result<Latencies, Problem> {
    Latencies::new(measured).map_err(|error| Problem::bad_request(error.to_string()))
}

/// The client's address: the last entry of `X-Forwarded-For`. nginx sets the header; API Gateway appends its
/// client to what the client sent, so earlier entries are the client's own words.
pub fn address(request: &Request) -> String {
    let header = request.headers().get("x-forwarded-for");
    let last = header.and_then(|value| value.to_str().ok()?.split(',').next_back());
    let ip = last.and_then(|text| text.trim().parse::<IpAddr>().ok());
    ip.map_or_else(|| "unknown".to_owned(), |ip| ip.to_string())
}

/// Whether a text has the form of a room's id: `<pool>.<letters, digits, hyphens>`. Other texts
/// never reach Redis.
pub fn is_room_id(text: &str) -> bool {
    let plain = |part: &str| {
        (1..=64).contains(&part.len())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.split_once('.')
        .is_some_and(|(pool, room)| plain(pool) && plain(room))
}

fn bad_json(error: &serde_json::Error) -> Problem {
    Problem::bad_request(format!(
        "The body is not the expected JSON object: {error}."
    ))
}
