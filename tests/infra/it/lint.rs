//! AWS's own tools find no error in the templates, the schemas of Kubernetes none in the manifests, and
//! Prometheus's none in its rules.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use devstack::builds::workspace;
use devstack::command::find;
use devstack::install;
use serde_json::{Value, json};

use crate::observe::of_dashboard;

/// Installed once for both tests, which run in parallel.
static TOOLS: LazyLock<PathBuf> =
    LazyLock::new(|| install::aws_tools(true).expect("cfn-lint and sam"));

#[test]
fn cfn_lint_finds_nothing() {
    let mut command = Command::new(TOOLS.join("cfn-lint"));
    command.arg("template.yaml");
    let templates = crate::template::all();
    command.args(templates.keys().filter(|path| path.starts_with("infra/")));
    passes(&mut command);
}

#[test]
fn sam_finds_nothing() {
    passes(Command::new(TOOLS.join("sam")).args([
        "validate",
        "--lint",
        "--template",
        "template.yaml",
    ]));
}

#[test]
fn kubernetes_accepts_every_manifest() {
    let program = install::kubernetes_validate(true).expect("kubernetes-validate");
    let mut command = Command::new(program);
    command.args(["--strict", "--quiet"]);
    command.args(crate::kubernetes::files());
    passes(command.arg(crate::webtransport::SERVICES));
}

#[test]
fn prometheus_accepts_its_configuration_and_every_expression() {
    let promtool = find("promtool").expect("the Debian package prometheus");
    let accepts = |arguments: &[&str]| passes(Command::new(&promtool).args(arguments));
    for file in ["prometheus", "docker"] {
        accepts(&["check", "config", &format!("infra/observe/{file}.yml")]);
    }
    accepts(&["test", "rules", "infra/observe/rules_test.yml"]);
    // The expressions of the dashboard, as rules.
    let rule = |(number, expression): (usize, String)| {
        let expression = expression.replace("$__rate_interval", "5m");
        json!({ "record": format!("panel_{number}"), "expr": expression.replace("$relay", ".*") })
    };
    let rules: Value = of_dashboard().into_iter().enumerate().map(rule).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rules.yml");
    let groups = json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    std::fs::write(&file, groups.to_string()).expect("a file");
    accepts(&["check", "rules", &file.to_string_lossy()]);
}

fn passes(command: &mut Command) {
    let output = command
        .current_dir(workspace())
        .env("SAM_CLI_TELEMETRY", "0")
        // The region to check for. No request is sent.
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .output()
        .expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
}
