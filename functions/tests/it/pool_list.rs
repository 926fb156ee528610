//! The list of pools.

use crate::support::events::{Call, shown};
use crate::support::world::app_with;
use expect_test::expect;
use functions::handlers::pool_list;

#[tokio::test]
async fn each_pool_is_listed_with_its_game_and_seats() {
    let app = app_with(&[
        // Redis is away.
        ("REDIS_URL", "redis://127.0.0.1:1"),
        (
            "POOLS",
            r#"{"main":{},"duel":{"game":"tag","seats_min":2,"seats_max":2,"bots":{"fill_to":2},"watch":"all"}}"#,
        ),
        ("GAME", "king_of_dots"),
    ]);
    let call = Call::new("GET", "/lobby/pools").request();
    expect![[r#"
        200
        cache-control: public, max-age=60
        content-type: application/json
        {"pools":[{"name":"duel","game":"tag","seats_min":2,"seats_max":2,"bots":true,"watch":"all"},{"name":"main","game":"king_of_dots","seats_min":3,"seats_max":5,"bots":false,"watch":"off"}]}
    "#]]
    .assert_eq(&shown(pool_list::handle(&app, call).await));
}
