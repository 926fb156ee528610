//! The settings of a room lie within the ranges of its game, which the pool's relays report.

use std::collections::BTreeMap;

use lobby::{
    Entered, GameSettings, NewRoom, RelayInfo, RoomChange, RoomSettings, SettingRange, Updated,
};

use crate::world::World;
use crate::world_gathering::TWO;

/// A relay whose game allows `lives` from 1 to `most`.
pub(crate) async fn relay(world: &World, short: &str, boot: &str, most: i32) -> RelayInfo {
    let range = SettingRange {
        min: 1,
        max: most,
        default: 3,
    };
    let game = GameSettings {
        name: "arena".to_owned(),
        seats: (1, 5),
        settings: [("lives".to_owned(), range)].into(),
    };
    let relay = RelayInfo {
        boot: boot.to_owned(),
        region: None,
        games: BTreeMap::from([(world.name.clone(), game)]).into(),
        ..world.relay(short, 100)
    };
    world.lobby.relays.renew(&relay).await.expect("renew");
    relay
}

fn chosen(name: &str, value: i64) -> BTreeMap<String, i64> {
    [(name.to_owned(), value)].into()
}

/// The answer to creating a room with this setting: `seated`, or the refusal.
async fn makes(world: &World, short: &str, name: &str, value: i64) -> String {
    let new = NewRoom {
        settings: chosen(name, value),
        ..NewRoom::default()
    };
    match world.make_with(short, &new).await {
        Entered::Seated { .. } => "seated".to_owned(),
        Entered::SettingsInvalid(refused) => refused.to_string(),
        other => panic!("{other:?}"),
    }
}

/// The answer to a change of the room by its host, `a`.
async fn changes(world: &World, room: &str, name: &str, value: i64) -> String {
    let change = RoomChange::Settings(RoomSettings {
        settings: Some(chosen(name, value)),
        seats: Some(3),
        ..RoomSettings::default()
    });
    let player = world.id("a");
    let updated = world.lobby.rooms.room_update(room, &player, change);
    match updated.await.expect("update") {
        Updated::Done { .. } => "done".to_owned(),
        Updated::SettingsInvalid(refused) => refused.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn settings_out_of_range_are_refused_and_change_nothing() {
    let world = World::new(TWO).await;
    relay(&world, "r", "boot-1", 3).await;
    world.check().await;
    let before = world.everything().await;
    assert_eq!(
        makes(&world, "a", "lives", 4).await,
        "lives must be 1 to 3 in this game."
    );
    assert_eq!(
        makes(&world, "a", "lives", 0).await,
        "lives must be 1 to 3 in this game."
    );
    assert_eq!(
        makes(&world, "a", "livse", 1).await,
        r#"The game has no setting "livse"."#
    );
    assert_eq!(world.everything().await, before);
    let claim: Option<String> = world.redis(&format!("GET claim:{}", world.id("a"))).await;
    assert_eq!(claim, None, "the player may join elsewhere");

    assert_eq!(makes(&world, "a", "lives", 3).await, "seated");
    let room = world.room("a").await;
    assert_eq!(
        changes(&world, &room, "lives", 99).await,
        "lives must be 1 to 3 in this game."
    );
    let seats: u32 = world.redis(&format!("HGET {{}}:room:{room} seats")).await;
    assert_eq!(seats, 4, "the other changes are refused with it");
    assert_eq!(changes(&world, &room, "lives", 1).await, "done");
    let settings: String = world
        .redis(&format!("HGET {{}}:room:{room} settings"))
        .await;
    assert_eq!(settings, r#"{"lives":1}"#);
    world.check().await;
}

#[tokio::test]
async fn without_a_relay_every_setting_is_accepted() {
    let world = World::new(TWO).await;
    assert_eq!(makes(&world, "a", "lives", 99).await, "seated");
    // A relay that reports nothing about the pool.
    world.relay_up("r").await;
    let room = world.room("a").await;
    assert_eq!(changes(&world, &room, "lives", 100).await, "done");
    let keys: Vec<String> = world.redis("KEYS {}:game").await;
    assert!(keys.is_empty());
}

#[tokio::test]
async fn a_new_run_of_a_relay_states_its_game_once() {
    let world = World::new(TWO).await;
    let first = relay(&world, "r", "boot-1", 3).await;
    relay(&world, "s", "boot-1", 5).await;
    // A renewal writes nothing.
    world.lobby.relays.renew(&first).await.expect("renew");
    assert_eq!(makes(&world, "a", "lives", 5).await, "seated");
    relay(&world, "r", "boot-2", 4).await;
    assert_eq!(
        makes(&world, "b", "lives", 5).await,
        "lives must be 1 to 4 in this game."
    );
    let stated: BTreeMap<String, String> = world.redis("HGETALL {}:game").await;
    let expected = [
        ("name", "arena"),
        ("seats", "[1,5]"),
        ("settings", r#"{"lives":{"min":1,"max":4,"default":3}}"#),
    ];
    assert_eq!(
        stated,
        expected
            .map(|(field, text)| (field.to_owned(), text.to_owned()))
            .into()
    );
}
