//! An HTTP request as an event of API Gateway's payload format version 2.0, with the listed headers
//! only.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::Version;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use serde::Serialize;
use time::UtcDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::call::{Names, since_1970};

/// The headers that a function receives, besides cookies and the trace id. Other headers could affect the transport
/// of the event: clients must not set `Lambda-Runtime-Client-Context`.
const LISTED: [&str; 15] = [
    "accept",
    "accept-language",
    "authorization",
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "origin",
    "traceparent",
    "tracestate",
    "user-agent",
    FORWARDED_FOR,
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
];
const FORWARDED_FOR: &str = "x-forwarded-for";
const TRACE: &str = "x-amzn-trace-id";

/// `09/Feb/2024:18:11:43 +0000`
const COMMON_LOG: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'static str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<&'a str>,
    headers: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'static str,
    api_id: &'a str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'static str,
    stage: &'static str,
    time: String,
    time_epoch: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    source_ip: String,
    user_agent: &'a str,
}

/// The event of a request to `/lambda-url/<function>/<path>`.
pub(crate) fn of(
    names: &Names,
    function: &str,
    head: &Parts,
    peer: SocketAddr,
    body: &Bytes,
) -> Bytes {
    let path = path_of(head.uri.path());
    let query = head.uri.query().unwrap_or_default();
    let mut headers = listed(&head.headers);
    headers.insert(TRACE, names.trace_id.clone());
    let one = |name: &str| head.headers.get(name).and_then(text);
    let source_ip = one(FORWARDED_FOR);
    let (body, is_base64_encoded) = body_of(body);
    let now = since_1970();
    let event = Event {
        version: "2.0",
        route_key: "$default",
        raw_path: path,
        raw_query_string: query,
        cookies: cookies(&head.headers),
        headers,
        query_string_parameters: parameters(query),
        request_context: Context {
            account_id: "anonymous",
            api_id: function,
            domain_name: one("host").unwrap_or_default(),
            domain_prefix: function,
            http: Http {
                method: head.method.as_str(),
                path,
                protocol: protocol(head.version),
                source_ip: source_ip.map_or_else(|| peer.ip().to_string(), str::to_owned),
                user_agent: one("user-agent").unwrap_or_default(),
            },
            request_id: &names.id,
            route_key: "$default",
            stage: "$default",
            time: common_log(now),
            time_epoch: now.as_millis() as u64,
        },
        body,
        is_base64_encoded,
    };
    // The event consists of strings, numbers and lists of them, so serialization succeeds.
    serde_json::to_vec(&event).unwrap_or_default().into()
}

/// The path after `/lambda-url/<function>`.
fn path_of(path: &str) -> &str {
    let rest = path.get(1..).and_then(|path| path.split_once('/'));
    let rest = rest.map_or("", |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// A header's text. None if it contains bytes other than visible ASCII, which no function could parse.
fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

/// The listed headers; values of one name are joined with commas.
fn listed(headers: &HeaderMap) -> BTreeMap<&'static str, String> {
    let values = |name: &'static str| {
        let values: Vec<&str> = headers.get_all(name).iter().filter_map(text).collect();
        (!values.is_empty()).then(|| (name, values.join(",")))
    };
    LISTED.into_iter().filter_map(values).collect()
}

fn cookies(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all("cookie").iter().filter_map(text);
    let each = values.flat_map(|value| value.split(';')).map(str::trim);
    each.filter(|cookie| !cookie.is_empty()).collect()
}

/// Decodes the parameters; values of one name are joined with commas.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        all.entry(name.into_owned())
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert_with(|| value.clone().into_owned());
    }
    all
}

/// UTF-8 text unchanged, anything else in base64.
fn body_of(body: &Bytes) -> (Option<String>, bool) {
    match std::str::from_utf8(body) {
        Ok("") => (None, false),
        Ok(text) => (Some(text.to_owned()), false),
        Err(_) => (Some(STANDARD.encode(body)), true),
    }
}

fn protocol(version: Version) -> &'static str {
    if version == Version::HTTP_10 {
        "HTTP/1.0"
    } else {
        "HTTP/1.1"
    }
}

