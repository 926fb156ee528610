//! `POST /admin/relays/<relay>/kill`: only with `RELAY_KILL`, audited, and not twice at once.

use lobby::InboxMessage;
use serde_json::{Value, json};

use crate::admin::{act, ask, token, view};
use crate::support::keys::ADMIN_SECRET;
use crate::support::world::{World, app_with};

const PATH: &str = "/admin/relays/relay-1/kill";

#[tokio::test]
async fn a_killed_relay_gets_a_message_and_the_audit_says_who_killed_it_and_why() {
    let world = World::start().await;
    world.relay().await;
    let overview = view(&world, "/admin/overview").await;
    assert_eq!(overview["relays"]["can_kill"], true);
    let before = json!({ "boot": "boot-1" });
    let done = act(&world, PATH, json!({})).await;
    assert_eq!(
        done,
        json!({ "changed": true, "before": before, "after": null })
    );
    let mut inbox = world.lobby().await.inbox("relay-1");
    let received = inbox.read(std::time::Duration::from_secs(1)).await;
    let boot = "boot-1".to_owned();
    assert_eq!(
        received.expect("read").messages,
        [InboxMessage::Kill { boot }]
    );
    let audit = view(&world, "/admin/audit").await;
    let entry = &audit["entries"][0];
    let names = ["operator", "action", "target", "reason", "before"];
    assert_eq!(
        names.map(|name| &entry[name]),
        [
            &json!("olga"),
            &json!("kill"),
            &json!("relay-1"),
            &json!("testing"),
            &before
        ]
    );
    let token = token("operate", &json!({}));
    let order = json!({ "reason": "again" });
    let (status, answer) = ask(&world.app, "POST", PATH, Some(&token), &order).await;
    assert_eq!(
        (status, &answer["type"]),
        (429, &json!("urn:skirmish:problem:too-many-requests"))
    );
}

#[tokio::test]
async fn without_relay_kill_there_is_no_such_act() {
    let world = World::start().await;
    world.relay().await;
    let app = app_with(&[
        ("REDIS_URL", &world.redis.url),
        ("ADMIN_JWT_SECRET", ADMIN_SECRET),
    ]);
    let token = token("operate", &json!({}));
    let order = json!({ "reason": "testing" });
    for token in [Some(token.as_str()), None] {
        let (status, answer) = ask(&app, "POST", PATH, token, &order).await;
        assert_eq!(
            (status, &answer["type"]),
            (404, &json!("urn:skirmish:problem:not-found"))
        );
    }
    let (_, overview) = ask(&app, "GET", "/admin/overview", Some(&token), &Value::Null).await;
    assert_eq!(overview["relays"]["can_kill"], false);
    assert_eq!(view(&world, "/admin/audit").await["entries"], json!([]));
}
