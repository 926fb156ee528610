//! `/admin/*`: who may call it, what it shows, and what it does.

use functions::App;
use functions::handlers::{admin_act, admin_view};
use lambda_http::Body;
use lambda_http::http::StatusCode;
use serde_json::{Value, json};

use crate::admin_state::relay_answers;
use crate::support::calls::problem;
use crate::support::events::{Call, body, connect};
use crate::support::keys::{ADMIN_SECRET, SECRET, claims, hs256, hs256_with, now};
use crate::support::players::{call, join, open, player, save_match, show, start_match};
use crate::support::world::{World, app_with};

const ROLES: [&str; 3] = ["view", "moderate", "operate"];

/// An operator's token, with these claims instead.
pub(crate) fn token(role: &str, changes: &Value) -> String {
    let mut all = json!({ "sub": "olga", "iss": null, "aud": "skirmish-admin", "role": role });
    for (name, value) in changes.as_object().expect("an object") {
        all[name] = value.clone();
    }
    hs256_with(ADMIN_SECRET, &claims(&all))
}

pub(crate) async fn ask(
    app: &App,
    method: &str,
    path: &str,
    token: Option<&str>,
    ask: &Value,
) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut call = Call::new(method, path).query(query);
    if let Some(token) = token {
        call = call.token(token);
    }
    let answer = if method == "GET" {
        admin_view::handle(app, call.request()).await
    } else {
        admin_act::handle(app, call.body(ask.to_string()).request()).await
    };
    let status = answer.status().as_u16();
    if matches!(answer.body(), Body::Binary(_)) {
        return (status, Value::Null);
    }
    (status, body(answer, status))
}

