//! The registered games, read from the sources: `up` refuses an unknown game before it builds
//! anything.

use std::path::Path;

use anyhow::{Context, Result, bail};

const LIST: &str = "games/registry/src/lib.rs";

/// Checks that the registry of the repository at `root` lists the game.
pub(crate) fn check(root: &Path, game: &str) -> Result<()> {
    let names = registered(root)?;
    if names.iter().any(|name| name == game) {
        return Ok(());
    }
    let known = names.join(", ");
    if root.join("games").join(game).exists() {
        bail!("the game {game} is not registered: {LIST} lists {known}. Add a line for it there");
    }
    bail!(
        "no game is called {game}; {LIST} lists: {known}. `cargo xtask new-game {game}` makes one"
    )
}

/// The minimum and maximum number of players in a match of the game, if its `SEATS` has two numbers.
pub(crate) fn seats(root: &Path, game: &str) -> Option<(u8, u8)> {
    let text = std::fs::read_to_string(root.join("games").join(game).join("src/lib.rs")).ok()?;
    let (_, declared) = text.split_once("const SEATS: RangeInclusive<u8> = ")?;
    let (least, most) = declared.split_once(';')?.0.split_once("..=")?;
    Some((least.parse().ok()?, most.parse().ok()?))
}

/// Whether players may join a running match of the game: it implements `accepts`.
pub(crate) fn accepts(root: &Path, game: &str) -> bool {
    let text = std::fs::read_to_string(root.join("games").join(game).join("src/lib.rs"));
    text.is_ok_and(|text| text.contains("fn accepts(&self)"))
}

/// The names of the games that the registry of the repository at `root` lists.
pub(crate) fn registered(root: &Path) -> Result<Vec<String>> {
    let text =
        std::fs::read_to_string(root.join(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    Ok(names(&text).into_iter().map(str::to_owned).collect())
}

/// The first word of each line of the list.
fn names(text: &str) -> Vec<&str> {
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with("games! {"));
    let lines = lines.skip(1).take_while(|line| *line != "}");
    lines
        .filter_map(|line| Some(line.trim().split_once(':')?.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use devstack::builds::workspace;

    #[test]
    fn registered_games_are_accepted() {
        for game in ["arena", "cards", "tag"] {
            check(&workspace(), game).expect(game);
        }
    }

    #[test]
    fn an_unknown_game_is_refused_with_the_list_of_games() {
        let error = check(&workspace(), "chess").expect_err("it does not exist");
        let expected = "no game is called chess; games/registry/src/lib.rs lists: arena, cards, swarm, tag. `cargo xtask new-game chess` makes one";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_game_that_is_not_registered_is_refused() {
        let error = check(&workspace(), "registry").expect_err("it is not a game");
        let text = error.to_string();
        assert!(
            text.starts_with("the game registry is not registered"),
            "{text}"
        );
    }
}
