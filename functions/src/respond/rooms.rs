//! The problems of rooms that players make.

use lambda_http::http::StatusCode;
use serde_json::json;

use super::Problem;

impl Problem {
    /// 403: only the host may do this.
    pub fn not_host() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not-host",
            "Only the host may do this",
            "Another player is the host of this room.",
        )
    }

    /// 503: the pool has too many watchers of its list of rooms.
    pub fn too_many_watchers() -> Self {
        let detail = "Too many players watch the list of rooms. Get it with GET /lobby/rooms.";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-many-watchers",
            "Too many watchers",
            detail,
        )
    }

    /// 404: no room has this code.
    pub fn code_unknown() -> Self {
        let detail = "No room has this code. It may have closed.";
        Self::new(
            StatusCode::NOT_FOUND,
            "code-unknown",
            "Unknown code",
            detail,
        )
    }

    /// 409: the room has no free seat.
    pub fn room_full() -> Self {
        let detail = "The room has no free seat.";
        Self::new(
            StatusCode::CONFLICT,
            "room-full",
            "The room is full",
            detail,
        )
    }

    /// 409: the room's match has begun; `watch` is the room if the player may watch it.
    pub fn room_started(watch: Option<&str>) -> Self {
        let detail = "The match of this room has started.";
        let mut problem = Self::new(
            StatusCode::CONFLICT,
            "room-started",
            "The match has started",
            detail,
        );
        if let Some(room) = watch {
            problem.extensions.insert("watch".to_owned(), json!(room));
        }
        problem
    }

    /// 404: the pool has no running match that the caller may watch.
    pub fn no_match() -> Self {
        let detail = "No match of this pool can be watched now.";
        Self::new(StatusCode::NOT_FOUND, "no-match", "No match", detail)
    }

    /// 409: there is no match to watch yet.
    pub fn not_started() -> Self {
        let detail = "The match of this room has not started.";
        Self::new(
            StatusCode::CONFLICT,
            "not-started",
            "The match has not started",
            detail,
        )
    }

    /// 409: the match is not over, so its players cannot gather again.
    pub fn match_running() -> Self {
        let detail = "The match of this room is not over.";
        Self::new(
            StatusCode::CONFLICT,
            "match-running",
            "The match is not over",
            detail,
        )
    }

    /// 409: the host removed the player.
    pub fn kicked() -> Self {
        let detail = "The host removed you from this room.";
        Self::new(
            StatusCode::CONFLICT,
            "kicked",
            "Removed by the host",
            detail,
        )
    }

    /// 409: the player is in the queue or another room.
    pub fn queued(pool: &str, room: Option<&str>) -> Self {
        let detail =
            "You are already in the queue or in another room. Send \"leave\": true to leave it.";
        let mut problem = Self::new(StatusCode::CONFLICT, "queued", "Already waiting", detail);
        problem.extensions.insert("pool".to_owned(), json!(pool));
        if let Some(room) = room {
            problem.extensions.insert("room".to_owned(), json!(room));
        }
        problem
    }

    /// 409: fewer players than a match needs.
    pub fn too_few() -> Self {
        let detail = "The room has fewer players than a match needs.";
        Self::new(
            StatusCode::CONFLICT,
            "too-few",
            "Not enough players",
            detail,
        )
    }

    /// 409: more players than a group may have.
    pub fn group_too_large() -> Self {
        let detail = "The room has more players than a group may have in this pool.";
        Self::new(
            StatusCode::CONFLICT,
            "group-too-large",
            "The group is too large",
            detail,
        )
    }

    /// 422: seats, settings or meta that the pool or its game does not allow.
    pub fn settings_invalid(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "settings-invalid",
            "The settings are not allowed",
            detail,
        )
    }

    /// 429: the address named too many codes that do not exist.
    pub fn too_many_misses() -> Self {
        let detail = "You sent too many unknown codes. Wait a minute.";
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "Too many requests",
            detail,
        );
        problem.header = Some(("retry-after", "60"));
        problem
    }
}
