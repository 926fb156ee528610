//! `up` and the tests build the libraries with the same features, so that neither rebuilds what the
//! other built.

use std::collections::{BTreeMap, BTreeSet};

use devstack::builds::cargo;
use serde_json::Value;

/// A package with its version, its kind of target, and whatever else distinguishes its builds.
type Library = (String, String, String);

#[test]
fn a_build_of_the_programs_uses_the_libraries_of_the_tests() {
    let programs = ["bots", "functions", "gateway", "relay", "runtime"];
    let programs = programs.iter().flat_map(|name| ["--bin", name]);
    let of_programs = libraries(programs);
    let of_tests = libraries(["--all-targets"]);
    for (library, features) in of_programs {
        let known = of_tests.get(&library);
        assert!(
            known.is_some_and(|known| features.is_subset(known)),
            "{library:?}: up selects {features:?}, the tests {known:?}. Select the missing features in \
             the [dependencies] of tests/infra/Cargo.toml"
        );
    }
}

/// The features of every library that a build of the workspace compiles, one text for each build.
fn libraries<'a>(
    selection: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<Library, BTreeSet<String>> {
    let mut cargo =
        cargo(&["build", "--workspace", "--unit-graph", "-Zunstable-options"]).expect("cargo");
    let output = cargo
        .args(selection)
        // The unit graph is not stable yet. Nothing is built.
        .env("RUSTC_BOOTSTRAP", "1")
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{output:?}");
    let graph: Value = serde_json::from_slice(&output.stdout).expect("a unit graph");
    let mut libraries: BTreeMap<Library, BTreeSet<String>> = BTreeMap::new();
    for unit in graph["units"].as_array().expect("units") {
        let library = (
            unit["pkg_id"].to_string(),
            unit["target"]["kind"].to_string(),
            format!("{} {}", unit["mode"], unit["platform"]),
        );
        let is_library = unit["target"]["kind"][0] == "lib" && unit["mode"] == "build";
        if is_library {
            let features = libraries.entry(library).or_default();
            features.insert(unit["features"].to_string());
        }
    }
    libraries
}
