//! `cargo xtask new-game NAME`: a crate of its own from a template that runs at once, and its registration lines.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use devstack::{builds, command};

/// Where a file of the template goes, and what it holds; `{{name}}` and `{{Type}}` are filled in.
const TEMPLATE: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("../template/Cargo.toml.txt")),
    ("src/lib.rs", include_str!("../template/src/lib.rs.txt")),
    (
        "src/schema.rs",
        include_str!("../template/src/schema.rs.txt"),
    ),
    ("src/bot.rs", include_str!("../template/src/bot.rs.txt")),
    (
        "tests/rules.rs",
        include_str!("../template/tests/rules.rs.txt"),
    ),
    ("render.ts", include_str!("../template/render.ts.txt")),
];

/// A line for each game, before a line: file, after which text that line is sought, the line, what is put there.
const LINES: [(&str, &str, &str, &str); 9] = [
    (
        "Cargo.toml",
        "members = [",
        "]",
        "    \"games/{{name}}\",\n",
    ),
    (
        "Cargo.toml",
        "# ours",
        "",
        "{{name}} = { path = \"games/{{name}}\" }\n",
    ),
    (
        "relay/Cargo.toml",
        "[dependencies]",
        "",
        "{{name}}.workspace = true\n",
    ),
    (
        "relay/src/main.rs",
        "games! {",
        "}",
        "    {{name}}::{{Type}},\n",
    ),
    (
        "bots/Cargo.toml",
        "[dependencies]",
        "",
        "{{name}}.workspace = true\n",
    ),
    (
        "bots/src/games.rs",
        "const GAMES:",
        "];",
        "    Entry::of::<{{name}}::{{Type}}, {{name}}::{{Type}}Bot>(),\n",
    ),
    (
        "web/wasm/Cargo.toml",
        "[dependencies]",
        "",
        "{{name}}.workspace = true\n",
    ),
    (
        "web/wasm/src/games.rs",
        "const GAMES:",
        "];",
        "    Entry::of::<{{name}}::{{Type}}>(),\n",
    ),
    (
        "web/demo/src/games.ts",
        "export const GAMES",
        "};",
        "  {{name}},\n",
    ),
];

/// The page's import, which comes first.
const IMPORT: (&str, &str) = (
    "web/demo/src/games.ts",
    "import { makeRenderer as {{name}} } from \"../../../games/{{name}}/render.js\";\n",
);

const NAME_CHARS_MAX: usize = 24;

/// Words that mean something to Rust or to TypeScript.
const TAKEN: &str = "abstract alloc any as async await become boolean box break case catch class const continue core \
    crate debugger default delete do dyn else enum export extends extern false final finally fn for from function gen \
    get if impl implements import in instanceof interface let loop macro match mod module move mut never new null \
    number object of override package priv private proc_macro protected pub public ref require return self set \
    static std string struct super switch symbol test this throw trait true try type typeof undefined union unknown \
    unsafe unsized use var virtual void where while with yield";

/// Flags of `new-game`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Of the game and its crate: a to z, then digits and _ too
    name: String,
}

/// Makes the game in this repository and says how to play it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let name = &options.name;
    let folder = make(&builds::workspace(), name)?;
    // How lines break depends on the name. Where rustfmt is not installed, they break as they do.
    command::output(&mut builds::cargo(&[
        "fmt", "-p", name, "-p", "relay", "-p", "bots", "-p", "wasm",
    ])?);
    println!("made {}", folder.display());
    println!("play it:  cargo xtask up --game {name} --watch");
    println!("test it:  cargo test -p {name}");
    Ok(())
}

/// Makes the game in the repository at `root`; its folder. An error changes nothing.
pub(crate) fn make(root: &Path, name: &str) -> Result<PathBuf> {
    check(root, name)?;
    let kind = type_name(name);
    let fill = |text: &str| text.replace("{{name}}", name).replace("{{Type}}", &kind);
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    let folder = root.join("games").join(name);
    for (file, after, before, line) in LINES {
        let text = take(&mut files, root, file)?;
        let text = inserted(&text, after, before, &fill(line))
            .with_context(|| format!("{file} has no `{after}` with its games any more"))?;
        files.push((root.join(file), text));
    }
    let (page, import) = IMPORT;
    let text = take(&mut files, root, page)?;
    let at = text
        .find("import ")
        .context("the page's games import nothing any more")?;
    files.push((
        root.join(page),
        format!("{}{}{}", &text[..at], fill(import), &text[at..]),
    ));
    files.extend(TEMPLATE.map(|(file, text)| (folder.join(file), fill(text))));
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
            "`{name}` is no name for a game: a to z first, then a to z, 0 to 9 and _, at most {NAME_CHARS_MAX}"
        );
    }
    if TAKEN.split_whitespace().any(|word| word == name) {
        bail!("`{name}` means something to Rust or TypeScript: choose another name");
    }
    if root.join("games").join(name).exists() {
        bail!("games/{name} is there already: choose another name");
    }
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    let taken = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    if taken
        .into_iter()
        .any(|package| package.replace('-', "_") == name)
    {
        bail!("a package that is used here is called {name} already: choose another name");
    }
    Ok(())
}

/// `king_of_hills` is `KingOfHills`.
fn type_name(name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_')
        .filter(|word| !word.is_empty())
        .map(capital)
        .collect()
}

/// A file as it was changed so far.
fn take(files: &mut Vec<(PathBuf, String)>, root: &Path, file: &str) -> Result<String> {
    let path = root.join(file);
    match files.iter().position(|(other, _)| *other == path) {
        Some(at) => Ok(files.remove(at).1),
        None => std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The text with one more line: after the first line with `after`, before the line that is `before`, or where the
/// alphabet says before the empty line when `before` is "".
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
