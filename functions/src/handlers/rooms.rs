//! What the calls for rooms that players make have in common: what they take, and how they answer.

use std::collections::BTreeMap;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use lobby::{Entered, Entering, Latencies, MetaValue, Origin, PoolSettings, parse_code, show_code};
use serde::Deserialize;
use serde_json::json;

use crate::auth::Caller;
use crate::idempotency::Keyed;
use crate::request;
use crate::respond::{self, Problem};
use crate::traces;

/// As many as a game may have (`SETTINGS_MAX` of the crate `game`).
const SETTINGS_MAX: usize = 8;
const SETTING_NAME_MAX: usize = 32;

/// A text that is no code counts as one that does not exist: no code has this letter.
const NO_CODE: &str = "A";

/// `private` or `listed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Only those who know the code can join.
    Private,
    /// Everybody sees it in the list of rooms.
    Listed,
}

/// The settings of a room in a request's body; what is missing stays as it is.
#[derive(Debug, Default, Deserialize)]
pub struct Chosen {
    /// Who can find the room.
    pub visibility: Option<Visibility>,
    /// The most players.
    pub seats: Option<u32>,
    /// The game's settings, by name.
    pub settings: Option<BTreeMap<String, i64>>,
    /// Values of the keys that the pool declares.
    pub meta: Option<BTreeMap<String, MetaValue>>,
    /// The room's name.
    pub name: Option<String>,
}

/// What a request's body says about the player who takes a seat.
#[derive(Debug, Default, Deserialize)]
pub struct Entry {
    /// The preferred colour.
    #[serde(default)]
    color: Option<String>,
    /// Leave the queue, or another room, first.
    #[serde(default)]
    leave: bool,
    /// The latencies that the player measured, in ms by region.
    #[serde(default)]
    latencies: BTreeMap<String, u32>,
    #[serde(skip)]
    checked: Latencies,
    #[serde(skip)]
    trace: String,
}

impl Entry {
    /// The player as the lobby takes them; 400 for a wrong colour or wrong latencies.
    pub fn entering<'a>(
        &'a mut self,
        request: &Request,
        caller: &'a Caller,
        keyed: Option<&Keyed<'a>>,
    ) -> Result<Entering<'a>, Problem> {
        if let Some(color) = &self.color {
            self.color = Some(request::color(color)?);
        }
        self.checked = request::latencies(&self.latencies)?;
        self.trace = traces::traceparent(request);
        Ok(Entering {
            player: &caller.player,
            name: &caller.name,
            color: self.color.as_deref(),
            game: &caller.game,
            latencies: self.checked.as_str(),
            trace: &self.trace,
            leaves: self.leave,
            request: keyed.map(|keyed| keyed.key),
        })
    }
}

impl Chosen {
    /// Checks them against the pool, and cleans the name. The game's settings only have the form of
    /// settings here: the lobby checks their ranges, which the relays state.
    pub fn check(&mut self, pool: &PoolSettings) -> Result<(), Problem> {
        if let Some(name) = &self.name {
            self.name = Some(request::name(name)?);
        }
        let settings = self.settings.iter().flatten();
        let checks = [
            self.seats
                .map_or(Ok(()), |seats| pool.check_room_seats(seats)),
            self.meta
                .as_ref()
                .map_or(Ok(()), |meta| pool.check_meta(meta)),
            check_settings(settings),
        ];
        let checked: Result<(), String> = checks.into_iter().collect();
        checked.map_err(Problem::settings_invalid)
    }

    /// Whether the room is in the list of rooms, if that is chosen.
    pub fn is_listed(&self) -> Option<bool> {
        self.visibility
            .map(|visibility| visibility == Visibility::Listed)
    }
}

fn check_settings<'a>(settings: impl Iterator<Item = (&'a String, &'a i64)>) -> Result<(), String> {
    for (n, (name, value)) in settings.enumerate() {
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        if n >= SETTINGS_MAX || name.len() > SETTING_NAME_MAX || !name.bytes().all(allowed) {
            return Err(format!("The game has no setting {name:?}."));
        }
        if i32::try_from(*value).is_err() {
            return Err(format!("{name} is out of its range."));
        }
    }
    Ok(())
}

/// The code in a text that a person typed.
pub fn code(text: &str) -> String {
    parse_code(text).unwrap_or_else(|| NO_CODE.to_owned())
}

/// 201 for a room that this call made, else 200; or the problem.
pub fn reply(
    entered: Entered,
    pool: &str,
    made: bool,
    origin: Option<&Origin>,
) -> Result<Response<Body>, Problem> {
    match entered {
        Entered::Seated {
            room,
            code,
            host,
            new,
        } => {
            let status = if made && new {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            respond::json(status, &shown(&room, &code, &host))
        }
        Entered::Playing { room, game } => {
            Err(Problem::in_match(&room, Some(&game.seen_from(origin))))
        }
        Entered::Queued { room } => Err(Problem::queued(pool, room.as_deref())),
        Entered::OtherPool { pool } => Err(Problem::queued(&pool, None)),
        Entered::Closed { reason } => Err(Problem::pool_closed(&reason)),
        // Of a rematch, which answers these two itself.
        Entered::Unknown | Entered::NotMember => Err(Problem::code_unknown()),
        Entered::Full => Err(Problem::room_full()),
        Entered::Started { watch } => Err(Problem::room_started(watch.as_deref())),
        Entered::Kicked => Err(Problem::kicked()),
        Entered::Running => Err(Problem::match_running()),
        Entered::TooManyMisses => Err(Problem::too_many_misses()),
        Entered::SettingsInvalid(refused) => Err(Problem::settings_invalid(refused.to_string())),
    }
}

/// A room as the caller who is in it gets it.
pub fn shown(room: &str, code: &str, host: &str) -> serde_json::Value {
    let code = show_code(code);
    let url = format!("/app?room={code}");
    json!({ "status": "seated", "room": room, "code": code, "url": url, "host": host })
}
