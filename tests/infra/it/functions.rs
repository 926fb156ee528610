//! Every function is deployed with the variables that it reads and no others, behind the documented
//! routes.

use std::collections::{BTreeMap, BTreeSet};

use functions::Needs;
use serde_json::Value;

use crate::source;
use crate::template::{self, list, resources, text};

const KIND: &str = "AWS::Serverless::Function";

#[test]
fn every_bin_is_a_function_and_every_function_a_bin() {
    let template = template::read("template.yaml");
    let deployed: BTreeSet<String> = bins(&template).keys().cloned().collect();
    let written: BTreeSet<String> = source::functions().into_keys().collect();
    assert_eq!(deployed, written);
}

#[test]
fn every_function_has_a_bin_of_its_name_that_runs_it() {
    let bins = source::files("functions/src/bin");
    assert_eq!(bins.len(), source::functions().len());
    for name in source::functions().keys() {
        let constant = name.replace('-', "_").to_uppercase();
        let text = source::read(&format!("functions/src/bin/{name}.rs"));
        assert!(
            text.contains(&format!("functions::programs::{constant}.run()")),
            "{name}"
        );
    }
}

/// `cargo lambda invoke` and the check on arm64 send these events.
#[test]
fn every_function_has_an_event_of_one_of_its_routes() {
    let functions = routes_by_function();
    for name in source::functions().keys() {
        let event = source::read(&format!("functions/fixtures/{name}.json"));
        let event: Value = serde_json::from_str(&event).expect(name);
        let route = event["routeKey"].as_str().unwrap_or_default();
        let of = route
            .split_once(' ')
            .and_then(|(method, path)| functions.get(&(method.to_owned(), path.to_owned())));
        let has_routes = functions.values().any(|function| function == name);
        assert_eq!(of, has_routes.then_some(name), "{route}");
    }
}

#[test]
fn a_function_is_named_after_its_bin_and_built_from_it() {
    let template = template::read("template.yaml");
    for (bin, properties) in bins(&template) {
        let name = format!("${{AWS::StackName}}-{bin}");
        assert_eq!(text(&properties["FunctionName"]), name);
    }
    for (logical, resource) in template["Resources"].as_object().expect("resources") {
        if resource["Type"] == KIND {
            assert_eq!(resource["Metadata"]["BuildMethod"], "rust-cargolambda");
            assert_eq!(
                kebab(logical),
                resource["Metadata"]["BuildProperties"]["Binary"]
            );
        }
    }
    let globals = &template["Globals"]["Function"];
    assert_eq!(globals["Runtime"], "provided.al2023");
    assert_eq!(globals["Architectures"][0], "arm64");
}

#[test]
fn a_function_has_the_variables_that_it_reads_and_no_other() {
    let template = template::read("template.yaml");
    let shared = names(&template["Globals"]["Function"]["Environment"]["Variables"]);
    assert_eq!(
        shared,
        set(&[
            "LOG",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "POOLS",
            "REDIS_URL",
            "REDIS_WAIT_REPLICAS",
        ])
    );
    let read = read_by_config();
    let functions = source::functions();
    for (bin, properties) in bins(&template) {
        let mut given = names(&properties["Environment"]["Variables"]);
        // `sweep` has its own Redis user.
        assert_eq!(given.remove("REDIS_URL"), bin == "sweep", "{bin}");
        assert_eq!(given, wanted(&bin, functions[&bin]), "{bin}");
        assert!(
            given.is_subset(&read),
            "{bin} is given what config.rs never reads"
        );
    }
}

#[test]
fn the_functions_are_given_everything_that_their_configuration_knows() {
    let template = template::read("template.yaml");
    // Lambda gives a process one call at a time, and only `up` lets operators kill relays. The headers of a collector
    // may hold a key, which belongs in no template, and the default name of a service is right.
    let mut given = set(&[
        "POOLS",
        "REDIS_URL",
        "FUNCTION_CONCURRENCY",
        "RELAY_KILL",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_SERVICE_NAME",
    ]);
    for properties in bins(&template).values() {
        given.extend(names(&properties["Environment"]["Variables"]));
    }
    assert_eq!(
        given,
        read_by_config(),
        "config.rs reads what no function is given, or the other way round"
    );
}

#[test]
fn a_game_server_has_the_variables_that_it_reads() {
    let template = template::read("infra/aws/relays.yaml");
    let container = &template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0];
    let mut given = BTreeSet::new();
    for list in [&container["Environment"], &container["Secrets"]] {
        given.extend(
            list.as_array()
                .expect("a list")
                .iter()
                .map(|variable| text(&variable["Name"]).to_owned()),
        );
    }
    // The SDK reads it.
    assert!(given.remove("AWS_REGION"));
    let config = source::files("relay/src")
        .into_iter()
        .filter(|(path, _)| path.ends_with("config.rs") || path.ends_with("main.rs"));
    let read: BTreeSet<String> = config
        .flat_map(|(_, text)| {
            text.match_indices("env = \"")
                .map(|(at, found)| {
                    text[at + found.len()..]
                        .split('"')
                        .next()
                        .unwrap_or_default()
                        .to_owned()
                })
                .collect::<Vec<_>>()
        })
        .collect();
    // LAMBDA_URL and RELAY_KILL are not for AWS. WebTransport needs an address of the relay's own (infra/README.md). The defaults of the others are right.
    let fits = set(&[
        "LAMBDA_URL",
        "RELAY_ID",
        "RELAY_KILL",
        "WORKERS",
        "GRACE_MS",
        "SNAPSHOT_HZ",
        "WATCH_ONLY",
        "WEBTRANSPORT_ADDRESS",
        "WEBTRANSPORT_URL",
        // A key belongs in no template.
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_SERVICE_NAME",
        "LOG",
    ]);
    let missing: Vec<_> = read
        .difference(&given)
        .filter(|name| !fits.contains(*name))
        .collect();
    assert_eq!(
        missing,
        Vec::<&String>::new(),
        "give it, or say here why not"
    );
    assert_eq!(
        given.difference(&read).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "the server reads no such variable"
    );
}

