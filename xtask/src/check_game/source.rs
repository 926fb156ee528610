//! Searches the sources of a game's rules for code whose results differ between machines or runs.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What the rules must not use, and why.
const FORBIDDEN: &[(&[&str], &str)] = &[
    (&["f32", "f64"], FLOATS),
    (
        &["HashMap", "HashSet", "RandomState"],
        "a hashed container, whose order differs from run to run: use an array, a `Vec` or a `BTreeMap`",
    ),
    (
        &["Instant", "SystemTime", "UNIX_EPOCH"],
        "a clock: time is `step.tick`",
    ),
    (
        &["thread", "thread_local", "rand"],
        "a thread or a random number from outside: use `game::Random` in the state",
    ),
    (
        &[
            "AtomicBool",
            "AtomicU32",
            "AtomicU64",
            "AtomicUsize",
            "OnceCell",
            "LazyLock",
            "RefCell",
            "Cell",
        ],
        "a value that changes outside of the state: make it a field of the state",
    ),
];

const FLOATS: &str =
    "a float: compute with integers, and with `sin`, `cos` and `heading` of `game`";

/// A forbidden use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    file: PathBuf,
    line: usize,
    word: String,
    why: &'static str,
}

impl Found {
    fn new(at: usize, word: &str, why: &'static str) -> Self {
        Self {
            file: PathBuf::new(),
            line: at + 1,
            word: word.to_owned(),
            why,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            word,
            why,
        } = self;
        write!(f, "{}:{line}: `{word}` is {why}", file.display())
    }
}

/// Searches the Rust files of a folder, except `bot.rs`: bots are not part of the state.
pub(crate) fn search(folder: &Path) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder);
    let entries = entries.with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<_> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            found.extend(search(&path)?);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("bot.rs") {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            found.extend(in_text(&text).into_iter().map(|found| Found {
                file: path.clone(),
                ..found
            }));
        }
    }
    Ok(found)
}

/// Searches one file; its comments and tests are exempt.
fn in_text(text: &str) -> Vec<Found> {
    let rules = text
        .lines()
        .take_while(|line| line.trim() != "#[cfg(test)]");
    let mut found = Vec::new();
    for (at, line) in rules.enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let words: Vec<_> = code
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect();
        for (forbidden, why) in FORBIDDEN {
            let used = forbidden.iter().find(|word| words.contains(word));
            found.extend(used.map(|word| Found::new(at, word, why)));
        }
        found.extend(float_literal(code).map(|number| Found::new(at, number, FLOATS)));
    }
    found
}

/// The first number with digits on both sides of its point. `pair.0.1` does not count.
fn float_literal(code: &str) -> Option<&str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut numbers = code.split(|c: char| !is_part(c));
    let is_float = |number: &&str| {
        let digits = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
        let mut parts = number.split('.');
        parts.next().is_some_and(digits) && parts.next().is_some_and(digits)
    };
    numbers.find(is_float)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &[(usize, &str)]) {
        let found = in_text(code);
        let found: Vec<_> = found
            .iter()
            .map(|found| (found.line, found.word.as_str()))
            .collect();
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn each_forbidden_use_is_found_with_its_line() {
        check("struct Car {\n    speed: f32,\n}", &[(2, "f32")]);
        check("let x = (y as f64) as i32;", &[(1, "f64")]);
        check(
            "let half = 0.5;\nlet more = 1_0.25_f64;",
            &[(1, "0.5"), (2, "1_0.25_f64")],
        );
        check("use std::collections::HashMap;", &[(1, "HashMap")]);
        check("let now = Instant::now();", &[(1, "Instant")]);
        check("let dice = rand::random();", &[(1, "rand")]);
        check(
            "static ROUND: AtomicU32 = AtomicU32::new(0);",
            &[(1, "AtomicU32")],
        );
    }

    #[test]
    fn comments_tests_and_longer_names_are_not_found() {
        check("let (a, b) = (pair.0.1, 0..5, x2.0); // 0.5", &[]);
        check("/// No f32.\nlet f32_like = 1; // Instant", &[]);
        check(
            "let brand = operand(2);\n#[cfg(test)]\nmod tests { type A = f64; }",
            &[],
        );
    }

    #[test]
    fn the_games_of_the_repository_use_nothing_forbidden() {
        for game in ["arena", "cards", "tag"] {
            let folder = devstack::builds::workspace()
                .join("games")
                .join(game)
                .join("src");
            assert_eq!(search(&folder).expect("sources"), [], "{game}");
        }
    }
}
