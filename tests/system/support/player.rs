//! A player that uses only the front door, as the documents describe it.

use serde_json::{Value, json};

use crate::http::{Answer, request};
use crate::socket::Socket;
use crate::tokens;
use testkit::eventually;

/// One player.
#[derive(Clone, Debug)]
pub struct Player {
    /// The front door.
    pub url: String,
    /// The player's JWT.
    pub token: String,
    /// The player's id, UUID text.
    pub id: String,
}

impl Player {
    /// Creates a guest.
    pub fn guest(url: &str, name: &str) -> Self {
        let body = json!({ "name": name }).to_string();
        let answer = request(url, "POST", "/lobby/guest", &[], body.as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text());
        let body = answer.json();
        Self::with_token(
            url,
            body["token"].as_str().expect("a token"),
            body["player_id"].as_str().expect("an id"),
        )
    }

    /// A player whose token has additional claims, such as a priority.
    pub fn with_claims(url: &str, id: &str, claims: &Value) -> Self {
        Self::with_token(url, &tokens::token(id, claims), id)
    }

    fn with_token(url: &str, token: &str, id: &str) -> Self {
        Self {
            url: url.to_owned(),
            token: token.to_owned(),
            id: id.to_owned(),
        }
    }

    /// A call with the token and a JSON body; null: no body.
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.call_with(method, path, &[], body)
    }

    /// Like `call`, with additional headers.
    pub fn call_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let token = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", token.as_str())];
        all.extend(headers);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        if !body.is_empty() {
            all.push(("content-type", "application/json"));
        }
        request(&self.url, method, path, &all, body.as_bytes())
    }

    /// Joins the queue of a pool.
    pub fn join(&self, pool: &str) -> Answer {
        self.call("POST", "/lobby/queue", &json!({ "pool": pool }))
    }

    /// The player's current state, from `GET /lobby/me`.
    pub fn me(&self) -> Value {
        let answer = self.call("GET", "/lobby/me", &Value::Null);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Waits until the player has this status.
    pub fn wait_status(&self, status: &str) -> Value {
        eventually(&format!("{} is {status}", self.id), || {
            Some(self.me()).filter(|me| me["status"] == status)
        })
    }

    /// Waits until the player has a room.
    pub fn wait_placed(&self) -> Value {
        eventually(&format!("{} has a room", self.id), || {
            Some(self.me()).filter(|me| me["room"].is_string())
        })
    }

    /// Opens the lobby socket.
    pub fn lobby(&self) -> Socket {
        let bearer = format!("bearer.{}", self.token);
        Socket::open(
            &format!("{}/lobby", ws(&self.url)),
            &["skirmish.lobby.v1", &bearer],
        )
        .unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }
}

/// The WebSocket URL of an HTTP URL: `ws://…` for `http://…`.
pub fn ws(url: &str) -> String {
    url.replacen("http", "ws", 1)
}
