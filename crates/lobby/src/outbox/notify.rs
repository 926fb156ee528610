//! Builds the notifications of one player and pushes them in order.

use std::sync::Arc;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::entry::Taken;
use super::{DeliveryReport, Outbox, Push, Pushed, TracedPush};
use crate::error::{Result, corrupt};
use crate::redis::script;
use crate::store::random;
use crate::timing::{self, ms};
use crate::types::GameTicket;

/// A message to one player.
#[derive(Clone)]
pub(super) struct Notification {
    pub(super) taken: Arc<Taken>,
    /// The index of the notice in its entry.
    pub(super) notice: usize,
}

impl Notification {
    /// Whether it is dropped if it cannot be delivered now.
    pub(super) fn is_old(&self) -> bool {
        self.taken.age_ms > ms(timing::DELIVERY_MAX)
    }
}

/// What [`Outbox::notify`] did.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) player: String,
    /// How many of the messages, counted from the first, need no further push.
    pub(super) done: usize,
    pub(super) report: DeliveryReport,
}

/// A notification as its player gets it.
struct Message {
    body: String,
    /// The seat in it, if the player's trace is exported.
    seat: Option<TracedSeat>,
}

/// The room of a seat ticket, and its player's `traceparent`.
struct TracedSeat {
    room: String,
    trace: String,
}

/// The answer of `seat_open.lua`.
#[derive(Deserialize)]
struct OpenedSeat {
    #[serde(flatten)]
    game: GameTicket,
    #[serde(default)]
    trace: Option<String>,
}

impl Outbox {
    /// Notifies one player, in order. After a failure the later messages wait too, because a client drops messages
    /// that are not newer than the last one.
    pub(super) async fn notify(
        &self,
        player: String,
        notifications: Vec<Notification>,
        push: &impl Push,
    ) -> Result<Outcome> {
        let mut outcome = Outcome {
            player,
            done: notifications.len(),
            ..Outcome::default()
        };
        let player = outcome.player.as_str();
        let Some(connection) = self.sessions.connection_of(player).await? else {
            return Ok(outcome);
        };
        for (i, notification) in notifications.iter().enumerate() {
            let from = SystemTime::now();
            let Some(Message { body, seat }) =
                self.message(player, &connection, notification).await?
            else {
                continue;
            };
            match push.push(&connection, &body).await {
                Ok(Pushed::Delivered) => {
                    outcome.report.pushed += 1;
                    let traced = seat.map(|seat| seat.pushed(player, &notification.taken, from));
                    outcome.report.traced.extend(traced);
                }
                Ok(Pushed::Gone) if self.sessions.is_opening(&connection).await? => {
                    outcome.report.failed += 1;
                    outcome.done = i;
                    break;
                }
                Ok(Pushed::Gone) => {
                    outcome.report.gone += 1;
                    self.sessions.remove(player, &connection).await?;
                    break;
                }
                Err(error) if notification.is_old() => {
                    tracing::error!(%error, player, "notification dropped");
                }
                Err(error) => {
                    tracing::warn!(%error, player, "push failed; it will be retried");
                    outcome.report.failed += 1;
                    outcome.done = i;
                    break;
                }
            }
        }
        Ok(outcome)
    }

    /// The message for this player: with its sequence number, and with a seat ticket if it says how to reach a match.
    /// None: the player has left that match, which a later entry reports.
    async fn message(
        &self,
        player: &str,
        connection: &str,
        notification: &Notification,
    ) -> Result<Option<Message>> {
        let Notification { taken, notice } = notification;
        let message: &Map<String, Value> = &taken.entry.notices[*notice].message;
        let mut body = message.clone();
        body.insert("seq".to_owned(), taken.seq.into());
        let text = |name: &str| {
            let value = message.get(name).and_then(Value::as_str);
            value.unwrap_or_default()
        };
        let kind = text("type");
        if kind == "match_over" {
            // Lua's JSON has no empty list.
            body.entry("scores")
                .or_insert_with(|| Value::Array(Vec::new()));
        }
        let mut seat = None;
        if kind == "match_started" || kind == "match_moved" {
            let room = text("room_id");
            let Some(opened) = self.open_seat(player, room, connection).await? else {
                return Ok(None);
            };
            let game = serde_json::to_value(opened.game);
            let game = game.map_err(|error| corrupt("seat_open", error))?;
            body.insert("game".to_owned(), game);
            seat = opened.trace.map(|trace| TracedSeat {
                room: room.to_owned(),
                trace,
            });
        }
        Ok(Some(Message {
            body: Value::Object(body).to_string(),
            seat,
        }))
    }

    async fn open_seat(
        &self,
        player: &str,
        room: &str,
        connection: &str,
    ) -> Result<Option<OpenedSeat>> {
        let keys = self.store.player_keys(player);
        let args = [player, room, &random()];
        let text: Option<String> = self.store.run(&script::SEAT_OPEN, &keys, &args).await?;
        let Some(text) = text else { return Ok(None) };
        let OpenedSeat { game, trace } =
            serde_json::from_str(&text).map_err(|error| corrupt("seat_open", error))?;
        let origin = self.sessions.origin_of(connection).await?;
        let game = game.seen_from(origin.as_ref());
        Ok(Some(OpenedSeat { game, trace }))
    }
}

impl TracedSeat {
    /// Its push, which has just ended.
    fn pushed(self, player: &str, taken: &Taken, from: SystemTime) -> TracedPush {
        TracedPush {
            player: player.to_owned(),
            room: self.room,
            trace: self.trace,
            written_ms: taken.written_ms(),
            from,
            until: SystemTime::now(),
        }
    }
}
