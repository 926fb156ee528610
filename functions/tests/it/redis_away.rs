//! Redis away, full or hanging: 503 at once, and normal answers after its return.

use std::time::{Duration, Instant};

use functions::handlers::{me, queue_join, queue_leave};
use lambda_http::{Body, Response};

use crate::support::events::shown;
use crate::support::players::{call, finish_match, join, leave, show, start_match};
use crate::support::world::{World, lonely_app};

fn check_unavailable(answer: Response<Body>) {
    let text = shown(answer);
    assert!(
        text.starts_with("503\n")
            && text.contains("content-type: application/problem+json\n")
            && text.contains("retry-after: 1\n")
            && text.contains("urn:skirmish:problem:unavailable"),
        "{text}"
    );
}

#[tokio::test]
async fn without_redis_every_call_is_unavailable() {
    let app = lonely_app();
    let join = call(1, "POST", "/lobby/queue").request();
    check_unavailable(queue_join::handle(&app, join).await);
    for path in ["/lobby/queue", "/lobby/match"] {
        let leave = call(1, "DELETE", path).request();
        check_unavailable(queue_leave::handle(&app, leave).await);
    }
    let me = call(1, "GET", "/lobby/me").request();
    check_unavailable(me::handle(&app, me).await);
}

#[tokio::test]
async fn a_redis_that_hangs_is_unavailable_and_then_is_not() {
    let world = World::start().await;
    join(&world, 1, "{}", 202).await;
    world.redis.pause();
    let since = Instant::now();
    for _ in 0..3 {
        let join = call(2, "POST", "/lobby/queue").request();
        check_unavailable(queue_join::handle(&world.app, join).await);
    }
    // 600 ms each; a busy machine may take longer.
    assert!(since.elapsed() < Duration::from_secs(10));
    world.redis.resume();
    // Commands sent in the meantime may be applied now.
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let again = call(2, "POST", "/lobby/queue").request();
        if queue_join::handle(&world.app, again).await.status() != 503 {
            break;
        }
        assert!(Instant::now() < until, "it does not come back");
    }
    assert_eq!(show(&world, 2, "/lobby/me", 200).await["position"], 2);
}

#[tokio::test]
async fn in_a_full_redis_a_match_ends_and_is_scored() {
    let world = World::start().await;
    let room = start_match(&world).await;
    let pool = world.lobby().await.pool("main").expect("a pool");
    world.redis.fill();
    join(&world, 4, "{}", 503).await;
    leave(&world, 1, "/lobby/match", 204).await;
    pool.deadlines.expire(100).await.expect("decide");
    pool.bridge.poll().await.expect("poll");
    finish_match(&world, &room).await;
    let board = world.lobby().await.leaderboard.of_pool("main", 10).await;
    assert_eq!(
        board.expect("a leaderboard").first().map(|row| row.score),
        Some(5)
    );
}
