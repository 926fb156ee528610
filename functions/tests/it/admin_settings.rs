//! `POST /admin/pools/<pool>/settings`: operators change the settings of a pool.

use functions::handlers::pool_list;
use serde_json::{Value, json};

use crate::admin::{ask, token, view};
use crate::support::events::{Call, body};
use crate::support::world::World;

/// The status of a change of the settings of pool `main`, and what it answers beside the text of a problem.
async fn change(world: &World, version: Value, overrides: Value) -> (u16, Value) {
    let token = token("operate", &json!({}));
    let order = json!({ "reason": "testing", "overrides": overrides, "settings_version": version });
    let path = "/admin/pools/main/settings";
    let (status, mut answer) = ask(&world.app, "POST", path, Some(&token), &order).await;
    for text in ["status", "title", "type"] {
        answer.as_object_mut().expect("an object").remove(text);
    }
    (status, answer)
}

#[tokio::test]
async fn the_settings_of_a_pool_change_without_a_restart() {
    let world = World::start().await;
    let (status, refused) = change(&world, json!(0), json!({ "seats_max": 2 })).await;
    let why = "seats_max cannot be changed while the system runs: change POOLS, and restart";
    assert_eq!((status, refused), (400, json!({ "detail": why })));
    let (status, _) = change(&world, json!(null), json!({})).await;
    assert_eq!(status, 400);

    let (status, done) = change(&world, json!(0), json!({ "watch": "all" })).await;
    let expected = json!({
        "changed": true,
        "before": { "overrides": {} },
        "after": { "overrides": { "watch": "all" }, "settings_version": 1 },
    });
    assert_eq!((status, done), (200, expected));
    let (status, stale) = change(&world, json!(0), json!({})).await;
    assert_eq!((status, &stale["settings_version"]), (409, &json!(1)));

    let shown = view(&world, "/admin/pools").await;
    assert_eq!(shown["settings_version"], json!(1));
    let main = shown["pools"].as_array().expect("pools").iter();
    let main = main.clone().find(|pool| pool["pool"] == "main");
    let main = main.expect("the pool");
    assert_eq!(main["overrides"], json!({ "watch": "all" }));
    assert_eq!(main["settings"]["watch"], "all");
    let list = pool_list::handle(&world.app, Call::new("GET", "/lobby/pools").request()).await;
    let list = body(list, 200);
    let pools = list["pools"].as_array().expect("pools").iter();
    let watch: Vec<_> = pools.map(|pool| (&pool["name"], &pool["watch"])).collect();
    assert!(watch.contains(&(&json!("main"), &json!("all"))), "{list}");
    let entries = view(&world, "/admin/audit").await;
    assert_eq!(entries["entries"][0]["before"], json!({ "overrides": {} }));
}
