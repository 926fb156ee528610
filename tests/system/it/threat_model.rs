//! SECURITY.md names tests that exist.

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let root = devstack::builds::workspace();
    let text = std::fs::read_to_string(root.join("SECURITY.md")).expect("SECURITY.md");
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let named: Vec<&str> = rows
        .filter_map(|row| row.trim_end_matches('|').rsplit('|').next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| name.contains('_'))
        .collect();
    assert!(named.len() > 40, "{named:?}");
    let mut sources = String::new();
    for folder in [
        "bots",
        "crates",
        "functions",
        "games",
        "gateway",
        "relay",
        "runtime",
        "tests",
    ] {
        read_tests(&root.join(folder), &mut sources);
    }
    for name in named {
        assert!(sources.contains(&format!("fn {name}(")), "no test {name}");
    }
}

fn read_tests(folder: &std::path::Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("node_modules") {
            read_tests(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            into.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
        }
    }
}
