//! [`Sink`]: takes the place of the API Gateway and records what is pushed.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Mutex;

use lobby::{Push, Pushed};
use serde_json::Value;

/// Records pushed messages by connection.
#[derive(Default)]
pub(crate) struct Sink {
    pub(crate) pushed: Mutex<BTreeMap<String, Vec<Value>>>,
}

impl Push for Sink {
    type Error = Infallible;
    async fn push(&self, connection: &str, body: &str) -> Result<Pushed, Infallible> {
        let body = serde_json::from_str(body).expect("JSON");
        self.pushed
            .lock()
            .expect("no panic")
            .entry(connection.to_owned())
            .or_default()
            .push(body);
        Ok(Pushed::Delivered)
    }
}

/// The types of a player's messages, in order: `queued room_joined`.
pub(crate) fn kinds(pushed: &BTreeMap<String, Vec<Value>>, short: &str) -> String {
    let messages = pushed.get(short).map(Vec::as_slice).unwrap_or_default();
    let kinds: Vec<&str> = messages
        .iter()
        .map(|message| message["type"].as_str().expect("a type"))
        .collect();
    kinds.join(" ")
}
