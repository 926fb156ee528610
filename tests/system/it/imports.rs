//! Checks the import rules of ARCHITECTURE.md.

use std::collections::BTreeMap;
use std::process::Command;

use devstack::builds::workspace;
use serde_json::Value;

/// Tools, which no shipped package imports: they may import anything except xtask.
const TOOLS: [&str; 17] = [
    "broadcast",
    "chaos",
    "check",
    "contract",
    "crowd",
    "devstack",
    "fleet",
    "floor",
    "infra",
    "lobby-bench",
    "micro",
    "model",
    "network",
    "sim",
    "system",
    "testkit",
    "xtask",
];

/// The packages of this repository that each shipped package may import.
const ARROWS: [(&str, &[&str]); 16] = [
    ("game", &[]),
    ("protocol", &["game"]),
    ("room", &["game", "protocol"]),
    ("netclient", &["game", "protocol"]),
    ("lobby", &[]),
    ("edge", &[]),
    ("gateway", &["edge"]),
    ("runtime", &["edge"]),
    ("container", &[]),
    ("functions", &["edge", "lobby"]),
    ("skirmishctl", &[]),
    ("relay", &["edge", "game", "lobby", "protocol", "room"]),
    ("relay-program", &["edge", "registry", "relay"]),
    ("bots", &["edge", "game", "netclient", "protocol"]),
    (
        "bots-program",
        &["bots", "edge", "game", "netclient", "protocol", "registry"],
    ),
    ("wasm", &["game", "netclient", "protocol", "registry"]),
];

/// What a game under `games/` may import.
const ARROWS_OF_GAMES: &[&str] = &["game"];

/// The one list of games, which is the only package that imports all of them.
const REGISTRY: &str = "registry";

/// Tests may also import a game to play, and the packages that they substitute.
const ARROWS_OF_TESTS: [(&str, &[&str]); 7] = [
    ("cards", &["protocol", "room"]),
    ("protocol", &["arena"]),
    ("room", &["arena", "netclient"]),
    ("netclient", &["arena"]),
    ("registry", &["game"]),
    ("relay", &["arena", "registry"]),
    ("wasm", &["arena"]),
];

/// The third-party crates that a package must not import in its shipped code.
const NEVER: [(&str, &[&str]); 8] = [
    ("game", &["tokio", "redis", "rand", "libm"]),
    ("arena", &["tokio", "redis", "rand", "libm"]),
    ("protocol", &["tokio", "redis"]),
    (
        "room",
        &["tokio", "redis", "tungstenite", "tokio-tungstenite"],
    ),
    (
        "netclient",
        &["tokio", "redis", "tungstenite", "tokio-tungstenite"],
    ),
    ("lobby", &["lambda_runtime", "lambda_http"]),
    ("functions", &["redis"]),
    ("relay", &["redis", "lambda_runtime"]),
];

#[test]
fn only_documented_imports_exist() {
    let packages = packages();
    let ours: Vec<&String> = packages.keys().collect();
    let games = games();
    for (name, dependencies) in &packages {
        if TOOLS.contains(&name.as_str()) {
            continue;
        }
        let is_registry = name == REGISTRY;
        let allowed = list(&ARROWS, name)
            .or_else(|| is_registry.then_some(&[]))
            .or_else(|| games.contains(name).then_some(ARROWS_OF_GAMES))
            .unwrap_or_else(|| panic!("{name} is not on the map: add it here and there"));
        let for_tests = list(&ARROWS_OF_TESTS, name).unwrap_or_default();
        for (dependency, kind) in dependencies
            .iter()
            .filter(|(dependency, _)| ours.contains(&dependency))
        {
            let is_of_tests = dependency == name
                || for_tests.contains(&dependency.as_str())
                || dependency == "testkit";
            let fine = allowed.contains(&dependency.as_str())
                || (is_registry && games.contains(dependency))
                || (kind == "dev" && is_of_tests);
            assert!(fine, "{name} must not import {dependency} ({kind})");
        }
    }
}

#[test]
fn nothing_imports_xtask_and_testkit_imports_nothing() {
    for (name, dependencies) in packages() {
        let imports = |package: &str| dependencies.iter().any(|(other, _)| other == package);
        assert!(!imports("xtask"), "{name} must not import xtask");
        if name == "testkit" {
            assert!(dependencies.is_empty(), "{dependencies:?}");
        }
    }
}

#[test]
fn pure_crates_import_no_io() {
    for (name, dependencies) in packages() {
        let never = list(&NEVER, &name).unwrap_or_default();
        for (dependency, kind) in dependencies {
            let shipped = kind == "normal";
            assert!(
                !shipped || !never.contains(&dependency.as_str()),
                "{name} must not import {dependency}"
            );
        }
    }
}

#[test]
fn only_the_registry_names_games() {
    let folders = [
        "relay/src",
        "relay/program/src",
        "bots/src",
        "bots/program/src",
        "web/wasm/src",
    ];
    for (file, text) in folders.into_iter().flat_map(sources) {
        for game in games() {
            assert!(!text.contains(&format!("{game}::")), "{file} names {game}");
        }
    }
}

/// The games; their folders are their packages.
fn games() -> Vec<String> {
    let entries = std::fs::read_dir(workspace().join("games")).expect("a folder");
    entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|folder| folder != REGISTRY)
        .collect()
}

/// The dependencies of each package of this repository, with their kind: `normal`, `dev`, `build`.
fn packages() -> BTreeMap<String, Vec<(String, String)>> {
    let output = Command::new("cargo")
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo's JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list(&metadata["packages"])
        .iter()
        .map(|package| {
            let dependencies = list(&package["dependencies"])
                .iter()
                .map(|dependency| {
                    let kind = dependency["kind"].as_str().unwrap_or("normal").to_owned();
                    (text(&dependency["name"]), kind)
                })
                .collect();
            (text(&package["name"]), dependencies)
        })
        .collect()
}

fn list(table: &[(&str, &'static [&'static str])], name: &str) -> Option<&'static [&'static str]> {
    table
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(_, list)| *list)
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(workspace().join(folder)).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            files.extend(sources(&format!("{folder}/{name}")));
        } else {
            files.push((name, std::fs::read_to_string(entry.path()).expect("text")));
        }
    }
    files
}
