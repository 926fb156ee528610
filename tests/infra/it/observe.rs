//! Prometheus's rules and the dashboard read what the programs export, and each alert has a section and a
//! test.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::source::read;
use crate::template::{self, text};

const RULES: &str = "infra/observe/rules.yml";
const CASES: &str = "infra/observe/rules_test.yml";
const DASHBOARD: &str = "infra/observe/dashboard.json";
const TARGETS: &str = "infra/observe/targets.yml";
const DOCUMENT: &str = "docs/observing.md";

#[test]
fn every_metric_that_is_read_is_exported() {
    let mut known = exported();
    known.extend(rules().filter_map(|rule| Some(rule["record"].as_str()?.to_owned())));
    for file in [RULES, CASES, DASHBOARD, DOCUMENT] {
        let used = metrics_in(&read(file));
        assert!(!used.is_empty(), "{file}");
        // The document names a histogram as a whole.
        let is_histogram =
            |name: &str| file == DOCUMENT && known.contains(&format!("{name}_bucket"));
        let mut unknown = used.difference(&known).filter(|name| !is_histogram(name));
        assert_eq!(unknown.next(), None, "{file}");
    }
}

/// The series that the programs register, read from the text. Those of a histogram have suffixes.
fn exported() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for program in ["relay", "gateway", "runtime"] {
        let source = read(&format!("{program}/src/metrics.rs"));
        for (at, _) in source.match_indices("\"skirmish_") {
            let (before, name) = (&source[..at], &source[at + 1..]);
            let name = name.split('"').next().unwrap_or_default();
            let suffixes: &[&str] = if before.trim_end().ends_with("histogram(") {
                &["_bucket", "_sum", "_count"]
            } else {
                &[""]
            };
            found.extend(suffixes.iter().map(|suffix| format!("{name}{suffix}")));
        }
    }
    found
}

/// The words of a text that are names of our metrics.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !is_part(c));
    let ours = words.filter(|word| word.contains("skirmish_") || word.starts_with("skirmish:"));
    ours.map(|word| word.trim_matches(':').to_owned()).collect()
}

/// Whether it is part of the name of a metric.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

#[test]
fn every_label_that_is_selected_exists_and_has_that_value() {
    let metrics = |program: &str| read(&format!("{program}/src/metrics.rs"));
    let (relay, gateway) = (metrics("relay"), metrics("gateway"));
    let runtime = metrics("runtime") + &read("runtime/src/call.rs");
    let jobs = read(TARGETS);
    let of_rules = rules().map(|rule| text(&rule["expr"]).to_owned());
    for expression in of_rules.chain(of_dashboard()) {
        for (metric, label, value) in selected(&expression) {
            let source = match metric.split('_').nth(1) {
                Some("runtime") => &runtime,
                Some("gateway") => &gateway,
                _ => &relay,
            };
            let is_named = |word: &str| source.contains(&format!("\"{word}\""));
            // A pattern such as `5..`, or a variable of the dashboard.
            let is_pattern = value.contains(['.', '$']);
            let exists = match label.as_str() {
                "job" => jobs.contains(&format!("job: {value},")),
                "instance" | "alertstate" => true,
                _ => is_named(&label) && (is_pattern || is_named(&value)),
            };
            assert!(exists, "{metric}, {label}={value} in {expression}");
        }
    }
}

/// The labels in braces after a metric, and each value: `pushes{kind=~"pushed|gone"}` has two.
fn selected(expression: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (at, _) in expression.match_indices('{') {
        let (before, selector) = (&expression[..at], &expression[at + 1..]);
        let metric = before.rsplit(|c: char| !is_part(c)).next();
        let selector = selector.split('}').next().unwrap_or_default();
        for pair in selector.split(',') {
            let (label, value) = pair.split_once(['=', '!']).expect("label=value");
            for one in value.trim_matches(['=', '~', '"']).split('|') {
                let metric = metric.unwrap_or_default().to_owned();
                found.push((metric, label.to_owned(), one.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_alert_has_a_section_and_a_case() {
    let (document, cases) = (read(DOCUMENT), read(CASES));
    let headings = document
        .lines()
        .filter_map(|line| line.strip_prefix("### "));
    let mut alerts = BTreeSet::new();
    for rule in rules().filter(|rule| rule["alert"].is_string()) {
        let (name, annotations) = (text(&rule["alert"]), &rule["annotations"]);
        let runbook = format!("{DOCUMENT}#{}", name.to_lowercase());
        assert_eq!(annotations["runbook"], runbook, "{name}");
        assert!(!text(&annotations["summary"]).is_empty(), "{name}");
        assert!(rule["labels"]["severity"].is_string(), "{name}");
        assert!(cases.contains(&format!("\"{name}\"")), "{name}: no case");
        alerts.insert(name.to_owned());
    }
    let sections: BTreeSet<String> = headings.map(str::to_owned).collect();
    assert_eq!(alerts, sections);
}

#[test]
fn the_targets_are_where_systemd_starts_the_programs() {
    let targets = template::read(TARGETS);
    for target in targets.as_array().expect("a list") {
        let instance = text(&target["labels"]["instance"]);
        let (unit, number) = match text(&target["labels"]["job"]) {
            "relay" => ("relay@", instance.trim_start_matches("relay-")),
            "runtime" => ("lambda", ""),
            other => (other, ""),
        };
        let unit = read(&format!("infra/systemd/skirmish-{unit}.service"));
        let listen = format!("LISTEN={}", text(&target["targets"][0]));
        assert!(unit.replace("%i", number).contains(&listen), "{listen}");
    }
}

fn rules() -> impl Iterator<Item = Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default().into_iter();
    let groups = list(&template::read(RULES)["groups"]);
    groups.flat_map(move |group| list(&group["rules"]))
}

/// The expressions of the dashboard.
pub(crate) fn of_dashboard() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array());
    let expressions = targets.flatten().map(|it| text(&it["expr"]).to_owned());
    expressions.collect()
}
