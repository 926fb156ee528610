//! `POOLS` as `up` uses it: the names of the pools, and the games that they name.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::games;

/// The default of `seats_min`.
const SEATS_MIN: u8 = 3;
const SEATS_MAX: u8 = 5;

/// How long a match takes late players.
const LATE_UNTIL_S: u32 = 100;

/// One pool for this game. It has a short countdown, because a developer who is alone should not wait long for a
/// match. It has the default numbers of players, as far as the game allows them. If the game accepts late joins, the
/// pool has them, and allows every number of players that the game allows. Everybody may watch its matches.
pub(crate) fn default(root: &Path, game: Option<&str>) -> String {
    let (least, most) = game
        .and_then(|game| games::seats(root, game))
        .unwrap_or((SEATS_MIN, SEATS_MAX));
    let pool = if game.is_some_and(|game| games::accepts(root, game)) {
        json!({
            "countdown_ms": 3000,
            "watch": "all",
            "seats_min": least,
            "seats_max": most,
            "late": { "until_s": LATE_UNTIL_S },
        })
    } else {
        json!({
            "countdown_ms": 3000,
            "watch": "all",
            "seats_min": SEATS_MIN.clamp(least, most),
            "seats_max": SEATS_MAX.clamp(least, most),
        })
    };
    json!({ "main": pool }).to_string()
}

/// Adds this number of bots, for a player who is alone, to each pool without the setting `bots`, as far as it has
/// seats.
pub(crate) fn with_bots(pools: &str, bots: u8) -> Result<String> {
    let mut pools = parse(pools)?;
    for settings in pools.values_mut().filter_map(Value::as_object_mut) {
        let seats = |name, default: u8| {
            settings
                .get(name)
                .and_then(Value::as_u64)
                .unwrap_or(default.into())
        };
        let (least, most) = (seats("seats_min", SEATS_MIN), seats("seats_max", SEATS_MAX));
        if bots > 0 && least <= most && !settings.contains_key("bots") {
            let fill_to = (1 + u64::from(bots)).clamp(least, most);
            settings.insert("bots".to_owned(), json!({ "fill_to": fill_to }));
        }
    }
    Ok(json!(pools).to_string())
}

/// Checks that every game of `POOLS` is registered in the repository at `root`, and also the game of `--game`, which
/// applies only to pools that name none.
pub(crate) fn check(root: &Path, pools: &str, game: Option<&str>) -> Result<()> {
    for (pool, settings) in parse(pools)? {
        match (settings["game"].as_str(), game) {
            (Some(_), Some(_)) => bail!(
                "POOLS names the game of the pool {pool}: leave out --game, or name no game there"
            ),
            (Some(named), None) => games::check(root, named)?,
            (None, _) => {}
        }
    }
    game.map_or(Ok(()), |game| games::check(root, game))
}

fn parse(pools: &str) -> Result<BTreeMap<String, Value>> {
    serde_json::from_str(pools).context("POOLS is not a JSON object, such as {\"main\":{}}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use devstack::builds::workspace;

    fn refused(pools: &str, game: Option<&str>) -> String {
        let checked = check(&workspace(), pools, game);
        checked
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn the_default_pool_has_what_the_game_allows() {
        let seats = |game| {
            let pools = parse(&default(&workspace(), game)).expect("pools");
            ["seats_min", "seats_max"].map(|name| pools["main"][name].as_u64())
        };
        assert_eq!(seats(None), [Some(3), Some(5)]);
        assert_eq!(seats(Some("arena")), [Some(3), Some(5)]);
        assert_eq!(seats(Some("cards")), [Some(3), Some(4)]);
        assert_eq!(seats(Some("swarm")), [Some(2), Some(50)]);
        let late = |game| {
            parse(&default(&workspace(), Some(game))).expect("pools")["main"]["late"].clone()
        };
        assert!(late("arena").is_null() && late("swarm").is_object());
        let watch =
            |game| parse(&default(&workspace(), game)).expect("pools")["main"]["watch"].clone();
        assert_eq!(
            [None, Some("swarm"), Some("cards")].map(watch),
            [json!("all"), json!("all"), json!("all")]
        );
    }

    #[test]
    fn a_pool_without_the_setting_has_bots() {
        let bots = |pools, bots| {
            let pools = parse(&with_bots(pools, bots).expect("pools")).expect("pools");
            pools["main"]["bots"].clone()
        };
        assert_eq!(bots(r#"{"main":{}}"#, 3), json!({ "fill_to": 4 }));
        assert_eq!(bots(r#"{"main":{}}"#, 1), json!({ "fill_to": 3 }));
        assert_eq!(
            bots(r#"{"main":{"seats_min":2,"seats_max":2}}"#, 3),
            json!({ "fill_to": 2 })
        );
        assert_eq!(bots(r#"{"main":{}}"#, 0), Value::Null);
        assert_eq!(bots(r#"{"main":{"bots":null}}"#, 3), Value::Null);
        let own = r#"{"main":{"bots":{"fill_to":3,"after_ms":0}}}"#;
        assert_eq!(bots(own, 4), json!({ "fill_to": 3, "after_ms": 0 }));
    }

    #[test]
    fn the_games_of_pools_and_of_the_flag_are_checked() {
        let two = r#"{"main":{},"tag":{"game":"tag"}}"#;
        assert_eq!(refused(two, None), "");
        assert_eq!(refused(r#"{"main":{}}"#, Some("tag")), "");
        let chess = "no game is called chess; ";
        assert!(refused(r#"{"main":{"game":"chess"}}"#, None).starts_with(chess));
        assert!(refused(r#"{"main":{}}"#, Some("chess")).starts_with(chess));
        assert!(refused("main", None).starts_with("POOLS is not a JSON object"));
    }

    #[test]
    fn a_game_is_named_in_one_place() {
        assert_eq!(
            refused(r#"{"main":{},"tag":{"game":"tag"}}"#, Some("arena")),
            "POOLS names the game of the pool tag: leave out --game, or name no game there"
        );
    }
}
