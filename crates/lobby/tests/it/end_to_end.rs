//! The path from join to leaderboard for five players.

use std::collections::BTreeMap;

use expect_test::expect;
use lobby::{Claimed, Finished, GameTicket, Joined, Rank, Redeemed, Score};

use crate::sink::kinds;
use crate::world::World;

const FIVE: [&str; 5] = ["a", "b", "c", "d", "e"];

#[tokio::test]
async fn five_players_join_play_and_are_counted() {
    let world = World::new("{}").await;
    world.connect(&FIVE).await;
    world.relay_up("r").await;
    let (room, game) = join_and_start(&world).await;
    enter(&world, &room, &game).await;
    finish(&world, &room, &game.relay).await;
    assert_eq!(
        world.join("a").await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.check().await;
}

async fn join_and_start(world: &World) -> (String, GameTicket) {
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
    world.join_all(&["c", "d", "e"]).await;
    expect!["seated 5 started 1 skipped 0"].assert_eq(&world.assign().await);
    world.check().await;
    expect!["a: playing, b: playing, c: playing, d: playing, e: playing"]
        .assert_eq(&world.states(&FIVE).await);
    let me = world.me("a").await;
    (me.room.expect("a room"), me.game.expect("a ticket"))
}

async fn enter(world: &World, room: &str, game: &GameTicket) {
    let seat = Redeemed::Seat {
        pool: world.name.clone(),
        player: world.id("a"),
        room: room.to_owned(),
        epoch: 1,
        late: None,
        trace: None,
    };
    let redeemed = world
        .lobby
        .tickets
        .redeem(&game.ticket, &game.relay)
        .await
        .expect("redeem");
    assert_eq!(redeemed, seat);
    let claimed = world
        .pool()
        .matches
        .claim_room(room, &game.relay, 1, "boot-1")
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

    let pushed = world.deliver().await;
    expect!["queued room_joined match_started"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(pushed["a"][2]["game"]["epoch"], 1);
}

async fn finish(world: &World, room: &str, relay: &str) {
    let row = |(short, score): (&&str, u32)| (world.id(short), score);
    let scores: Vec<Score> = FIVE
        .iter()
        .zip([4, 3, 2, 1, 0])
        .map(row)
        .zip(1..)
        .map(|((player_id, score), rank)| Score {
            player_id,
            score,
            rank,
            stats: BTreeMap::new(),
        })
        .collect();
    let finish = || async {
        world
            .pool()
            .matches
            .finish(room, relay, 1, &scores, &lobby::ReplayChunk::default())
            .await
            .expect("finish")
    };
    assert_eq!(finish().await, Finished::Done);
    assert_eq!(finish().await, Finished::Again);
    world.check().await;
    expect!["out match_over"].assert_eq(&world.state("a").await);

    let board = world
        .lobby
        .leaderboard
        .of_pool(&world.name, 2)
        .await
        .expect("board");
    let row = |short: &str, score, rank| Rank {
        player_id: world.id(short),
        name: short.to_owned(),
        score,
        rank,
        stats: BTreeMap::new(),
    };
    assert_eq!(board, [row("a", 4, 1), row("b", 3, 2)]);
    let of_room = world.lobby.leaderboard.of_room(room).await.expect("board");
    assert_eq!(of_room.map(|rows| rows.len()), Some(5));

    let pushed = world.deliver().await;
    expect!["match_over"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(pushed["a"][0]["scores"][0]["name"], "a");
    assert_eq!(world.redis::<u64>("XLEN {}:outbox").await, 0);
}
