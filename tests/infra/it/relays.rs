//! Where nginx sends `/game/<relay>`: the rule of each deployment leads to the port of a relay, or nowhere.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use container::fill;
use devstack::nginx::relay_rule;
use testkit::{eventually, free_port};

use crate::kubernetes;
use crate::nginx::{nginx, variables};
use crate::source::read;
use crate::template::{self, text};

/// Names that no rule may accept.
const NOBODY: [&str; 12] = [
    "",
    "localhost",
    "redis",
    "127-0-0-1",
    "127.0.0.1",
    "169-254-169-254",
    "relay",
    "relay-",
    "relay-01",
    "relay-1x",
    "xrelay-1",
    "relay-1.evil.example",
];

#[test]
fn the_rule_of_development() {
    let expected = [
        ("relay-1", "127.0.0.1:26001"),
        ("relay-9", "127.0.0.1:26009"),
        ("relay-10", "127.0.0.1:26010"),
        ("relay-99", "127.0.0.1:26099"),
        ("relay-0", ""),
        ("relay-100", ""),
    ];
    check(&relay_rule(260), &expected);
}

#[test]
fn the_rule_of_compose() {
    let compose = template::read("infra/compose/docker-compose.yml");
    let rule = text(&compose["services"]["nginx"]["environment"]["RELAY_RULE"]);
    let expected = [
        ("0123456789ab", "0123456789ab:9401"),
        ("deadbeefcafe", "deadbeefcafe:9401"),
        ("0123456789a", ""),
        ("0123456789abc", ""),
        ("0123456789ag", ""),
        ("relay-1", ""),
    ];
    check(&rule.replace("$$", "$"), &expected);
}

#[test]
fn the_rule_of_systemd() {
    let unit = read("infra/systemd/skirmish-nginx.service");
    let rule = unit
        .split("\"RELAY_RULE=")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let expected = [
        ("relay-1", "127.0.1.1:9401"),
        ("relay-99", "127.0.1.99:9401"),
        ("relay-0", ""),
        ("relay-100", ""),
    ];
    check(rule.expect("a rule"), &expected);
    let relay = read("infra/systemd/skirmish-relay@.service");
    assert!(relay.contains("RELAY_ID=relay-%i LISTEN=127.0.1.%i:9401"));
}

#[test]
fn the_rule_of_aws_accepts_the_addresses_of_the_subnets() {
    let network = template::read("infra/aws/network.yaml");
    let block =
        |subnet: &str| text(&network["Resources"][subnet]["Properties"]["CidrBlock"]).to_owned();
    assert_eq!(block("PublicSubnetA"), "10.40.0.0/20");
    assert_eq!(block("PublicSubnetB"), "10.40.16.0/20");
    let expected = [
        ("ip-10-40-0-0", "10.40.0.0:9401"),
        ("ip-10-40-9-99", "10.40.9.99:9401"),
        ("ip-10-40-16-100", "10.40.16.100:9401"),
        ("ip-10-40-31-255", "10.40.31.255:9401"),
        ("ip-10-40-32-0", ""),
        ("ip-10-40-128-7", ""),
        ("ip-10-40-1-256", ""),
        ("ip-10-40-01-2", ""),
        ("ip-10-41-1-2", ""),
        ("ip-10-40-1-2-3", ""),
        ("ip-169-254-169-254", ""),
        ("relay-1", ""),
    ];
    check(text(&variables()["RELAY_RULE"]), &expected);
}

#[test]
fn the_rule_of_kubernetes() {
    let expected = [
        ("relay-0", "relay-0.relay.skirmish.svc.cluster.local:9401"),
        ("relay-10", "relay-10.relay.skirmish.svc.cluster.local:9401"),
        (
            "relay-9999",
            "relay-9999.relay.skirmish.svc.cluster.local:9401",
        ),
        ("relay-10000", ""),
        ("relay-00", ""),
    ];
    check(&kubernetes::variable("nginx", "RELAY_RULE"), &expected);
    let base = template::read("infra/kubernetes/base/kustomization.yaml");
    assert_eq!(base["namespace"], "skirmish");
    let relays = kubernetes::manifest("StatefulSet", "relay");
    assert_eq!(relays["spec"]["serviceName"], "relay");
    let service = &kubernetes::manifest("Service", "relay")["spec"];
    assert_eq!(service["clusterIP"], "None");
    assert_eq!(service["publishNotReadyAddresses"], true);
}

/// Compares the address of each name; "" is 404.
fn check(rule: &str, expected: &[(&str, &str)]) {
    let rules = Rules::start(rule);
    let found: Vec<_> = expected
        .iter()
        .map(|(name, _)| (*name, rules.address(name)))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, address)| (*name, (*address).to_owned()))
        .collect();
    assert_eq!(found, expected);
    for name in NOBODY {
        assert_eq!(rules.address(name), "", "{name}");
    }
}

/// nginx with `settings.conf`, which answers with the address of the relay in its query.
struct Rules {
    nginx: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Rules {
    fn start(rule: &str) -> Self {
        let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
        let settings = read("nginx/settings.conf");
        let map = settings.split("map $relay").nth(1).expect("a map");
        let map = map.split("\n}").next().expect("a map");
        assert!(map.contains("@RELAY_RULE@"), "{map}");
        let main = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr crit; events {{}}
             http {{
                 access_log off; client_body_temp_path body; proxy_temp_path proxy;
                 fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                 map \"\" $relay {{ default $arg_name; }}
                 map $relay{} }}
                 server {{ listen 127.0.0.1:{port}; location / {{ return 200 \"$relay_address\"; }} }}
             }}",
            map.replace("@RELAY_RULE@", rule)
        );
        std::fs::write(folder.path().join(fill::MAIN), main).expect("a file");
        let mut command = nginx(folder.path());
        let nginx = command.stdout(Stdio::null()).spawn().expect("nginx runs");
        eventually("nginx listens", || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Self {
            nginx,
            port,
            _folder: folder,
        }
    }

    fn address(&self, relay: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("nginx listens");
        let request = format!("GET /?name={relay} HTTP/1.0\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        body.to_owned()
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        // It has no workers that would outlive it.
        self.nginx.kill().ok();
        self.nginx.wait().ok();
    }
}
