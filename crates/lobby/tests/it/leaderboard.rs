//! The leaderboard is bounded.

use lobby::{ReplayChunk, Score};

use crate::world::World;

/// Plays a match of five new players, named by number, with these scores.
async fn play(world: &World, first: usize, scores: [u32; 5]) -> String {
    let players: Vec<String> = (first..first + 5).map(|n| format!("p{n}")).collect();
    let shorts: Vec<&str> = players.iter().map(String::as_str).collect();
    world.relay_up("r").await;
    world.join_all(&shorts).await;
    assert_eq!(world.pool().assign().await.expect("assign").started, 1);
    let (room, relay) = (world.room(shorts[0]).await, world.id("r"));
    let pool = world.pool();
    pool.matches
        .claim_room(&room, &relay, 1, "boot-1")
        .await
        .expect("claim");
    let scores: Vec<Score> = shorts
        .iter()
        .zip(scores)
        .map(|(short, score)| Score {
            player_id: world.id(short),
            score,
            rank: 1,
            stats: [("laps".to_owned(), score as i32)].into(),
        })
        .collect();
    let chunk = ReplayChunk::default();
    let done = pool.matches.finish(&room, &relay, 1, &scores, &chunk).await;
    done.expect("finish");
    room
}

#[tokio::test]
async fn a_leaderboard_keeps_the_best_and_the_latest_scorers() {
    let world = World::new(r#"{"leaderboard_max":7}"#).await.at(0);
    let first = play(&world, 0, [10, 20, 30, 40, 50]).await;
    play(&world, 5, [1, 2, 3, 4, 5]).await;
    let board = world
        .lobby
        .leaderboard
        .of_pool(&world.name, 100)
        .await
        .expect("board");
    let scores: Vec<i64> = board.iter().map(|rank| rank.score).collect();
    assert_eq!(scores, [50, 40, 5, 4, 3, 2, 1]);
    assert_eq!(world.redis::<u64>("HLEN {}:names").await, 7);
    // A finished match keeps all its players, even those who are no longer on the pool's leaderboard.
    let of_room = world
        .lobby
        .leaderboard
        .of_room(&first)
        .await
        .expect("board");
    let of_room = of_room.expect("ranks");
    let names: Vec<&str> = of_room.iter().map(|rank| rank.name.as_str()).collect();
    assert_eq!(names, ["p4", "p3", "p2", "p1", "p0"]);
    // A match has its players' stats; the pool's leaderboard has none.
    let laps: Vec<i32> = of_room.iter().map(|rank| rank.stats["laps"]).collect();
    assert_eq!(laps, [50, 40, 30, 20, 10]);
    assert!(board.iter().all(|rank| rank.stats.is_empty()));
    world.check().await;
}
