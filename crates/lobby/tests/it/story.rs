//! The story from join to leaderboard, as one player after the other would see it.

use expect_test::expect;
use lobby::{Claimed, Finished, Joined, Rank, Redeemed, Score};

use crate::world::{World, kinds};

#[tokio::test]
async fn five_players_join_play_and_are_counted() {
    let world = World::new("{}").await;
    world.connect(&["a", "b", "c", "d", "e"]).await;
    assert_eq!(
        world.join("a").await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    assert_eq!(
        world.join("b").await,
        Joined::Queued {
            position: 2,
            new: true
        }
    );
    assert_eq!(
        world.join("a").await,
        Joined::Queued {
            position: 1,
            new: false
        }
    );
    world.check().await;
    let (room, game) = {
        world.relay_up("r").await;
        world.join_all(&["c", "d", "e"]).await;
        world.pool().assign().await.expect("assign");
        let me = world.me("a").await;
        (me.room.expect("a room"), me.game.expect("a ticket"))
    };
    world.check().await;
    expect!["a: playing, b: playing, c: playing, d: playing, e: playing"]
        .assert_eq(&world.states(&["a", "b", "c", "d", "e"]).await);

    let seat = Redeemed::Seat {
        pool: world.name.clone(),
        player: world.id("a"),
        room: room.clone(),
        epoch: 1,
    };
    assert_eq!(
        world
            .lobby
            .redeem(&game.ticket, &game.relay)
            .await
            .expect("redeem"),
        seat
    );
    let claimed = world
        .pool()
        .claim_room(&room, &game.relay, 1, "boot-1")
        .await
        .expect("claim");
    let Claimed::Room { players, .. } = claimed else {
        panic!("{claimed:?}")
    };
    assert_eq!(
        players
            .iter()
            .map(|player| player.name.as_str())
            .collect::<String>(),
        "abcde"
    );

    let pushed = world.drain().await;
    expect!["queued room_joined match_started"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(pushed["a"][2]["game"]["epoch"], 1);

    let scores = ["a", "b", "c", "d", "e"]
        .iter()
        .zip([4, 3, 2, 1, 0])
        .zip(1..);
    let scores: Vec<Score> = scores
        .map(|((short, score), rank)| Score {
            player_id: world.id(short),
            score,
            rank,
        })
        .collect();
    assert_eq!(
        world
            .pool()
            .finish(&room, &game.relay, 1, &scores)
            .await
            .expect("finish"),
        Finished::Done
    );
    assert_eq!(
        world
            .pool()
            .finish(&room, &game.relay, 1, &scores)
            .await
            .expect("finish"),
        Finished::Again
    );
    world.check().await;
    expect!["out match_over"].assert_eq(&world.state("a").await);
    let board = world
        .lobby
        .leaderboard(&world.name, 2)
        .await
        .expect("board");
    let row = |short: &str, score, rank| Rank {
        player_id: world.id(short),
        name: short.to_owned(),
        score,
        rank,
    };
    assert_eq!(board, [row("a", 4, 1), row("b", 3, 2)]);
    assert_eq!(
        world
            .lobby
            .room_leaderboard(&room)
            .await
            .expect("board")
            .map(|rows| rows.len()),
        Some(5)
    );

    let pushed = world.drain().await;
    expect!["match_over"].assert_eq(&kinds(&pushed, "a"));
    let over = pushed["a"].last().expect("a message");
    assert_eq!(over["scores"][0]["name"], "a");
    assert_eq!(world.redis::<u64>("XLEN {}:outbox").await, 0);
    assert_eq!(
        world.join("a").await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.check().await;
}
