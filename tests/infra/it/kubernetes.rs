//! Kubernetes: the manifests agree with each other, with the programs, and with nginx's configuration.

use std::collections::BTreeSet;

use devstack::builds::workspace;
use serde_json::Value;

use crate::nginx::names_of_values;
use crate::source::functions;
use crate::template::{self, text};

const BASE: &str = "infra/kubernetes/base";

/// The files with manifests.
pub(crate) fn files() -> Vec<String> {
    let kustomization = template::read(&format!("{BASE}/kustomization.yaml"));
    let named = list(&kustomization["resources"]).map(|file| format!("{BASE}/{}", text(file)));
    let named: BTreeSet<String> = named.collect();
    let folder = std::fs::read_dir(workspace().join(BASE)).expect("a folder");
    let there: BTreeSet<String> = folder
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name != "kustomization.yaml")
        .map(|name| format!("{BASE}/{}", name.to_string_lossy()))
        .collect();
    assert_eq!(named, there, "kustomization.yaml names each file");
    named.into_iter().collect()
}

/// The manifest of this kind and name.
pub(crate) fn manifest(kind: &str, name: &str) -> Value {
    let mut all = manifests().into_iter();
    all.find(|it| it["kind"] == kind && it["metadata"]["name"] == name)
        .unwrap_or_else(|| panic!("no {kind} {name}"))
}

/// A variable of the pods of a Deployment.
pub(crate) fn variable(deployment: &str, name: &str) -> String {
    let deployment = manifest("Deployment", deployment);
    let container = &pod(&deployment)["containers"][0];
    let found = list(&container["env"]).find(|variable| variable["name"] == name);
    text(&found.expect(name)["value"]).to_owned()
}

#[test]
fn every_function_has_a_container() {
    let deployment = manifest("Deployment", "functions");
    let mut found = BTreeSet::new();
    for container in list(&pod(&deployment)["containers"]).skip(1) {
        let name = text(&container["name"]);
        let value = |variable: &str| {
            let found = list(&container["env"]).find(|it| it["name"] == variable);
            found.map(|it| text(&it["value"]).to_owned())
        };
        assert_eq!(value("FUNCTION").as_deref(), Some(name));
        assert_eq!(value("RUNTIME").as_deref(), Some("127.0.0.1:9000"));
        let source = crate::source::handler(name);
        let is_http = source.contains("lambda_http");
        assert_eq!(value("TRIGGER").is_some(), is_http, "{name}");
        found.insert(name.to_owned());
    }
    let expected: BTreeSet<String> = functions().into_keys().collect();
    assert_eq!(found, expected);
}

#[test]
fn a_service_leads_to_a_port_of_its_pods() {
    let workloads: Vec<Value> = manifests()
        .into_iter()
        .filter(|it| !pod(it).is_null())
        .collect();
    let mut ports = Vec::new();
    for service in manifests().iter().filter(|it| it["kind"] == "Service") {
        let spec = &service["spec"];
        let labels = |it: &&Value| it["spec"]["template"]["metadata"]["labels"] == spec["selector"];
        let workload = workloads.iter().find(labels).expect("its pods");
        assert_eq!(
            workload["spec"]["selector"]["matchLabels"],
            spec["selector"]
        );
        let of_pods: Vec<&Value> = list(&pod(workload)["containers"])
            .flat_map(|container| list(&container["ports"]))
            .collect();
        for port in list(&spec["ports"]) {
            let target = port.get("targetPort").unwrap_or(&port["port"]);
            let is_target = |it: &&&Value| it["name"] == *target || it["containerPort"] == *target;
            let found = of_pods.iter().find(is_target).expect("a port");
            let name = text(&service["metadata"]["name"]);
            ports.push(format!(
                "{name}:{} {}",
                port["port"], found["containerPort"]
            ));
        }
    }
    let expected = [
        "front-door:443 8443",
        "front-door:80 8080",
        "functions:9000 9000",
        "gateway:3001 3001",
        "redis:6379 6379",
        "relay:9401 9401",
    ];
    ports.sort_unstable();
    assert_eq!(ports, expected);
}

#[test]
fn every_value_of_nginx_is_set() {
    let deployment = manifest("Deployment", "nginx");
    let given: BTreeSet<String> = list(&pod(&deployment)["containers"][0]["env"])
        .map(|variable| text(&variable["name"]).to_owned())
        // By the settings and by the image.
        .chain(["HOST", "WEB_DIST", "CONSOLE_DIST"].map(str::to_owned))
        .collect();
    assert_eq!(given, names_of_values("machine"));
}

#[test]
fn the_overlay_makes_each_secret_and_the_settings() {
    let overlay = template::read("infra/kubernetes/local/kustomization.yaml");
    let made = |generator: &str| -> BTreeSet<String> {
        let generators = list(&overlay[generator]);
        generators.map(|it| text(&it["name"]).to_owned()).collect()
    };
    let mut used = (BTreeSet::new(), BTreeSet::new());
    for workload in manifests() {
        let pod = pod(&workload);
        for source in list(&pod["containers"]).flat_map(|it| list(&it["envFrom"])) {
            used.0
                .extend(source["configMapRef"]["name"].as_str().map(str::to_owned));
            used.1
                .extend(source["secretRef"]["name"].as_str().map(str::to_owned));
        }
        let volumes = list(&pod["volumes"]).map(|it| &it["secret"]["secretName"]);
        used.1
            .extend(volumes.filter_map(Value::as_str).map(str::to_owned));
    }
    assert_eq!(used, (made("configMapGenerator"), made("secretGenerator")));
}

fn manifests() -> Vec<Value> {
    let files = files();
    files
        .iter()
        .flat_map(|file| template::documents(file))
        .collect()
}

/// The pods of a workload; null for other manifests.
fn pod(manifest: &Value) -> &Value {
    &manifest["spec"]["template"]["spec"]
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