fn common_log(since_1970: Duration) -> String {
    let at = UtcDateTime::UNIX_EPOCH + since_1970;
    at.format(COMMON_LOG)
        .expect("a date has every component of the format")
}

#[cfg(test)]
mod tests {
    use hyper::Request;
    use serde_json::{Value, json};

    use super::*;

    fn event(request: Request<()>, body: &'static [u8]) -> Value {
        let names = Names {
            id: "the-id".to_owned(),
            trace_id: "Root=1-0".to_owned(),
        };
        let (head, ()) = request.into_parts();
        let peer = SocketAddr::from(([10, 0, 0, 9], 7));
        let event = of(&names, "guest", &head, peer, &Bytes::from_static(body));
        serde_json::from_slice(&event).expect("JSON")
    }

    #[test]
    fn a_request_is_the_event_that_aws_documents() {
        let request = Request::post("/lambda-url/guest/lobby/queue?a=1&b=x%20y&a=2")
            .header("Accept", "text/html")
            .header("Accept", "*/*")
            .header("Authorization", "Bearer x")
            .header("Cookie", "one=1; two=2")
            .header("Host", "lobby.example")
            .header("User-Agent", "curl/8")
            .header("X-Forwarded-For", "203.0.113.7")
            .body(())
            .expect("a request");
        let mut event = event(request, b"{}");
        let context = &mut event["requestContext"];
        assert!(context["time"].take().is_string() && context["timeEpoch"].take().is_u64());
        let expected = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": "/lobby/queue",
            "rawQueryString": "a=1&b=x%20y&a=2",
            "cookies": ["one=1", "two=2"],
            "headers": {
                "accept": "text/html,*/*",
                "authorization": "Bearer x",
                "host": "lobby.example",
                "user-agent": "curl/8",
                "x-amzn-trace-id": "Root=1-0",
                "x-forwarded-for": "203.0.113.7",
            },
            "queryStringParameters": {"a": "1,2", "b": "x y"},
            "requestContext": {
                "accountId": "anonymous",
                "apiId": "guest",
                "domainName": "lobby.example",
                "domainPrefix": "guest",
                "http": {
                    "method": "POST",
                    "path": "/lobby/queue",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.7",
                    "userAgent": "curl/8",
                },
                "requestId": "the-id",
                "routeKey": "$default",
                "stage": "$default",
                "time": null,
                "timeEpoch": null,
            },
            "body": "{}",
            "isBase64Encoded": false,
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn a_header_that_is_not_listed_is_dropped() {
        let names = [
            "Lambda-Runtime-Cognito-Identity",
            "Lambda-Runtime-Client-Context",
            "Lambda-Runtime-Aws-Request-Id",
            "X-Amzn-Trace-Id",
            "X-Amz-Invocation-Type",
            "Connection",
            "Forwarded",
            "X-Real-IP",
            "X-City",
        ];
        let request = Request::get("/lambda-url/guest/");
        let request = names
            .iter()
            .fold(request, |request, name| request.header(*name, "theirs"));
        let event = event(request.body(()).expect("a request"), b"");
        assert_eq!(event["headers"], json!({"x-amzn-trace-id": "Root=1-0"}));
        assert_eq!(event["requestContext"]["requestId"], "the-id");
    }

    #[test]
    fn bytes_above_127_in_headers_and_bodies_are_handled() {
        let request = Request::get("/lambda-url/guest")
            .header("Authorization", &b"Bearer \xf3"[..])
            .header("Cookie", &b"a=\xf3"[..])
            .header("User-Agent", &b"Torrej\xf3n"[..])
            .header("Accept", &b"\xf3"[..])
            .header("Accept", "*/*")
            .body(())
            .expect("a request");
        let event = event(request, b"\xf3");
        let expected = json!({"accept": "*/*", "x-amzn-trace-id": "Root=1-0"});
        assert_eq!(event["headers"], expected);
        assert_eq!(event["rawPath"], "/");
        assert_eq!(event["body"], "8w==");
        assert_eq!(event["isBase64Encoded"], true);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = common_log(Duration::from_secs(1_709_251_199));
        assert_eq!(at, "29/Feb/2024:23:59:59 +0000");
    }
}
