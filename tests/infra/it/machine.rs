//! One machine: docker compose and systemd run every function.

use std::collections::BTreeSet;

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

fn names() -> BTreeSet<String> {
    functions().into_keys().collect()
}
