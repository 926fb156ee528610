//! An operator kills a relay: only one that is configured for it dies.

use std::os::unix::process::ExitStatusExt;

use lobby::Killed;

use crate::support::{World, soon};

#[tokio::test]
async fn a_relay_that_may_be_killed_dies_by_sigkill_and_its_match_continues_elsewhere() {
    let world = World::start("{}").await;
    let (process, _) = world.process_with(&[("RELAY_KILL", "true")]).await;
    let (seated, _clients) = world.play_three().await;
    assert_eq!(seated[0].game.relay, "relay-2");
    let killed = world
        .lobby
        .admin
        .kill_relay("relay-2")
        .await
        .expect("Redis");
    assert!(matches!(killed, Killed::Sent { .. }), "{killed:?}");
    let status = process.end().await.status;
    assert_eq!(status.signal(), Some(9), "{status}");
    let moved = world.moved(&seated[0], "relay-1").await;
    assert_eq!(moved.room, seated[0].room);
}

#[tokio::test]
async fn any_other_relay_ignores_the_message() {
    let world = World::start("{}").await;
    let admin = &world.lobby.admin;
    let killed = admin.kill_relay("relay-1").await.expect("Redis");
    assert!(matches!(killed, Killed::Sent { .. }), "{killed:?}");
    // What comes after it is heard.
    admin.drain_relay("relay-1").await.expect("Redis");
    soon("the drain", world.server.asked_to_drain()).await;
    let again = admin.kill_relay("relay-1").await.expect("Redis");
    assert_eq!(again, Killed::TooSoon);
}
