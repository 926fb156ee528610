//! Rooms that players make: made, joined by code, changed, gathered again.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Client, typed};
use crate::error::Result;

/// A room that a player made, as its players get it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MadeRoom {
    /// Begins with `<pool>.`.
    pub room: String,
    /// `BCD-FGH`.
    pub code: String,
    /// The player who decides.
    pub host: String,
}

/// A change in a gathering room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomChange {
    /// Ready, or not any more.
    Ready(bool),
    /// By the host: this player is out of the room.
    Kick(String),
    /// By the host: the match begins, with this number of bots.
    Start(u32),
    /// By the host: the players look for others together, or no more.
    Queue(bool),
    /// By the host: the room is in the list of rooms, or not.
    Listed(bool),
}

impl Client {
    /// `POST /lobby/rooms`: a new room of this pool. The player leaves the queue or another room.
    pub async fn create_room(&self, pool: &str) -> Result<MadeRoom> {
        let body = json!({ "pool": pool, "leave": true });
        typed(self.call(Method::POST, "/lobby/rooms", Some(body)).await?.1)
    }

    /// `POST /lobby/rooms/join`. The player leaves the queue or another room.
    pub async fn join_room(&self, code: &str) -> Result<MadeRoom> {
        let body = json!({ "code": code, "leave": true });
        typed(
            self.call(Method::POST, "/lobby/rooms/join", Some(body))
                .await?
                .1,
        )
    }

    /// `POST /lobby/rooms/<room>/rematch`, after the match of this room.
    pub async fn rematch(&self, room: &str) -> Result<MadeRoom> {
        typed(self.change(room, "rematch", json!({})).await?)
    }

    /// `POST /lobby/rooms/<room>/ready` and the calls like it.
    pub async fn change_room(&self, room: &str, change: &RoomChange) -> Result<()> {
        let (word, body) = match change {
            RoomChange::Ready(ready) => ("ready", json!({ "ready": ready })),
            RoomChange::Kick(player) => ("kick", json!({ "player_id": player })),
            RoomChange::Start(0) => ("start", json!({})),
            RoomChange::Start(bots) => ("start", json!({ "bots": bots })),
            RoomChange::Queue(queue) => ("queue", json!({ "queue": queue })),
            RoomChange::Listed(listed) => return self.set_listed(room, *listed).await,
        };
        self.change(room, word, body).await.map(drop)
    }

    async fn set_listed(&self, room: &str, is_listed: bool) -> Result<()> {
        let visibility = if is_listed { "listed" } else { "private" };
        let body = json!({ "visibility": visibility });
        let path = format!("/lobby/rooms/{room}");
        self.call(Method::PATCH, &path, Some(body)).await.map(drop)
    }

    async fn change(&self, room: &str, word: &str, body: Value) -> Result<Value> {
        let path = format!("/lobby/rooms/{room}/{word}");
        Ok(self.call(Method::POST, &path, Some(body)).await?.1)
    }
}
