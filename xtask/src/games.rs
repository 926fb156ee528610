//! The lists that make a game playable, as the sources have them: `up` refuses a game that is missing in one of them before it
//! builds anything.

use std::path::Path;

use anyhow::{Result, bail};

/// What a list is for, its file, the line it begins with, the line it ends with.
const LISTS: [(&str, &str, &str, &str); 4] = [
    ("the relay", "relay/src/main.rs", "games! {", "}"),
    ("the bots", "bots/src/games.rs", "const GAMES:", "];"),
    (
        "the browser's engine",
        "web/wasm/src/games.rs",
        "const GAMES:",
        "];",
    ),
    (
        "the page",
        "web/demo/src/games.ts",
        "export const GAMES",
        "};",
    ),
];

/// Whether the relay, the bots, the engine and the page of the repository at `root` know the game; an error names the list that does not.
pub(crate) fn check(root: &Path, game: &str) -> Result<()> {
    for (who, file, begin, end) in LISTS {
        let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        let Some(entries) = entries(&text, begin, end) else {
            continue;
        };
        let names: Vec<String> = entries.map(|entry| name(root, entry)).collect();
        if names.iter().any(|name| name == game) {
            continue;
        }
        let known = names.join(", ");
        if !root.join("games").join(game).exists() {
            bail!(
                "no game is called {game}; {file} lists: {known}. `cargo xtask new-game {game}` makes one"
            );
        }
        bail!(
            "{who} does not know the game {game}: {file} lists only: {known}. docs/your-own-game.md says which line registers a game there"
        );
    }
    Ok(())
}

/// The first word of each entry: its crate, or in the page its name.
fn entries<'a>(text: &'a str, begin: &str, end: &'a str) -> Option<impl Iterator<Item = &'a str>> {
    let start = text.find(&format!("\n{begin}"))?;
    let lines = text[start + 1..].lines().skip(1);
    let lines = lines.take_while(move |line| line.trim_end() != end);
    Some(lines.filter_map(|line| {
        let line = line.trim().trim_start_matches("Entry::of::<");
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let word = &line[..line.find(|c| !is_word(c)).unwrap_or(line.len())];
        (!word.is_empty()).then_some(word)
    }))
}

/// What the game of this crate calls itself; the page's entries are names already.
fn name(root: &Path, entry: &str) -> String {
    const NAME: &str = "const NAME: &'static str = \"";
    let folders = [root.join("games").join(entry).join("src")];
    let files = folders.iter().filter_map(|folder| folder.read_dir().ok());
    let mut texts = files
        .flatten()
        .filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok());
    texts
        .find_map(|text| {
            let (_, rest) = text.split_once(NAME)?;
            Some(rest.split('"').next()?.to_owned())
        })
        .unwrap_or_else(|| entry.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use devstack::builds::workspace;

    #[test]
    fn the_games_of_this_repository_are_in_every_list() {
        for game in ["arena", "tag"] {
            check(&workspace(), game).expect(game);
        }
        for (_, file, begin, end) in LISTS {
            let text = std::fs::read_to_string(workspace().join(file)).expect(file);
            let entries =
                entries(&text, begin, end).unwrap_or_else(|| panic!("{file} has no list"));
            assert!(entries.count() >= 2, "{file}");
        }
    }

    #[test]
    fn an_unknown_game_is_refused_with_the_games_there_are() {
        let error = check(&workspace(), "chess").expect_err("there is none");
        let expected = "no game is called chess; relay/src/main.rs lists: arena, tag. `cargo xtask new-game chess` makes one";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_game_that_one_list_lacks_is_refused_with_the_name_of_the_list() {
        let root = std::env::temp_dir().join(format!("skirmish-lists-{}", std::process::id()));
        let copy = |file: &str, change: fn(String) -> String| {
            let text = std::fs::read_to_string(workspace().join(file)).expect(file);
            let to = root.join(file);
            std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            std::fs::write(to, change(text)).expect("a file");
        };
        for (_, missing_in, ..) in LISTS {
            for (_, file, ..) in LISTS {
                let without = |text: String| text.replace("tag::", "gone::").replace("  tag,", "");
                copy(
                    file,
                    if file == missing_in {
                        without
                    } else {
                        |text| text
                    },
                );
            }
            copy("games/tag/src/lib.rs", |text| text);
            let error = check(&root, "tag").expect_err(missing_in).to_string();
            assert!(error.contains(missing_in), "{error}");
            assert!(error.contains("does not know the game tag"), "{error}");
        }
        let _ = std::fs::remove_dir_all(root);
    }
}
