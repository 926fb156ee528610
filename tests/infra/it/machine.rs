//! One machine: docker compose and systemd run every function.

use std::collections::{BTreeMap, BTreeSet};

use devstack::builds::cargo;
use serde_json::Value;

use crate::source::{functions, read};
use crate::template::{self, text};

#[test]
fn compose_has_a_service_for_each_function() {
    let compose = template::read("infra/compose/docker-compose.yml");
    let services = compose["services"].as_object().expect("services");
    let mut found = BTreeSet::new();
    for (name, service) in services {
        let environment = &service["environment"];
        let Some(function) = environment.get("FUNCTION") else {
            continue;
        };
        assert_eq!(text(function), name);
        // The health check calls a function by its URL if it has one.
        let is_http = environment.get("TRIGGER").is_some();
        let route = format!("/handlers/{}.rs", name.replace('-', "_"));
        let handler = read(&format!("functions/src{route}"));
        assert_eq!(is_http, handler.contains("lambda_http"), "{name}");
        found.insert(name.clone());
    }
    assert_eq!(found, names());
}

#[test]
fn the_systemd_target_starts_each_function() {
    let target = read("infra/systemd/skirmish.target");
    let found: BTreeSet<String> = target
        .split_whitespace()
        .filter_map(|word| {
            word.split_once("skirmish-function@")?
                .1
                .strip_suffix(".service")
        })
        .map(str::to_owned)
        .collect();
    assert_eq!(found, names());
}

/// Cargo builds a package without programs in silence.
#[test]
fn the_script_copies_the_programs_that_it_builds() {
    let script = read("infra/programs.sh").replace("\\\n", " ");
    let programs = programs();
    let mut built = BTreeSet::new();
    for line in script.lines().filter(|line| line.starts_with("build ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |flag| {
            let pairs = words.windows(2).filter(move |pair| pair[0] == flag);
            pairs.map(|pair| pair[1])
        };
        let of_packages = after("-p").flat_map(|package| &programs[package]);
        let named: BTreeSet<&str> = after("--bin").collect();
        built.extend(
            of_packages
                .map(String::as_str)
                .filter(|program| named.is_empty() || named.contains(program)),
        );
    }
    let expected = ["container", "functions", "gateway", "relay", "runtime"];
    assert_eq!(built, BTreeSet::from(expected));
}

/// The programs of each package of the workspace.
fn programs() -> BTreeMap<String, Vec<String>> {
    let metadata = cargo(&[
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]);
    let output = metadata.expect("cargo").output().expect("cargo's output");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    list(&metadata, "packages")
        .iter()
        .map(|package| {
            let targets = list(package, "targets");
            let programs = targets
                .iter()
                .filter(|target| target["kind"][0] == "bin")
                .map(|target| text(&target["name"]).to_owned());
            (text(&package["name"]).to_owned(), programs.collect())
        })
        .collect()
}

fn names() -> BTreeSet<String> {
    functions().into_keys().collect()
}
