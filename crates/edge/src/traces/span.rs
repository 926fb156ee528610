//! [`Span`]: a part of a trace with its times, and its form in OTLP's JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::TraceContext;

/// The part of the work that a span is, seen from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Within a program.
    Internal,
    /// The answer to a call from outside.
    Server,
    /// A call to another program.
    Client,
}

/// A part of a trace: what was done from when until when.
#[derive(Clone, Debug)]
pub struct Span {
    context: TraceContext,
    parent: Option<TraceContext>,
    name: &'static str,
    kind: Kind,
    from: SystemTime,
    until: SystemTime,
    attributes: Vec<(&'static str, Value)>,
    is_error: bool,
}

/// The value of an attribute.
#[derive(Clone, Debug, Serialize)]
enum Value {
    #[serde(rename = "stringValue")]
    Text(String),
    /// Decimal digits, as JSON has 64-bit numbers in Protobuf.
    #[serde(rename = "intValue")]
    Number(String),
}

impl Span {
    /// A span that began at `from` and ends now.
    pub fn new(
        name: &'static str,
        kind: Kind,
        context: TraceContext,
        parent: Option<TraceContext>,
        from: SystemTime,
    ) -> Self {
        Self {
            context,
            parent,
            name,
            kind,
            from,
            until: SystemTime::now(),
            attributes: Vec::new(),
            is_error: false,
        }
    }

    /// Ends at this time instead.
    #[must_use]
    pub fn until(self, until: SystemTime) -> Self {
        Self { until, ..self }
    }

    /// With this attribute.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, Value::Text(value.into())));
        self
    }

    /// With this attribute, a number.
    #[must_use]
    pub fn with_number(mut self, name: &'static str, value: u64) -> Self {
        self.attributes
            .push((name, Value::Number(value.to_string())));
        self
    }

    /// Whether its work failed.
    #[must_use]
    pub fn failed(self, is_error: bool) -> Self {
        Self { is_error, ..self }
    }
}

/// The body of an export request, in OTLP's JSON.
pub(super) fn request(service: &str, spans: &[Span]) -> Vec<u8> {
    let text = |key, text: &str| Attribute {
        key,
        value: Value::Text(text.to_owned()),
    };
    let request = Request {
        resource_spans: [ResourceSpans {
            resource: Resource {
                attributes: vec![
                    text("service.name", service),
                    text("service.version", env!("CARGO_PKG_VERSION")),
                ],
            },
            scope_spans: [ScopeSpans {
                scope: Scope { name: "skirmish" },
                spans: spans.iter().map(written).collect(),
            }],
        }],
    };
    // The request consists of texts, numbers and lists of them, so serialization succeeds.
    serde_json::to_vec(&request).unwrap_or_default()
}

fn written(span: &Span) -> WrittenSpan {
    let attribute = |(key, value): &(&'static str, Value)| Attribute {
        key,
        value: value.clone(),
    };
    WrittenSpan {
        trace_id: span.context.trace_id(),
        span_id: span.context.span_id(),
        parent_span_id: span.parent.map(TraceContext::span_id),
        name: span.name,
        kind: match span.kind {
            Kind::Internal => 1,
            Kind::Server => 2,
            Kind::Client => 3,
        },
        start_time_unix_nano: nanoseconds(span.from),
        // Two machines may have been asked for the time.
        end_time_unix_nano: nanoseconds(span.until.max(span.from)),
        attributes: span.attributes.iter().map(attribute).collect(),
        status: span.is_error.then_some(Status { code: 2 }),
    }
}

fn nanoseconds(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().to_string()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    resource_spans: [ResourceSpans; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    resource: Resource,
    scope_spans: [ScopeSpans; 1],
}

#[derive(Serialize)]
struct Resource {
    attributes: Vec<Attribute>,
}

#[derive(Serialize)]
struct ScopeSpans {
    scope: Scope,
    spans: Vec<WrittenSpan>,
}

#[derive(Serialize)]
struct Scope {
    name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenSpan {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    name: &'static str,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<Attribute>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

#[derive(Serialize)]
struct Attribute {
    key: &'static str,
    value: Value,
}

#[derive(Serialize)]
struct Status {
    code: u8,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use expect_test::expect;

    use super::*;

    #[test]
    fn a_request_has_the_form_of_otlp() {
        let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        let context = |text| TraceContext::parse(text).expect("a context");
        let parent = context("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let own = context("00-4bf92f3577b34da6a3ce929d0e0e4736-00000000000000a1-01");
        let spans = [
            Span::new("push", Kind::Client, own, Some(parent), at(1_500))
                .until(at(1_502))
                .with("skirmish.room", "main.1")
                .with_number("http.response.status_code", 503)
                .failed(true),
            // The clock that said when it ended was behind.
            Span::new("me", Kind::Server, parent, None, at(2_000)).until(at(1_999)),
        ];
        let json: serde_json::Value =
            serde_json::from_slice(&request("skirmish-me", &spans)).expect("JSON");
        let version =
            &json["resourceSpans"][0]["resource"]["attributes"][1]["value"]["stringValue"];
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        expect![[r#"
            {"key":"service.name","value":{"stringValue":"skirmish-me"}}
            [
              {
                "scope": {
                  "name": "skirmish"
                },
                "spans": [
                  {
                    "attributes": [
                      {
                        "key": "skirmish.room",
                        "value": {
                          "stringValue": "main.1"
                        }
                      },
                      {
                        "key": "http.response.status_code",
                        "value": {
                          "intValue": "503"
                        }
                      }
                    ],
                    "endTimeUnixNano": "1502000000",
                    "kind": 3,
                    "name": "push",
                    "parentSpanId": "00f067aa0ba902b7",
                    "spanId": "00000000000000a1",
                    "startTimeUnixNano": "1500000000",
                    "status": {
                      "code": 2
                    },
                    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736"
                  },
                  {
                    "attributes": [],
                    "endTimeUnixNano": "2000000000",
                    "kind": 2,
                    "name": "me",
                    "spanId": "00f067aa0ba902b7",
                    "startTimeUnixNano": "2000000000",
                    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736"
                  }
                ]
              }
            ]"#]]
        .assert_eq(&format!(
            "{}\n{:#}",
            json["resourceSpans"][0]["resource"]["attributes"][0],
            json["resourceSpans"][0]["scopeSpans"]
        ));
    }
}
