//! Operators change the settings of a pool while the system runs.

use std::time::Duration;

use lobby::{Overrides, SettingsChange};
use serde_json::{Value, json};

use crate::game_settings::relay;
use crate::sink::kinds;
use crate::world::World;
use crate::world_gathering::TWO;

fn overrides(json: Value) -> Overrides {
    serde_json::from_value(json).expect("an object")
}

/// The answer to a change by an operator who saw this version: the version now, or why nothing was changed.
async fn change(world: &World, version: u64, to: Value) -> String {
    let (settings, to) = (&world.lobby.settings, overrides(to));
    let changing = settings.change(&world.name, version, &to);
    match changing.await.expect("an answer") {
        SettingsChange::Done { version, before } => format!("{version} after {}", json!(before)),
        SettingsChange::Stale { version } => format!("stale: {version}"),
        SettingsChange::Refused(why) => why,
    }
}

#[tokio::test]
async fn a_change_applies_to_the_scripts_of_every_process() {
    let world = World::new(TWO).await;
    let other = world.with_settings(TWO).await.lobby;
    assert_eq!(
        change(&world, 0, json!({ "seats_min": 1 })).await,
        "1 after {}"
    );
    assert_eq!(world.pool().settings().seats_min, 1);

    let pool = other.pool(&world.name).expect("the pool");
    assert_eq!(pool.settings().seats_min, 2);
    assert!(other.settings.refresh().await.expect("read"));
    assert!(!other.settings.refresh().await.expect("read"));
    // The pool that was fetched before has them too.
    assert_eq!(pool.settings().seats_min, 1);
    other.settings.refresh_after(Duration::ZERO).await;

    world.relay_up("r").await;
    world.connect(&["a"]).await;
    world.join("a").await;
    pool.assign().await.expect("assigned");
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "a"), "queued room_joined countdown");
    assert_eq!(pushed["a"][1]["room"]["seats_min"], 1);
    world.check().await;
}

#[tokio::test]
async fn only_who_saw_the_newest_version_changes_something() {
    let world = World::new(TWO).await;
    let first = json!({ "countdown_ms": 1000 });
    assert_eq!(change(&world, 3, first.clone()).await, "stale: 0");
    assert_eq!(change(&world, 0, first.clone()).await, "1 after {}");
    assert_eq!(change(&world, 0, json!({})).await, "stale: 1");
    assert_eq!(
        change(&world, 1, first.clone()).await,
        format!("1 after {first}")
    );
    assert_eq!(
        change(&world, 1, json!({})).await,
        format!("2 after {first}")
    );
    assert_eq!(world.pool().settings().countdown_ms, 10_000);
}

#[tokio::test]
async fn settings_that_the_game_does_not_allow_are_refused() {
    let world = World::new(TWO).await;
    relay(&world, "r", "boot-1", 4).await;
    let lives = |lives: i64| json!({ "settings": { "lives": lives } });
    assert_eq!(
        change(&world, 0, lives(5)).await,
        "lives must be 1 to 4 in this game."
    );
    assert_eq!(change(&world, 0, lives(4)).await, "1 after {}");
    assert_eq!(
        change(&world, 1, json!({ "seats_min": 9 })).await,
        "seats_min must be 1 to seats_max (4), it is 9"
    );
}

#[tokio::test]
async fn overrides_that_the_configuration_no_longer_allows_do_not_apply() {
    let world = World::new(TWO).await;
    assert_eq!(
        change(&world, 0, json!({ "seats_min": 4 })).await,
        "1 after {}"
    );
    let restarted = world.with_settings(r#"{"seats_min":2,"seats_max":3}"#);
    let restarted = restarted.await.lobby;
    restarted.settings.refresh().await.expect("read");
    let settings = restarted.pool(&world.name).expect("the pool").settings();
    assert_eq!((settings.seats_min, settings.seats_max), (2, 3));
}
