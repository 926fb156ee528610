//! admin-act: `POST /admin/rooms/<room>/end` and `kick`, `/admin/players/<player>/ban` and `unban`,
//! `/admin/relays/<relay>/drain` and `kill`, `/admin/pools/<pool>/close`, `open` and `settings`.

use std::time::{SystemTime, UNIX_EPOCH};

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use lobby::{Act, Ban, Drained, Killed, Lobby, Overrides, Removal, RoomClosed, SettingsChange};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing::info;

use super::admin;
use crate::app::App;
use crate::auth::Role;
use crate::request;
use crate::respond::{self, Problem};
use crate::socket;

/// The longest ban that has an end: 100 years.
const BAN_SECONDS_MAX: u64 = 100 * 366 * 24 * 60 * 60;

/// The body of each act.
#[derive(Deserialize)]
struct Ask {
    reason: String,
    /// Of `kick`.
    #[serde(default)]
    player_id: Option<String>,
    /// Of `ban`: seconds since 1970.
    #[serde(default)]
    until_s: Option<u64>,
    /// Of `ban`: without an end.
    #[serde(default)]
    forever: bool,
    /// Of `settings`: the settings that are to replace those of the configuration.
    #[serde(default)]
    overrides: Option<Overrides>,
    /// Of `settings`: the version that the operator saw.
    #[serde(default)]
    settings_version: Option<u64>,
}

/// What an operator does, and to what.
enum Order {
    End(String),
    Kick {
        room: String,
        player: String,
    },
    Ban {
        player: String,
        ban: Ban,
    },
    Unban(String),
    Drain(String),
    Kill(String),
    Close {
        pool: String,
        reason: String,
    },
    Open(String),
    Change {
        pool: String,
        version: u64,
        overrides: Overrides,
    },
}

/// What an act did.
#[derive(Serialize)]
struct Done {
    changed: bool,
    before: Value,
    after: Value,
}

/// 200 with what was before and what is now. `changed` is false if there was nothing to do.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(act(app, &request).await)
}

async fn act(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let path = admin::route(app, request, &Method::POST, "POST")?;
    let &[kind, target, action] = path.as_slice() else {
        return Err(Problem::not_found());
    };
    let role = role(app, kind, action).ok_or_else(Problem::not_found)?;
    let operator = admin::operator(app, request, role).await?;
    let ask: Ask = request::body(request)?;
    let reason = admin::reason(&ask.reason)?;
    let order = order((kind, action), target, &ask, &reason)?;
    info!(
        operator = operator.name,
        action,
        on = target,
        "an operator acts"
    );
    let lobby = app.lobby().await?;
    let done = carry_out(lobby, &order).await?;
    let act = Act {
        operator: &operator.name,
        action,
        target,
        reason: &reason,
        changed: done.changed,
        before: &done.before,
        after: &done.after,
    };
    let audited = lobby.audit.append(&act).await;
    // Also if the act is not recorded: it was done.
    app.notify_all(lobby).await;
    if let Order::Ban { player, .. } = &order {
        disconnect(app, lobby, player, done.after["removed"].is_null()).await?;
    }
    audited?;
    respond::json(StatusCode::OK, &done)
}

/// The role that an act needs; None: there is no such act.
fn role(app: &App, kind: &str, action: &str) -> Option<Role> {
    match (kind, action) {
        ("relays", "kill") => app.config().relay_kill.then_some(Role::Operate),
        ("rooms", "kick") | ("players", "ban" | "unban") => Some(Role::Moderate),
        ("rooms", "end") | ("relays", "drain") | ("pools", "close" | "open" | "settings") => {
            Some(Role::Operate)
        }
        _ => None,
    }
}

fn order(
    (kind, action): (&str, &str),
    target: &str,
    ask: &Ask,
    reason: &str,
) -> Result<Order, Problem> {
    Ok(match (kind, action) {
        ("rooms", "end") => Order::End(admin::room(target)?.to_owned()),
        ("rooms", _) => {
            let player = ask.player_id.as_deref().unwrap_or_default();
            Order::Kick {
                room: admin::room(target)?.to_owned(),
                player: request::player_id(player)?,
            }
        }
        ("players", "ban") => Order::Ban {
            player: request::player_id(target)?,
            ban: ban(ask, reason)?,
        },
        ("players", _) => Order::Unban(request::player_id(target)?),
        ("relays", "kill") => Order::Kill(admin::relay(target)?.to_owned()),
        ("relays", _) => Order::Drain(admin::relay(target)?.to_owned()),
        (_, "close") => Order::Close {
            pool: target.to_owned(),
            reason: reason.to_owned(),
        },
        (_, "settings") => change(target, ask)?,
        _ => Order::Open(target.to_owned()),
    })
}

fn change(pool: &str, ask: &Ask) -> Result<Order, Problem> {
    let (Some(overrides), Some(version)) = (&ask.overrides, ask.settings_version) else {
        return Err(Problem::bad_request(
            "A change of settings needs overrides, an object, and settings_version, the number of GET /admin/pools.",
        ));
    };
    Ok(Order::Change {
        pool: pool.to_owned(),
        version,
        overrides: overrides.clone(),
    })
}