pub(crate) async fn view(world: &World, path: &str) -> Value {
    let token = token("view", &json!({}));
    let (status, answer) = ask(&world.app, "GET", path, Some(&token), &Value::Null).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

/// An act with the reason `testing`.
pub(crate) async fn act(world: &World, path: &str, mut order: Value) -> Value {
    order["reason"] = json!("testing");
    let token = token("operate", &json!({}));
    let (status, answer) = ask(&world.app, "POST", path, Some(&token), &order).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

/// Every route, its body and the least role.
fn routes(room: &str) -> Vec<(&'static str, String, Value, usize)> {
    let (ada, order) = (player(7), json!({ "reason": "testing" }));
    let kick = json!({ "reason": "testing", "player_id": ada });
    let ban = json!({ "reason": "testing", "forever": true });
    let settings = json!({ "reason": "testing", "overrides": {}, "settings_version": 0 });
    let get = |path: &str| ("GET", path.to_owned(), Value::Null, 0);
    let post = |path: String, order: &Value, role| ("POST", path, order.clone(), role);
    vec![
        get("/admin/overview"),
        get("/admin/pools"),
        get("/admin/rooms?pool=main&state=started&limit=10"),
        get(&format!("/admin/rooms/{room}")),
        ("GET", format!("/admin/rooms/{room}/replay"), Value::Null, 1),
        get(&format!("/admin/rooms/{room}/state")),
        get("/admin/relays"),
        get("/admin/reports?pool=main&limit=5&before=9-0"),
        get(&format!("/admin/players/{ada}")),
        get("/admin/audit?limit=5"),
        post(format!("/admin/rooms/{room}/kick"), &kick, 1),
        post(format!("/admin/players/{ada}/ban"), &ban, 1),
        post(format!("/admin/players/{ada}/unban"), &order, 1),
        post("/admin/relays/relay-1/drain".to_owned(), &order, 2),
        post("/admin/relays/relay-1/kill".to_owned(), &order, 2),
        post("/admin/pools/eu/close".to_owned(), &order, 2),
        post("/admin/pools/eu/open".to_owned(), &order, 2),
        post("/admin/pools/eu/settings".to_owned(), &settings, 2),
        post(format!("/admin/rooms/{room}/end"), &order, 2),
    ]
}

#[tokio::test]
async fn every_admin_route_takes_only_an_operator_with_the_role() {
    let world = World::start().await;
    let room = start_match(&world).await;
    save_match(&world, &room).await;
    let relay = relay_answers(&world).await;
    let good = |role: &str| token(role, &json!({}));
    let refused = [
        ("no token", None),
        ("a player's", Some(hs256(&claims(&json!({ "aud": null }))))),
        (
            "a player's with the claims",
            Some(hs256(&claims(
                &json!({ "aud": "skirmish-admin", "role": "operate" }),
            ))),
        ),
        (
            "expired",
            Some(token("operate", &json!({ "exp": now() - 3600 }))),
        ),
        ("no end", Some(token("operate", &json!({ "exp": null })))),
        (
            "of another audience",
            Some(token("operate", &json!({ "aud": "skirmish" }))),
        ),
        (
            "of no audience",
            Some(token("operate", &json!({ "aud": null }))),
        ),
        ("of another role", Some(token("root", &json!({})))),
        (
            "of no subject",
            Some(token("operate", &json!({ "sub": "" }))),
        ),
    ];
    for (method, path, order, least) in routes(&room) {
        for (what, token) in &refused {
            let (status, _) = ask(&world.app, method, &path, token.as_deref(), &order).await;
            assert_eq!(status, 401, "{what}: {method} {path}");
        }
        for role in &ROLES[..least] {
            let (status, _) = ask(&world.app, method, &path, Some(&good(role)), &order).await;
            assert_eq!(status, 403, "{role}: {method} {path}");
        }
    }
    let audit = view(&world, "/admin/audit").await;
    assert_eq!(audit["entries"], json!([]), "nothing refused was done");
    for (method, path, order, least) in routes(&room) {
        let token = good(ROLES[least]);
        let (status, answer) = ask(&world.app, method, &path, Some(&token), &order).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
    }
    relay.abort();
}

#[tokio::test]
async fn without_a_secret_there_is_no_admin_and_its_tokens_are_no_players() {
    let app = app_with(&[("REDIS_URL", "redis://127.0.0.1:1")]);
    let token = token("operate", &json!({ "sub": player(1) }));
    for (method, path, order, _) in routes("main.x") {
        let (status, answer) = ask(&app, method, &path, Some(&token), &order).await;
        assert_eq!(
            (status, &answer["type"]),
            (404, &json!("urn:skirmish:problem:not-found")),
            "{path}"
        );
    }
    assert_ne!(ADMIN_SECRET, SECRET);
    let world = World::start().await;
    let me = Call::new("GET", "/lobby/me").token(&token).request();
    let answer = functions::handlers::me::handle(&world.app, me).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn other_admin_paths_and_methods_are_refused() {
    for (function, method, path, expected) in [
        (
            "admin-view",
            "POST",
            "/admin/audit",
            "405 method-not-allowed",
        ),
        ("admin-view", "GET", "/admin/rooms/", "401 unauthorized"),
        (
            "admin-view",
            "POST",
            "/admin/rooms/main.x/replay",
            "405 method-not-allowed",
        ),
        ("admin-view", "GET", "/admin", "404 not-found"),
        ("admin-view", "GET", "/admin/players/x/ban", "404 not-found"),
        ("admin-act", "GET", "/admin/pools", "405 method-not-allowed"),
        ("admin-act", "POST", "/admin/players/ban", "404 not-found"),
        ("admin-act", "POST", "/admin/rooms/x/ban", "404 not-found"),
    ] {
        let said = problem(function, &Call::new(method, path)).await;
        assert_eq!(said, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn operators_see_pools_rooms_relays_and_players() {
    let world = World::start().await;
    let room = start_match(&world).await;
    join(&world, 4, "{}", 202).await;
    let overview = view(&world, "/admin/overview").await;
    let main = &overview["pools"][1];
    assert_eq!(main["pool"], "main");
    assert_eq!(
        (
            &main["queued"],
            &main["players"],
            &main["game"],
            &main["watch"]
        ),
        (&json!(1), &json!(4), &json!("arena"), &json!("code"))
    );
    assert_eq!(
        main["rooms"],
        json!({ "gathering": 0, "matched": 0, "open": 0, "started": 1 })
    );
    assert_eq!(overview["relays"]["live"], 1);
    let rooms = view(&world, "/admin/rooms").await;
    assert_eq!(
        (&rooms["rooms"][0]["room"], &rooms["cursor"]),
        (&json!(room), &Value::Null)
    );
    assert_eq!(
        view(&world, "/admin/rooms?state=open").await["rooms"],
        json!([])
    );
    let shown = view(&world, &format!("/admin/rooms/{room}")).await;
    assert_eq!(
        (&shown["state"], &shown["relay"], &shown["epoch"]),
        (&json!("started"), &json!("relay-1"), &json!(1))
    );
    assert_eq!(shown["members"].as_array().map(Vec::len), Some(3));
    let relays = view(&world, "/admin/relays").await;
    assert_eq!(
        (&relays["relays"][0]["relay"], &relays["relays"][0]["live"]),
        (&json!("relay-1"), &json!(true))
    );
    let player = view(&world, &format!("/admin/players/{}", player(4))).await;
    assert_eq!(
        (&player["state"], &player["position"], &player["claim"]),
        (&json!("queued"), &json!(1), &json!("main"))
    );
    let token = token("moderate", &json!({}));
    for (path, expected) in [
        ("/admin/rooms?pool=nowhere", 404),
        ("/admin/rooms?limit=501", 400),
        ("/admin/rooms?state=asleep", 400),
        ("/admin/rooms?cursor=x", 400),
        ("/admin/rooms/main.none", 404),
        ("/admin/players/ada", 400),
        ("/admin/audit?after=yesterday", 400),
        ("/admin/reports?before=yesterday", 400),
        ("/admin/reports?pool=nowhere", 404),
        ("/admin/rooms/main.none/replay", 404),
        ("/admin/rooms/nowhere.x/replay", 404),
    ] {
        let (status, _) = ask(&world.app, "GET", path, Some(&token), &Value::Null).await;
        assert_eq!(status, expected, "{path}");
    }
}

#[tokio::test]
async fn a_ban_ends_everything_at_once_and_lets_nobody_in() {
    let world = World::start().await;
    let room = start_match(&world).await;
    open(&world, 1, "c-1").await;
    let path = format!("/admin/players/{}/ban", player(1));
    let until_s = now() + 3600;
    let done = act(&world, &path, json!({ "until_s": until_s })).await;
    let ban = json!({ "reason": "testing", "until_s": until_s, "removed": { "state": "playing", "room": room } });
    assert_eq!(
        done,
        json!({ "changed": true, "before": null, "after": ban })
    );
    let last = world.received("c-1").pop().expect("a message");
    assert_eq!(
        (&last["type"], &last["reason"], &last["room_id"]),
        (&json!("removed"), &json!("banned"), &json!(room))
    );
    assert_eq!(world.closed(), ["c-1"]);
    let refused = show(&world, 1, "/lobby/me", 403).await;
    assert_eq!(
        (&refused["type"], &refused["reason"], &refused["until_s"]),
        (
            &json!("urn:skirmish:problem:banned"),
            &json!("testing"),
            &json!(until_s)
        )
    );
    join(&world, 1, "{}", 403).await;
    for path in [
        "/lobby/rooms",
        "/lobby/rooms/join",
        "/lobby/rooms/main.x/rematch",
        "/lobby/rooms/main.x/watch",
    ] {
        let request = call(1, "POST", path)
            .body(r#"{"code":"BCD-FGH"}"#)
            .request();
        let answer = if path.ends_with("join") {
            functions::handlers::room_join::handle(&world.app, request).await
        } else if path.ends_with("watch") {
            functions::handlers::room_watch::handle(&world.app, request).await
        } else {
            functions::handlers::room_create::handle(&world.app, request).await
        };
        body(answer, 403);
    }
    let token = hs256(&claims(&json!({ "sub": player(1), "aud": null })));
    let event = connect("c-2", &format!("skirmish.lobby.v1, bearer.{token}"));
    let answer = functions::handlers::socket_connect::handle(&world.app, event).await;
    assert_eq!(answer.status_code, 403);

    let again = act(&world, &path, json!({ "until_s": until_s })).await;
    assert_eq!(again["changed"], false, "{again}");
    let path = format!("/admin/players/{}/unban", player(1));
    assert_eq!(act(&world, &path, json!({})).await["changed"], true);
    assert_eq!(act(&world, &path, json!({})).await["changed"], false);
    join(&world, 1, "{}", 202).await;
    let audit = view(&world, "/admin/audit").await;
    let entry = audit["entries"][3].clone();
    assert_eq!(
        (
            &entry["operator"],
            &entry["action"],
            &entry["target"],
            &entry["reason"],
            &entry["after"]
        ),
        (
            &json!("olga"),
            &json!("ban"),
            &json!(player(1)),
            &json!("testing"),
            &ban
        )
    );
    let after = format!(
        "/admin/audit?after={}",
        entry["id"].as_str().expect("an id")
    );
    let later = view(&world, &after).await;
    let actions = later["entries"].as_array().expect("entries").iter();
    let actions: Vec<&Value> = actions.map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["ban", "unban", "unban"]);
}

#[tokio::test]
async fn an_act_needs_a_reason_and_what_it_acts_on() {
    let world = World::start().await;
    let token = token("operate", &json!({}));
    let ban = format!("/admin/players/{}/ban", player(1));
    let past = now() - 1;
    for (path, order, expected) in [
        (ban.as_str(), json!({ "forever": true }), 400),
        (&ban, json!({ "reason": " ", "forever": true }), 400),
        (&ban, json!({ "reason": "a\u{7}b", "forever": true }), 400),
        (
            &ban,
            json!({ "reason": "x".repeat(201), "forever": true }),
            400,
        ),
        (&ban, json!({ "reason": "r" }), 400),
        (&ban, json!({ "reason": "r", "until_s": past }), 400),
        (
            &ban,
            json!({ "reason": "r", "until_s": now() + 60, "forever": true }),
            400,
        ),
        (
            "/admin/players/ada/ban",
            json!({ "reason": "r", "forever": true }),
            400,
        ),
        ("/admin/rooms/main.x/kick", json!({ "reason": "r" }), 400),
        ("/admin/rooms/nonsense/end", json!({ "reason": "r" }), 404),
        ("/admin/relays/nowhere/drain", json!({ "reason": "r" }), 404),
        ("/admin/relays/nowhere/kill", json!({ "reason": "r" }), 404),
        ("/admin/pools/nowhere/close", json!({ "reason": "r" }), 404),
    ] {
        let (status, answer) = ask(&world.app, "POST", path, Some(&token), &order).await;
        assert_eq!(status, expected, "{path} {order}: {answer}");
    }
    assert_eq!(view(&world, "/admin/audit").await["entries"], json!([]));
    let close = act(&world, "/admin/pools/main/close", json!({})).await;
    assert_eq!(close["after"], json!({ "closed": "testing" }));
    let refused = join(&world, 1, "{}", 503).await;
    assert_eq!(
        (&refused["type"], &refused["reason"]),
        (
            &json!("urn:skirmish:problem:pool-closed"),
            &json!("testing")
        )
    );
    let open = act(&world, "/admin/pools/main/open", json!({})).await;
    assert_eq!(open["before"], json!({ "closed": "testing" }));
    join(&world, 1, "{}", 202).await;
}
