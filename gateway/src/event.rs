//! The events that functions receive, in API Gateway's format (developer guide, "Lambda proxy integrations for
//! WebSocket APIs").

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{self, HeaderMap, HeaderName};
use serde::Serialize;

use crate::calendar::{common_log, now_ms};
use crate::connection::{Client, Close, new_id};
use crate::{API_ID, STAGE};

/// One invocation's payload.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event<'a> {
    #[serde(flatten)]
    headers: Option<Headers>,
    #[serde(flatten)]
    query: Option<Query>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

/// A client's message.
pub(crate) enum Message {
    Text(String),
    Binary(Vec<u8>),
}

impl<'a> Event<'a> {
    /// `query` is the raw query string; `headers` are passed to the function unchanged.
    pub(crate) fn connect(client: &'a Client, headers: &HeaderMap, query: Option<&str>) -> Self {
        Self {
            headers: Some(Headers::of_request(client, headers)),
            query: query.and_then(Query::parse),
            request_context: Context::new(client, "$connect", "CONNECT"),
            body: None,
            is_base64_encoded: false,
        }
    }

    pub(crate) fn message(client: &'a Client, message: Message) -> Self {
        let (body, is_base64_encoded) = match message {
            Message::Text(text) => (text, false),
            Message::Binary(bytes) => (STANDARD.encode(bytes), true),
        };
        let mut request_context = Context::new(client, "$default", "MESSAGE");
        request_context.message_id = Some(new_id());
        Self {
            headers: None,
            query: None,
            request_context,
            body: Some(body),
            is_base64_encoded,
        }
    }

    pub(crate) fn disconnect(client: &'a Client, close: &'a Close) -> Self {
        let mut request_context = Context::new(client, "$disconnect", "DISCONNECT");
        request_context.disconnect_status_code = Some(close.code);
        request_context.disconnect_reason = Some(&close.reason);
        let headers = Some(Headers::of_disconnect(client));
        Self {
            headers,
            query: None,
            request_context,
            body: None,
            is_base64_encoded: false,
        }
    }

    /// The request id, which error answers contain.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_context.request_id
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    route_key: &'static str,
    event_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<&'a str>,
    extended_request_id: String,
    request_time: String,
    message_direction: &'static str,
    stage: &'static str,
    connected_at: u64,
    request_time_epoch: u64,
    identity: Identity<'a>,
    request_id: String,
    domain_name: &'a str,
    connection_id: &'a str,
    api_id: &'static str,
}

impl<'a> Context<'a> {
    fn new(client: &'a Client, route_key: &'static str, event_type: &'static str) -> Self {
        let (now, id) = (now_ms(), new_id());
        Self {
            route_key,
            event_type,
            message_id: None,
            disconnect_status_code: None,
            disconnect_reason: None,
            extended_request_id: id.clone(),
            request_time: common_log(now),
            message_direction: "IN",
            stage: STAGE,
            connected_at: client.connected_at_ms,
            request_time_epoch: now,
            identity: Identity {
                source_ip: client.peer.ip().to_string(),
                user_agent: client.user_agent.as_deref(),
            },
            request_id: id,
            domain_name: &client.host,
            connection_id: &client.connection_id,
            api_id: API_ID,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    source_ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Headers {
    headers: BTreeMap<String, String>,
    multi_value_headers: BTreeMap<String, Vec<String>>,
}

impl Headers {
    fn of_request(client: &Client, headers: &HeaderMap) -> Self {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        // API Gateway passes on all headers except hop-by-hop headers.
        let of_hop = |name: &HeaderName| *name == header::CONNECTION || *name == header::UPGRADE;
        for (name, value) in headers.iter().filter(|(name, _)| !of_hop(name)) {
            // A value other than visible ASCII is allowed in HTTP, but cannot be in a function's event.
            let Ok(value) = value.to_str() else { continue };
            all.entry(train_case(name.as_str()))
                .or_default()
                .push(value.to_owned());
        }
        let forwarded = [
            ("X-Forwarded-For", client.peer.ip().to_string()),
            ("X-Forwarded-Port", client.peer.port().to_string()),
            ("X-Forwarded-Proto", "http".to_owned()),
        ];
        for (name, value) in forwarded {
            all.entry(name.to_owned()).or_insert_with(|| vec![value]);
        }
        Self::new(all)
    }

    /// The four headers that API Gateway generates.
    fn of_disconnect(client: &Client) -> Self {
        let made_up = [
            ("Host", client.host.as_str()),
            ("x-api-key", ""),
            ("X-Forwarded-For", ""),
            ("x-restapi", ""),
        ];
        Self::new(
            made_up
                .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
                .into(),
        )
    }

    fn new(multi_value_headers: BTreeMap<String, Vec<String>>) -> Self {
        Self {
            headers: last_values(&multi_value_headers),
            multi_value_headers,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    query_string_parameters: BTreeMap<String, String>,
    multi_value_query_string_parameters: BTreeMap<String, Vec<String>>,
}

impl Query {
    /// None without parameters: API Gateway omits the fields.
    fn parse(query: &str) -> Option<Self> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            all.entry(name.into_owned())
                .or_default()
                .push(value.into_owned());
        }
        let query = Self {
            query_string_parameters: last_values(&all),
            multi_value_query_string_parameters: all,
        };
        (!query.query_string_parameters.is_empty()).then_some(query)
    }
}

fn last_values(all: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, String> {
    all.iter()
        .filter_map(|(name, values)| Some((name.clone(), values.last()?.clone())))
        .collect()
}

/// Converts `sec-websocket-key` to `Sec-WebSocket-Key`. The HTTP library lowercases names, but API Gateway passes
/// them as sent, and functions in other languages look them up in that spelling.
fn train_case(name: &str) -> String {
    let word = |word: &str| match word {
        "websocket" => "WebSocket".to_owned(),
        _ => word
            .chars()
            .take(1)
            .flat_map(char::to_uppercase)
            .chain(word.chars().skip(1))
            .collect(),
    };
    name.split('-').map(word).collect::<Vec<String>>().join("-")
}