#[test]
fn functions_that_nobody_waits_for_are_not_tried_again() {
    let template = template::read("template.yaml");
    for bin in ["assign", "expire", "deliver", "sweep"] {
        let config = &bins(&template)[bin]["EventInvokeConfig"];
        assert_eq!(config["MaximumRetryAttempts"], 0, "{bin}");
        assert_eq!(config["MaximumEventAgeInSeconds"], 60, "{bin}");
        assert_eq!(
            config["DestinationConfig"]["OnFailure"]["Type"], "SQS",
            "{bin}"
        );
    }
    let schedule = &bins(&template)["sweep"]["Events"]["Every"];
    assert_eq!(schedule["Type"], "ScheduleV2");
    assert_eq!(
        schedule["Properties"]["RetryPolicy"]["MaximumRetryAttempts"],
        0
    );
}

#[test]
fn the_http_api_has_the_documented_routes() {
    let documented = documented();
    assert_eq!(routes(), documented);
}

#[test]
fn the_lobby_socket_has_its_three_routes() {
    let template = template::read("infra/aws/lobby-socket.yaml");
    let routes: BTreeSet<&str> = resources(&template, "AWS::ApiGatewayV2::Route")
        .values()
        .map(|route| text(&route["RouteKey"]))
        .collect();
    assert_eq!(routes, ["$connect", "$default", "$disconnect"].into());
    assert_eq!(
        template["Resources"]["Stage"]["Properties"]["StageName"],
        "lobby"
    );
    // Every route may invoke its function, and nothing else of the API may.
    let permissions = resources(&template, "AWS::Lambda::Permission");
    for route in routes {
        let allowed =
            |permission: &&Value| text(&permission["SourceArn"]).ends_with(&format!("/*/{route}"));
        assert_eq!(
            permissions.values().copied().filter(|p| allowed(p)).count(),
            1,
            "{route}"
        );
    }
}

/// Method and path of every route of the template, and its function.
pub(crate) fn routes_by_function() -> BTreeMap<(String, String), String> {
    let template = template::read("template.yaml");
    let mut found = BTreeMap::new();
    for (bin, properties) in bins(&template) {
        let Some(events) = properties["Events"].as_object() else {
            continue;
        };
        for event in events.values().filter(|event| event["Type"] == "HttpApi") {
            let route = &event["Properties"];
            let key = (
                text(&route["Method"]).to_owned(),
                text(&route["Path"]).to_owned(),
            );
            assert_eq!(found.insert(key, bin.clone()), None, "a route twice");
        }
    }
    found
}

fn routes() -> BTreeSet<(String, String)> {
    routes_by_function().into_keys().collect()
}

/// The routes of docs/openapi.yaml that functions serve: not the sockets, and not what nginx
/// answers itself.
fn documented() -> BTreeSet<(String, String)> {
    let api = template::read("docs/openapi.yaml");
    let mut found = BTreeSet::new();
    for (path, operations) in api["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let tags = list(&operation["tags"]);
            let by_function = tags
                .iter()
                .any(|tag| ["players", "results", "admin"].iter().any(|it| *tag == *it));
            let feedback = path == "/feedback" && method == "post";
            if by_function || feedback {
                found.insert((method.to_uppercase(), path.clone()));
            }
        }
    }
    found
}

fn bins(template: &Value) -> BTreeMap<String, &Value> {
    resources(template, KIND)
        .into_iter()
        .map(|(logical, properties)| (kebab(logical), properties))
        .collect()
}

/// `QueueJoin` → `queue-join`.
pub(crate) fn kebab(logical: &str) -> String {
    let mut name = String::new();
    for letter in logical.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

fn wanted(bin: &str, needs: Needs) -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    if needs.tokens {
        wanted.extend(set(&[
            "JWT_SECRET",
            "JWKS_URL",
            "JWT_ISSUER",
            "JWT_AUDIENCE",
            "JWT_LEEWAY_S",
        ]));
    }
    if needs.push {
        wanted.insert("CONNECTIONS_URL".to_owned());
    }
    // The function whose handler reads it.
    if source::handler(bin).contains(".guests") {
        wanted.insert("GUESTS".to_owned());
    }
    if source::handler(bin).contains("admin::") {
        wanted.insert("ADMIN_JWT_SECRET".to_owned());
    }
    if source::handler(bin).contains("config.game") {
        wanted.insert("GAME".to_owned());
    }
    wanted
}

/// The variables that functions/src/config.rs names.
fn read_by_config() -> BTreeSet<String> {
    let files = source::files("functions/src");
    let (_, config) = files
        .iter()
        .find(|(path, _)| path.ends_with("src/config.rs"))
        .expect("config.rs");
    let reads = [
        "self.text(\"",
        "self.number(\"",
        "reader.text(\"",
        ".url(\"",
        ".flag(\"",
        ".text(\"",
    ];
    let joined: String = config.split_whitespace().collect();
    reads
        .iter()
        .flat_map(|read| {
            joined.match_indices(read).map(|(at, found)| {
                joined[at + found.len()..]
                    .split('"')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
        })
        .collect()
}

fn names(variables: &Value) -> BTreeSet<String> {
    variables
        .as_object()
        .map(|map| map.keys().cloned().collect())
        .unwrap_or_default()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
