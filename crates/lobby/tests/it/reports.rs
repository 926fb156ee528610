//! Reports of players: who may send them, the limits, and how long they are kept.

use std::time::{SystemTime, UNIX_EPOCH};

use lobby::{Report, ReportEntry, Reported};

use crate::checkpoints::{finish, save};
use crate::world::World;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl World {
    async fn report(&self, by: &str, player: &str, room: Option<&str>) -> Reported {
        let (by, player) = (self.id(by), self.id(player));
        let report = Report {
            by: &by,
            player: &player,
            room,
            tick: 540,
            reason: "They wrote\n\"insults\".",
        };
        let reported = self.lobby.reports.match_report(report).await;
        reported.expect("report")
    }

    async fn reports(&self, before: Option<&str>, limit: u32) -> Vec<ReportEntry> {
        let found = self.lobby.reports.of_pool(&self.name, before, limit).await;
        found.expect("reports")
    }
}

#[tokio::test]
async fn a_player_reports_another_one_of_the_running_match_once() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    assert_eq!(world.report("a", "b", None).await, Reported::Received);
    assert_eq!(
        world.report("a", "b", Some(&room)).await,
        Reported::Received
    );
    assert_eq!(world.report("c", "b", None).await, Reported::Received);
    let reports = world.reports(None, 10).await;
    let [newest, oldest] = reports.as_slice() else {
        panic!("{reports:?}")
    };
    assert_eq!(newest.by_name, "c");
    let expected = ReportEntry {
        id: oldest.id.clone(),
        at_ms: oldest.at_ms,
        room: room.clone(),
        tick: 540,
        player_id: world.id("b"),
        name: "b".to_owned(),
        by: world.id("a"),
        by_name: "a".to_owned(),
        reason: "They wrote\n\"insults\".".to_owned(),
    };
    assert_eq!(oldest, &expected);
    assert_eq!(&world.reports(None, 1).await[0], newest);
    assert_eq!(world.reports(Some(&newest.id), 10).await, [expected]);

    let unknown = format!("{}.nowhere", world.name);
    for (by, player, room, answer) in [
        ("x", "b", None, Reported::NotPlaying),
        ("x", "b", Some(room.as_str()), Reported::NotMember),
        ("a", "x", None, Reported::NoSuchPlayer),
        ("a", "b", Some(unknown.as_str()), Reported::Unknown),
        ("a", "b", Some("elsewhere.x"), Reported::Unknown),
    ] {
        let reported = world.report(by, player, room).await;
        assert_eq!(reported, answer, "{by} {player} {room:?}");
    }
    assert_eq!(world.reports(None, 10).await.len(), 2);
    world.check().await;
}

#[tokio::test]
async fn a_match_that_is_over_is_known_by_its_replay_and_its_result() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    let recorded = async || {
        let bytes = world.pool().replays.recorded(&room).await;
        let bytes = bytes.expect("recorded").unwrap_or_default();
        String::from_utf8(bytes).expect("text")
    };
    assert_eq!(recorded().await, "");
    save(&world, &room, 0, 0).await;
    save(&world, &room, 0, 3).await;
    assert!(recorded().await.ends_with("}\n123"));
    finish(&world, &room, 3, 5).await;
    assert!(recorded().await.ends_with("}\n12345"));

    // Only `a` has a score; the header of the replay has `a` and `b`.
    assert_eq!(world.report("b", "a", None).await, Reported::NotPlaying);
    let room = Some(room.as_str());
    assert_eq!(world.report("b", "a", room).await, Reported::Received);
    assert_eq!(world.reports(None, 1).await[0].name, "a");
    assert_eq!(world.report("c", "a", room).await, Reported::NotMember);
    assert_eq!(world.report("a", "c", room).await, Reported::NoSuchPlayer);
}

#[tokio::test]
async fn a_player_sends_ten_reports_in_ten_minutes() {
    let world = World::new("{}").await;
    world.claimed_match().await;
    assert_eq!(world.report("a", "b", None).await, Reported::Received);
    let count = format!("{{}}:reporter:{}", world.id("a"));
    let left_ms: i64 = world.redis(&format!("PTTL {count}")).await;
    assert!((1..=600_000).contains(&left_ms), "{left_ms}");
    let _: String = world.redis(&format!("SET {count} 9 KEEPTTL")).await;
    assert_eq!(world.report("a", "c", None).await, Reported::Received);
    assert_eq!(world.report("a", "d", None).await, Reported::TooMany);
    // A repeat does not count, and other players have separate limits.
    assert_eq!(world.report("a", "c", None).await, Reported::Received);
    assert_eq!(world.report("b", "d", None).await, Reported::Received);
    assert_eq!(world.reports(None, 10).await.len(), 3);
}

#[tokio::test]
async fn a_report_is_kept_for_thirty_days() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    world.report("a", "b", None).await;
    let kept_ms: u64 = world.redis(&format!("PTTL {{}}:reported:{room}")).await;
    assert!((29 * DAY_MS..=30 * DAY_MS).contains(&kept_ms), "{kept_ms}");
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_ms = now.expect("after 1970").as_millis() as u64;
    for (after_ms, left) in [(30 * DAY_MS - 60_000, 1), (30 * DAY_MS + 60_000, 0)] {
        let pool = world.lobby.at(now_ms + after_ms).pool(&world.name);
        let sweep = pool.expect("the pool").sweep;
        sweep.repair().await.expect("repair");
        assert_eq!(world.reports(None, 10).await.len(), left, "{after_ms}");
    }
}
