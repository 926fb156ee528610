//! Invalid searches of the list of rooms: each error says what is wrong.

use lobby::RoomQuery;

use crate::room_list::META;
use crate::world::World;

#[tokio::test]
async fn invalid_queries_get_errors_that_name_the_problem() {
    let world = World::new(META).await;
    let check = |conditions: &str, expected: &str| {
        let query = RoomQuery::new("arena").filtered(&world.pool().settings(), conditions);
        assert_eq!(query.expect_err(conditions), expected);
    };
    let form = |what: &str| {
        format!(
            "where must be a list of conditions such as level:gte:3, separated by commas; {what:?} is not a condition."
        )
    };
    check("banana", &form("banana"));
    check("level:gte", &form("level:gte"));
    check("level:gte:3,", &form(""));
    check(",", &form(""));
    check("\u{0}", &form("\u{0}"));
    check(
        "rank:eq:3",
        "where has a key that the pool's rooms do not have: \"rank\".",
    );
    check(
        "Level:eq:3",
        "where has a key that the pool's rooms do not have: \"Level\".",
    );
    check(
        "level:like:3",
        "where has the operators eq, ne, gt, gte, lt and lte, but not \"like\".",
    );
    for value in [
        "x",
        "",
        "3.5",
        "1e3",
        "9007199254740993",
        "99999999999999999999",
    ] {
        let expected =
            format!("where must compare level with a whole number up to 2^53, not with {value:?}.");
        check(&format!("level:gte:{value}"), &expected);
    }
    check(
        "mode:gte:duo",
        "where can compare mode, a text, only with eq or ne.",
    );
    check(
        "game:lt:tag",
        "where can compare game, a text, only with eq or ne.",
    );
    check(
        "state:eq:banana",
        "state must be gathering, open or started, not \"banana\".",
    );
    check(
        r"mode:eq:a\b",
        "where must have a comma or a backslash after each backslash.",
    );
    check(
        &["level:gte:1"; 9].join(","),
        "where must have at most 8 conditions.",
    );
    check(
        &format!("mode:eq:{}", "x".repeat(1017)),
        "where must have at most 1024 bytes.",
    );

    let sort = |text: &str| RoomQuery::new("arena").sorted(&world.pool().settings(), text);
    for text in [
        "", "-", "mode", "state", "game", "rank", "--level", "+level",
    ] {
        assert!(sort(text).is_err(), "{text:?}");
    }
    for text in ["", "0", "101", "-1", "x", "1.5"] {
        let limited = RoomQuery::new("arena").limited(text);
        assert_eq!(
            limited.expect_err(text),
            "limit must be a number from 1 to 100."
        );
    }
    let after = |text: &str| {
        RoomQuery::new("arena")
            .after(text)
            .err()
            .unwrap_or_default()
    };
    for text in ["", "x", "-created,5", "-created,x,a", "-created,5,"] {
        assert_eq!(
            after(text),
            "cursor must be the cursor of a page.",
            "{text:?}"
        );
    }
    assert_eq!(
        after("players,5,a"),
        "cursor is from a page with another sort: \"players\"."
    );
}