fn ban(ask: &Ask, reason: &str) -> Result<Ban, Problem> {
    let now_s = since_1970().as_secs();
    let allowed = now_s + 1..=now_s + BAN_SECONDS_MAX;
    match ask.until_s {
        Some(until_s) if !ask.forever && allowed.contains(&until_s) => {}
        None if ask.forever => {}
        _ => {
            return Err(Problem::bad_request(
                "A ban needs until_s, a time to come in seconds since 1970, or \"forever\": true.",
            ));
        }
    }
    Ok(Ban {
        reason: reason.to_owned(),
        until_s: ask.until_s,
    })
}

async fn carry_out(lobby: &Lobby, order: &Order) -> Result<Done, Problem> {
    let admin = &lobby.admin;
    match order {
        Order::End(room) => ended(admin.close_room(room).await?),
        Order::Kick { room, player } => {
            let removed = admin.remove_player(player, Removal::Kicked, Some(room));
            let removed = removed.await?;
            let before = removed.as_ref().map(|it| json!({ "state": it.state }));
            Ok(done(removed.is_some(), json!(before), Value::Null))
        }
        Order::Ban { player, ban } => carry_out_ban(lobby, player, ban).await,
        Order::Unban(player) => {
            let before = lobby.bans.remove(player).await?;
            Ok(done(before.is_some(), json!(before), Value::Null))
        }
        Order::Drain(relay) => drained(admin.drain_relay(relay).await?),
        Order::Kill(relay) => killed(admin.kill_relay(relay).await?),
        Order::Close { pool, reason } => {
            let before = admin.close_pool(pool, reason).await?;
            let changed = before.as_deref() != Some(reason);
            Ok(done(
                changed,
                closed(before.as_deref()),
                closed(Some(reason)),
            ))
        }
        Order::Open(pool) => {
            let before = admin.open_pool(pool).await?;
            Ok(done(
                before.is_some(),
                closed(before.as_deref()),
                closed(None),
            ))
        }
        Order::Change {
            pool,
            version,
            overrides,
        } => {
            let change = lobby.settings.change(pool, *version, overrides);
            changed(change.await?, overrides)
        }
    }
}

fn changed(change: SettingsChange, after: &Overrides) -> Result<Done, Problem> {
    match change {
        SettingsChange::Done { version, before } => Ok(done(
            before != *after,
            json!({ "overrides": before }),
            json!({ "overrides": after, "settings_version": version }),
        )),
        SettingsChange::Stale { version } => Err(Problem::settings_changed(version)),
        SettingsChange::Refused(why) => Err(Problem::bad_request(&why)),
    }
}

fn ended(closed: RoomClosed) -> Result<Done, Problem> {
    match closed {
        RoomClosed::Closed { state, players } => {
            let before = json!({ "state": state, "players": players });
            Ok(done(true, before, Value::Null))
        }
        RoomClosed::Absent => Ok(done(false, Value::Null, Value::Null)),
        RoomClosed::Matched { room } => Err(Problem::room_matched(&room)),
    }
}

fn drained(drained: Drained) -> Result<Done, Problem> {
    let was = match drained {
        Drained::Sent => false,
        Drained::Already => true,
        Drained::Unknown => return Err(Problem::unknown_relay()),
    };
    let draining = |is: bool| json!({ "draining": is });
    Ok(done(!was, draining(was), draining(true)))
}

fn killed(killed: Killed) -> Result<Done, Problem> {
    match killed {
        Killed::Sent { boot } => Ok(done(true, json!({ "boot": boot }), Value::Null)),
        Killed::TooSoon => Err(Problem::relay_killed()),
        Killed::Unknown => Err(Problem::unknown_relay()),
    }
}

/// The ban first: a function that lets the player in from then on removes them.
async fn carry_out_ban(lobby: &Lobby, player: &str, ban: &Ban) -> Result<Done, Problem> {
    let before = lobby.bans.set(player, ban).await?;
    let removed = lobby.admin.remove_player(player, Removal::Banned, None);
    let removed = removed.await?;
    let changed = removed.is_some() || before.as_ref() != Some(ban);
    let mut after = json!(ban);
    after["removed"] = json!(removed.map(|it| json!({ "state": it.state, "room": it.room })));
    Ok(done(changed, json!(before), after))
}

/// Closes the lobby socket of a player who is banned. The outbox has notified a player who was in a pool.
async fn disconnect(app: &App, lobby: &Lobby, player: &str, notifies: bool) -> Result<(), Problem> {
    let Some(connection) = lobby.sessions.connection_of(player).await? else {
        return Ok(());
    };
    if notifies {
        let now_ms = since_1970().as_millis() as u64;
        socket::send(app, &connection, &socket::banned(now_ms)).await;
    }
    socket::close(app, &connection).await;
    Ok(())
}

fn done(changed: bool, before: Value, after: Value) -> Done {
    Done {
        changed,
        before,
        after,
    }
}

fn closed(reason: Option<&str>) -> Value {
    json!({ "closed": reason })
}

fn since_1970() -> std::time::Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}
