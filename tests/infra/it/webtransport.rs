//! WebTransport, which each deployment without AWS can turn on: each relay listens where players reach it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kubernetes::manifest;
use crate::source::read;
use crate::template::{self, text};

const ADDRESS: &str = "WEBTRANSPORT_ADDRESS";
const COMPONENT: &str = "infra/kubernetes/webtransport/kustomization.yaml";
/// The manifests that the component adds.
pub(crate) const SERVICES: &str = "infra/kubernetes/webtransport/services.yaml";

#[test]
fn compose_publishes_the_port_of_each_relay_under_the_same_number() {
    let services = template::read("infra/compose/webtransport.yml")["services"].clone();
    let services = services.as_object().expect("services");
    let mut ports = BTreeSet::new();
    for (name, service) in services {
        let address = text(&service["environment"][ADDRESS]);
        let port = address.strip_prefix("0.0.0.0:").expect("every address");
        // Two replicas would need two ports.
        assert_eq!(service["scale"], 1, "{name}");
        assert_eq!(service["ports"][0], format!("{port}:{port}/udp"));
        // The network `inside` has no way out.
        assert!(service["networks"]["outside"].is_object(), "{name}");
        ports.insert(port);
    }
    assert_eq!(ports.len(), services.len(), "{ports:?}");
}

#[test]
fn the_relays_of_systemd_have_ports_of_their_own_if_that_is_asked_for() {
    let line = read("infra/systemd/webtransport.conf");
    let assignment = line
        .lines()
        .find_map(|line| line.strip_prefix("Environment="));
    let (name, address) = assignment
        .and_then(|it| it.split_once('='))
        .expect("a variable");
    assert_eq!(name, ADDRESS);
    let addresses = (1..=99).map(|relay: u32| address.replace("%i", &relay.to_string()));
    let addresses: BTreeSet<String> = addresses.collect();
    assert_eq!(addresses.len(), 99);
    for address in addresses {
        assert!(address.parse::<std::net::SocketAddr>().is_ok(), "{address}");
    }
}

#[test]
fn each_relay_of_kubernetes_has_a_service_with_the_port_on_which_it_listens() {
    let variables = patch("StatefulSet");
    let [index, address] = [0, 1].map(|at| variables[at]["value"].clone());
    assert_eq!(address["name"], ADDRESS);
    // A variable may use those before it.
    let reference = format!("$({})", text(&index["name"]));
    let relays = patch("HorizontalPodAutoscaler")[0]["value"].as_u64();
    let relays = relays.expect("a number");
    let documents = template::documents(SERVICES);
    assert_eq!(documents.len() as u64, relays + 1);
    let allowed = &documents[0]["spec"]["ingress"][0]["ports"][0];
    let allowed = allowed["port"].as_u64()..=allowed["endPort"].as_u64();
    for relay in 0..relays {
        let address = text(&address["value"]).replace(&reference, &relay.to_string());
        let port = address.strip_prefix("0.0.0.0:").expect("every address");
        let port: u64 = port.parse().expect("a port");
        let name = format!("relay-{relay}-webtransport");
        let found = documents.iter().find(|it| it["metadata"]["name"] == *name);
        let spec = &found.expect(&name)["spec"];
        let pod = json!({ "statefulset.kubernetes.io/pod-name": format!("relay-{relay}") });
        assert_eq!(spec["selector"], pod);
        let ports =
            json!({ "name": "webtransport", "protocol": "UDP", "port": port, "nodePort": port });
        assert_eq!(spec["ports"][0], ports);
        assert!(allowed.contains(&Some(port)), "{port}");
    }
}

/// What the component changes in the relays' manifest of this kind.
fn patch(kind: &str) -> Value {
    let component = template::read(COMPONENT);
    let patches = component["patches"].as_array().expect("patches");
    let found = patches.iter().find(|patch| patch["target"]["kind"] == kind);
    let found = found.expect(kind);
    assert_eq!(
        manifest(kind, "relay")["metadata"]["name"],
        found["target"]["name"]
    );
    template::parse(text(&found["patch"]))
}
