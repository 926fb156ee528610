//! HTTP calls to the functions where nothing behind them answers: what is refused never gets that
//! far.

use functions::handlers::{
    admin_act, admin_view, feedback, guest, leaderboard, match_report, me, me_update, pool_list,
    queue_join, queue_leave, replays, room_create, room_join, room_list, room_update, room_watch,
};
use lambda_http::{Body, Response};
use serde_json::Value;

use super::events::{Call, shown};
use super::keys::{claims, hs256};
use super::world::lonely_app;

/// Without issuer and audience, as the tests' apps are configured.
pub(crate) fn token(changes: &Value) -> String {
    let mut changes = changes.clone();
    changes["aud"] = Value::Null;
    hs256(&claims(&changes))
}

/// A call by the function that answers it; Redis is away.
pub(crate) async fn call(function: &str, call: &Call) -> Response<Body> {
    let (app, request) = (lonely_app(), call.request());
    match function {
        "queue-join" => queue_join::handle(&app, request).await,
        "queue-leave" => queue_leave::handle(&app, request).await,
        "room-create" => room_create::handle(&app, request).await,
        "room-join" => room_join::handle(&app, request).await,
        "room-list" => room_list::handle(&app, request).await,
        "room-update" => room_update::handle(&app, request).await,
        "room-watch" => room_watch::handle(&app, request).await,
        "match-report" => match_report::handle(&app, request).await,
        "me" => me::handle(&app, request).await,
        "me-update" => me_update::handle(&app, request).await,
        "pool-list" => pool_list::handle(&app, request).await,
        "leaderboard" => leaderboard::handle(&app, request).await,
        "guest" => guest::handle(&app, request).await,
        "replays" => replays::handle(&app, request).await,
        "feedback" => feedback::handle(&app, request).await,
        "admin-view" => admin_view::handle(&app, request).await,
        "admin-act" => admin_act::handle(&app, request).await,
        _ => panic!("no such function"),
    }
}

/// The status and the type of the problem.
pub(crate) async fn problem(function: &str, it: &Call) -> String {
    let text = shown(call(function, it).await);
    let document: Value =
        serde_json::from_str(text.lines().last().unwrap_or_default()).expect("a problem document");
    let slug = document["type"]
        .as_str()
        .unwrap_or_default()
        .trim_start_matches("urn:skirmish:problem:")
        .to_owned();
    assert!(
        text.contains("content-type: application/problem+json"),
        "{text}"
    );
    format!("{} {slug}", document["status"])
}
