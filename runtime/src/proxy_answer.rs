//! Converts a function's answer to an HTTP event (payload format version 2.0) to a response.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, SET_COOKIE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use serde::Deserialize;
use serde_json::Value;

use crate::respond::{self, Answer};

/// Hop-by-hop headers, which are dropped from a function's answer.
const OF_HOP: [HeaderName; 6] = [
    CONNECTION,
    CONTENT_LENGTH,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Why an answer is not a valid response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("not JSON of that shape: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("no status of a final response: {0}")]
    Status(u16),
    #[error("not base64: {0}")]
    Base64(#[from] base64::DecodeError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyAnswer {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Without a status, the whole answer is a JSON body, as in AWS.
pub(crate) fn into_response(answer: &Bytes) -> Result<Answer, Malformed> {
    let value: Value = serde_json::from_slice(answer)?;
    if value.get("statusCode").is_none() {
        return Ok(respond::with_body(
            StatusCode::OK,
            "application/json",
            answer.clone(),
        ));
    }
    let answer: ProxyAnswer = serde_json::from_value(value)?;
    let status = StatusCode::from_u16(answer.status_code).ok();
    // A 1xx status would announce another response.
    let status = status.filter(|status| !status.is_informational());
    let status = status.ok_or(Malformed::Status(answer.status_code))?;
    let headers = headers(&answer);
    let text = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded {
        STANDARD.decode(&text)?
    } else {
        text.into_bytes()
    };
    let mut response = Answer::new(Full::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Invalid headers are dropped.
fn headers(answer: &ProxyAnswer) -> HeaderMap {
    let mut map = HeaderMap::new();
    let mut add = |name: &str, value: &str| {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            map.append(name, value);
        }
    };
    let multiple = answer.multi_value_headers.as_ref();
    let is_multiple = |name: &str| multiple.is_some_and(|multiple| multiple.contains_key(name));
    for (name, value) in answer.headers.iter().flatten() {
        if is_multiple(name) {
            continue;
        }
        match value {
            Value::String(text) => add(name, text),
            other => add(name, &other.to_string()),
        }
    }
    for (name, values) in multiple.into_iter().flatten() {
        for value in values {
            add(name, value);
        }
    }
    for cookie in answer.cookies.iter().flatten() {
        add(SET_COOKIE.as_str(), cookie);
    }
    for name in OF_HOP {
        map.remove(name);
    }
    map
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use serde_json::json;

    use super::*;

    /// Checks the status, the headers sorted by name, and the body, as text.
    #[track_caller]
    fn check(answer: &Value, expected: &str) {
        let response = match into_response(&Bytes::from(answer.to_string())) {
            Err(error) => format!("error: {error}"),
            Ok(response) => {
                let (head, body) = response.into_parts();
                let body = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .expect("a runtime")
                    .block_on(body.collect())
                    .expect("a body");
                let header = |(name, value): (&HeaderName, &HeaderValue)| {
                    format!("{name}: {}\n", value.to_str().expect("text"))
                };
                let mut headers: Vec<String> = head.headers.iter().map(header).collect();
                headers.sort();
                let headers = headers.concat();
                let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
                format!("{}\n{headers}\n{body}", head.status.as_u16())
            }
        };
        assert_eq!(response, expected, "{answer}");
    }

    #[test]
    fn an_answer_is_the_response_that_aws_makes_of_it() {
        check(
            &json!({
                "statusCode": 201, "headers": {"X-A": "1", "X-B": 2, "Connection": "close"},
                "multiValueHeaders": {"X-A": ["1", "3"]}, "cookies": ["c=1", "d=2"], "body": "text",
            }),
            "201\nset-cookie: c=1\nset-cookie: d=2\nx-a: 1\nx-a: 3\nx-b: 2\n\ntext",
        );
        check(
            &json!({"statusCode": 200, "body": "8w==", "isBase64Encoded": true}),
            "200\n\n\u{fffd}",
        );
        check(
            &json!({"hello": "world"}),
            "200\ncontent-type: application/json\n\n{\"hello\":\"world\"}",
        );
        check(
            &json!({"statusCode": 204, "headers": {"X-A": "a\nb"}, "body": null}),
            "204\n\n",
        );
    }

    #[test]
    fn an_invalid_response_is_an_error() {
        check(
            &json!({"statusCode": 101}),
            "error: no status of a final response: 101",
        );
        check(
            &json!({"statusCode": 1000}),
            "error: no status of a final response: 1000",
        );
        check(
            &json!({"statusCode": 200, "body": "\u{f3}", "isBase64Encoded": true}),
            "error: not base64: Invalid symbol 195, offset 0.",
        );
    }
}
