//! The problems of reports of players.

use lambda_http::http::StatusCode;

use super::Problem;

impl Problem {
    /// 409: the caller is in no running match, or the room has no match yet.
    pub fn not_playing() -> Self {
        let detail = "There is no running match. For a match that is over, send its room.";
        Self::new(
            StatusCode::CONFLICT,
            "not-playing",
            "Not in a match",
            detail,
        )
    }

    /// 404: the player was not in the match.
    pub fn unknown_player() -> Self {
        let detail = "No player of the match has this id.";
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-player",
            "Unknown player",
            detail,
        )
    }

    /// 429: the player sent too many reports.
    pub fn too_many_reports() -> Self {
        let detail = "You sent too many reports. Wait ten minutes.";
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "Too many requests",
            detail,
        );
        problem.header = Some(("retry-after", "600"));
        problem
    }
}
