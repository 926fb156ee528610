//! The problems that operators cause or get.

use lambda_http::http::StatusCode;
use lobby::{Ban, KILL_INTERVAL_S};
use serde_json::json;

use super::Problem;
use crate::auth::Role;

/// The header `Retry-After` of a relay that was killed.
const KILL_RETRY_AFTER: &str = "20";
const _: () = assert!(KILL_INTERVAL_S == 20);

impl Problem {
    /// 403: the player is banned.
    pub fn banned(ban: &Ban) -> Self {
        let detail = format!("You are banned: {}", ban.reason);
        let mut problem = Self::new(StatusCode::FORBIDDEN, "banned", "Banned", detail);
        let extensions = &mut problem.extensions;
        extensions.insert("reason".to_owned(), json!(ban.reason));
        extensions.insert("until_s".to_owned(), json!(ban.until_s));
        problem
    }

    /// 503: an operator closed the pool.
    pub fn pool_closed(reason: &str) -> Self {
        let detail = format!("Nobody can join this pool now: {reason}");
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "pool-closed",
            "The pool is closed",
            detail,
        );
        let extensions = &mut problem.extensions;
        extensions.insert("reason".to_owned(), json!(reason));
        problem.header = Some(("retry-after", "60"));
        problem
    }

    /// 403: the operator's role may not do this.
    pub fn role_needed(role: Role) -> Self {
        let detail = format!("This needs a token with the role {}.", role.as_str());
        Self::new(
            StatusCode::FORBIDDEN,
            "role-needed",
            "Your role may not do this",
            detail,
        )
    }

    /// 404: no relay has this name.
    pub fn unknown_relay() -> Self {
        let detail = "There is no relay of this name.";
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-relay",
            "Unknown relay",
            detail,
        )
    }

    /// 429: the relay was killed a short time ago.
    pub fn relay_killed() -> Self {
        let detail = format!("A relay can be killed every {KILL_INTERVAL_S} s.");
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "Too many requests",
            detail,
        );
        problem.header = Some(("retry-after", KILL_RETRY_AFTER));
        problem
    }

    /// 409: somebody else changed the settings of a pool.
    pub fn settings_changed(version: u64) -> Self {
        let detail = format!("The settings of the pools have version {version} now.");
        let mut problem = Self::new(
            StatusCode::CONFLICT,
            "settings-changed",
            "The settings were changed meanwhile",
            detail,
        );
        let extensions = &mut problem.extensions;
        extensions.insert("settings_version".to_owned(), json!(version));
        problem
    }

    /// 409: the players of the room have seats in another one.
    pub fn room_matched(room: &str) -> Self {
        let detail = format!("The players of this room have seats in room {room}.");
        let mut problem = Self::new(
            StatusCode::CONFLICT,
            "room-matched",
            "The players are in another room",
            detail,
        );
        let extensions = &mut problem.extensions;
        extensions.insert("room".to_owned(), json!(room));
        problem
    }
}
