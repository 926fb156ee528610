//! A new game compiles, passes its tests and is registered; invalid names are refused.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use devstack::builds;

use super::*;
use crate::new_game;

/// The most lines of a new game's rules and bot.
const LINES_MAX: usize = 80;

/// A copy of the sources that is removed on drop, so that the test does not change the repository.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("skirmish-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        copy(&builds::workspace(), &root);
        Self(root)
    }

    /// Runs cargo in the copy, with the target folder of the repository.
    fn cargo(&self, arguments: &[&str]) {
        let mut command = builds::cargo(&["--offline", "--quiet"]).expect("a target folder");
        let output = command.args(arguments).current_dir(&self.0).output();
        let output = output.expect("cargo runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo {arguments:?}: {errors}");
    }

    /// Writes the page's list of games and checks the types of the page, with the npm packages and
    /// the built SDK of the repository.
    fn check_page(&self) {
        for made in ["web/node_modules", "web/sdk/dist"] {
            symlink(builds::workspace().join(made), self.0.join(made)).expect("a link");
        }
        let compiler = "node_modules/typescript/bin/tsc";
        for arguments in [
            ["scripts/games.mjs"].as_slice(),
            &[compiler, "--noEmit", "-p", "demo/tsconfig.json"],
        ] {
            let mut node = Command::new("node");
            let output = node.args(arguments).current_dir(self.0.join("web"));
            let output = output.output().expect("node runs");
            let errors = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{arguments:?}: {errors}");
        }
    }

    fn holds(&self, file: &str, line: &str) {
        let text = fs::read_to_string(self.0.join(file)).expect("a file");
        let count = text.lines().filter(|other| other.trim() == line).count();
        assert_eq!(count, 1, "{line} in {file}");
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    const MADE: [&str; 5] = ["target", "node_modules", "dist", ".git", ".skirmish"];
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("a kind");
        let target = to.join(entry.file_name());
        if MADE.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_file() {
            fs::copy(entry.path(), target).expect("a file is copied");
        }
    }
}

#[test]
fn new_games_of_each_kind_pass_their_tests_and_compile_for_the_server_and_the_page() {
    let copy = Copy::new("new-game");
    let folder = new_game::make(&copy.0, "king_of_dots", Kind::Action).expect("a new game");
    assert_eq!(folder, copy.0.join("games/king_of_dots"));
    copy.holds(
        "games/registry/Cargo.toml",
        "king_of_dots = { path = \"../king_of_dots\" }",
    );
    copy.holds(
        "games/registry/src/lib.rs",
        "king_of_dots: KingOfDots, KingOfDotsBot;",
    );
    for (name, kind) in [("sums", Kind::Turns), ("crowd_of_dots", Kind::Many)] {
        new_game::make(&copy.0, name, kind).expect("a new game");
    }
    for name in ["king_of_dots", "sums", "crowd_of_dots"] {
        // As the command does: it adds lines.
        copy.cargo(&["fmt", "-p", name]);
        let rules = copy.0.join("games").join(name).join("src/lib.rs");
        let lines = fs::read_to_string(rules)
            .expect("the rules")
            .lines()
            .count();
        assert!(lines <= LINES_MAX, "{name}: {lines} lines");
    }
    let packages = ["king_of_dots", "sums", "crowd_of_dots", "registry"];
    let named = packages.iter().flat_map(|name| ["-p", name]);
    copy.cargo(&["test"].into_iter().chain(named).collect::<Vec<_>>());
    let engine = ["rustc", "-p", "wasm", "--bin", "engine"];
    copy.cargo(&[&engine[..], &["--", "--cfg", "king_of_dots"]].concat());
    copy.check_page();
    copy.holds(
        "web/demo/src/games.ts",
        "import * as king_of_dots from \"../../../games/king_of_dots/render.js\";",
    );
    let again = new_game::make(&copy.0, "king_of_dots", Kind::Action).expect_err("it exists");
    assert!(again.to_string().contains("already exists"), "{again}");
}

#[test]
fn invalid_names_are_refused_and_change_nothing() {
    let copy = Copy::new("names");
    let check = |name: &str, why: &str| {
        let error = new_game::make(&copy.0, name, Kind::Action)
            .expect_err(name)
            .to_string();
        assert!(error.contains(why), "{name}: {error}");
    };
    check("", "not a valid name");
    check("Dots", "not a valid name");
    check("2dots", "not a valid name");
    check("../dots", "not a valid name");
    check("king-of-dots", "not a valid name");
    check("a_name_that_is_much_too_long", "not a valid name");
    check("match", "is a reserved word");
    check("tag", "already exists");
    check("arena", "already exists");
    check("serde_json", "already named serde_json");
}

#[test]
fn a_line_is_added_to_the_end_of_a_list_or_in_alphabetical_order() {
    let check = |before, expected: &str| {
        let text = "x\ngames {\n  arena\n  tag\n}\n\ny\n";
        assert_eq!(
            inserted(text, "games {", before, "  dots\n").as_deref(),
            Some(expected)
        );
    };
    check("}", "x\ngames {\n  arena\n  tag\n  dots\n}\n\ny\n");
    check("", "x\ngames {\n  arena\n  dots\n  tag\n}\n\ny\n");
    assert_eq!(inserted("x\n", "games {", "}", "dots\n"), None);
    assert_eq!(
        inserted("[d]\na\n", "[d]", "", "b\n").as_deref(),
        Some("[d]\na\nb\n")
    );
}

#[test]
fn type_names_follow_from_game_names() {
    assert_eq!(type_name("king_of_the_hill2"), "KingOfTheHill2");
    assert_eq!(type_name("a__b_"), "AB");
}
