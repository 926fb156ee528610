//! `cargo xtask new-game NAME`: makes a crate from a template that runs without changes, and registers it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use devstack::{builds, command};

/// The kind of game that a template implements.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Action: up to five players at 60 Hz
    #[default]
    Action,
    /// Turn-based: up to four players
    Turns,
    /// Many players: up to fifty, who collect things at 20 Hz
    Many,
}

impl Kind {
    /// The path and the content of each file, with `{{name}}` and `{{Type}}` as placeholders.
    const fn template(self) -> [(&'static str, &'static str); 4] {
        const CARGO: &str = include_str!("../template/Cargo.toml.txt");
        const SCORES: &str = include_str!("../template/tests/rules.rs.txt");
        let (rules, tests, render) = match self {
            Self::Action => (
                include_str!("../template/src/lib.rs.txt"),
                SCORES,
                include_str!("../template/render.ts.txt"),
            ),
            Self::Turns => (
                include_str!("../template/turns/lib.rs.txt"),
                include_str!("../template/turns/rules.rs.txt"),
                include_str!("../template/turns/render.ts.txt"),
            ),
            Self::Many => (
                include_str!("../template/many/lib.rs.txt"),
                SCORES,
                include_str!("../template/many/render.ts.txt"),
            ),
        };
        [
            ("Cargo.toml", CARGO),
            ("src/lib.rs", rules),
            ("tests/rules.rs", tests),
            ("render.ts", render),
        ]
    }
}

/// The lines that register a game: the file, the text after which, the text before which, and the new line. An empty
/// `before` keeps the lines in alphabetical order.
const LINES: [(&str, &str, &str, &str); 2] = [
    (
        "games/registry/Cargo.toml",
        "[dependencies]",
        "",
        "{{name}} = { path = \"../{{name}}\" }\n",
    ),
    (
        "games/registry/src/lib.rs",
        "games! {",
        "}",
        "    {{name}}: {{Type}}, {{Type}}Bot;\n",
    ),
];

const NAME_CHARS_MAX: usize = 24;

/// Keywords and common names of Rust and TypeScript, and names that the compiler reserves for `--cfg`.
const TAKEN: &str = "abstract alloc any as async await become boolean box break case catch class const continue core \
    crate debugger default delete do doctest dyn else enum export extends extern false final finally fn for from function gen \
    get if impl implements import in instanceof interface let loop macro match miri mod module move mut never new null \
    number object of override package panic priv private proc_macro protected pub public ref require return self set \
    static std string struct super switch symbol test this throw trait true try type typeof undefined union unix unknown \
    unsafe unsized use var virtual void where while windows with yield";

/// Flags of `new-game`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Name of the game and its crate: a-z, then a-z, 0-9 and _
    name: String,
    /// The template to start from
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
}

/// Makes the game in this repository and prints how to play it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let name = &options.name;
    let folder = make(&builds::workspace(), name, options.kind)?;
    // The position of line breaks depends on the name. rustfmt may not be installed.
    command::output(&mut builds::cargo(&["fmt", "-p", name])?);
    println!("made {}", folder.display());
    println!("play it:  cargo xtask up --game {name} --watch");
    println!("test it:  cargo test -p {name}");
    Ok(())
}

/// Makes the game in the repository at `root` and returns its folder. An error changes nothing.
pub(crate) fn make(root: &Path, name: &str, kind: Kind) -> Result<PathBuf> {
    check(root, name)?;
    let type_name = type_name(name);
    let fill = |text: &str| {
        text.replace("{{name}}", name)
            .replace("{{Type}}", &type_name)
    };
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    let folder = root.join("games").join(name);
    for (file, after, before, line) in LINES {
        let path = root.join(file);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let text = inserted(&text, after, before, &fill(line))
            .with_context(|| format!("{file} has no list of games after `{after}`"))?;
        files.push((path, text));
    }
    files.extend(
        kind.template()
            .map(|(file, text)| (folder.join(file), fill(text))),
    );
    for (file, text) in files {
        let folder = file.parent().context("a file has a folder")?;
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&file, text))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(folder)
}

fn check(root: &Path, name: &str) -> Result<()> {
    let is_word = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_word || name.len() > NAME_CHARS_MAX {
        bail!(
            "`{name}` is not a valid name: start with a-z, then use a-z, 0-9 and _; at most {NAME_CHARS_MAX} characters"
        );
    }
    if TAKEN.split_whitespace().any(|word| word == name) {
        bail!("`{name}` is a reserved word in Rust or TypeScript: choose another name");
    }
    if root.join("games").join(name).exists() {
        bail!("games/{name} already exists: choose another name");
    }
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    let taken = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    if taken
        .into_iter()
        .any(|package| package.replace('-', "_") == name)
    {
        bail!("a dependency is already named {name}: choose another name");
    }
    Ok(())
}

/// Converts `king_of_hills` to `KingOfHills`.
fn type_name(name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_')
        .filter(|word| !word.is_empty())
        .map(capital)
        .collect()
}

/// Adds a line after the first line with `after`: before the line that equals `before`, or in
/// alphabetical order if `before` is empty.
fn inserted(text: &str, after: &str, before: &str, line: &str) -> Option<String> {
    let start = text.find(after)?;
    let mut at = start + text[start..].find('\n')? + 1;
    for other in text[at..].split_inclusive('\n') {
        let is_end = other.trim_end() == before;
        if is_end || (before.is_empty() && *other > *line) {
            return Some(format!("{}{line}{}", &text[..at], &text[at..]));
        }
        at += other.len();
    }
    before.is_empty().then(|| format!("{text}{line}"))
}

#[cfg(test)]
mod tests;
