//! What the tests read from the source: the functions, what each needs, and its AWS calls.

use std::collections::{BTreeMap, BTreeSet};

use devstack::builds::workspace;
use functions::Needs;
use functions::programs::ALL;

/// The functions, and what each needs.
pub(crate) fn functions() -> BTreeMap<String, Needs> {
    ALL.iter()
        .map(|program| (program.name.to_owned(), program.needs()))
        .collect()
}

/// A function's handler.
pub(crate) fn handler(function: &str) -> String {
    read(&format!(
        "functions/src/handlers/{}.rs",
        function.replace('-', "_")
    ))
}

/// One file of the repository.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).expect(path)
}

/// The AWS services that a package's manifest names: `aws-sdk-apigatewaymanagement`.
pub(crate) fn sdks(package: &str) -> BTreeSet<String> {
    let path = format!("{package}/Cargo.toml");
    let text = std::fs::read_to_string(workspace().join(&path)).expect(&path);
    text.lines()
        .filter(|line| line.starts_with("aws-sdk-"))
        .map(|line| {
            let end = line.find(['.', ' ', '=']).unwrap_or(line.len());
            line[..end].to_owned()
        })
        .collect()
}

/// The AWS services whose requests a package signs without their SDK: `lambda`.
pub(crate) fn signed_services(package: &str) -> BTreeSet<String> {
    files(&format!("{package}/src"))
        .into_iter()
        .filter(|(_, text)| text.contains("aws_sigv4"))
        .flat_map(|(path, text)| {
            let names = text.split(".name(\"").skip(1);
            let services: Vec<String> = names
                .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
                .collect();
            assert!(!services.is_empty(), "{path}: which service is called?");
            services
        })
        .collect()
}

/// The operations called on an SDK's client, in the order of their names: `post_to_connection`.
///
/// Read from the text: a call is `client` and `.operation()`, possibly on separate lines.
pub(crate) fn operations(package: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in files(&format!("{package}/src")) {
        if !text.contains("aws_sdk_") {
            continue;
        }
        let joined: String = text.split_whitespace().collect();
        for (_, rest) in joined
            .match_indices("client.")
            .map(|(at, found)| joined.split_at(at + found.len()))
        {
            let name = rest.split('(').next().unwrap_or_default();
            assert!(!name.is_empty(), "{path}: which operation is called?");
            found.insert(name.to_owned());
        }
        let clients =
            joined.matches("Client::from_conf(").count() + joined.matches("Client::new(").count();
        assert!(
            clients <= 1,
            "{path} makes more than one client: tell their calls apart here"
        );
    }
    found
}

/// Every source file below a folder: its path and text.
pub(crate) fn files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(workspace().join(folder)).expect(folder) {
        let entry = entry.expect("an entry");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files(&path));
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            found.push((path, text));
        }
    }
    found
}
