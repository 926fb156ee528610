//! Permissions: each AWS call that the code makes is allowed, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::functions::kebab;
use crate::source;
use crate::template::{self, list, resources, text};

/// Every operation that the functions call: its action and its resource.
const CALLS_OF_FUNCTIONS: [(&str, &str, &str); 3] = [
    (
        "delete_connection",
        "execute-api:ManageConnections",
        "/lobby/DELETE/@connections/*",
    ),
    (
        "get_connection",
        "execute-api:ManageConnections",
        "/lobby/GET/@connections/*",
    ),
    (
        "post_to_connection",
        "execute-api:ManageConnections",
        "/lobby/POST/@connections/*",
    ),
];

/// What Lambda does with a function's role to connect it to the VPC.
const IN_VPC: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

type Allowed = BTreeSet<(String, String)>;

#[test]
fn every_aws_call_in_the_source_is_known_here() {
    let known: BTreeSet<String> = CALLS_OF_FUNCTIONS
        .iter()
        .map(|(call, ..)| (*call).to_owned())
        .collect();
    assert_eq!(source::operations("functions"), known);
    assert_eq!(
        source::sdks("functions"),
        ["aws-sdk-apigatewaymanagement".to_owned()].into()
    );
    // Lambda's Invoke, which the relay signs itself.
    assert_eq!(
        source::signed_services("relay"),
        ["lambda".to_owned()].into()
    );
    for package in ["crates/lobby", "bots", "crates/game", "crates/room"] {
        assert_eq!(
            source::signed_services(package),
            BTreeSet::new(),
            "{package}"
        );
    }
    for package in [
        "relay",
        "crates/lobby",
        "bots",
        "crates/game",
        "crates/room",
    ] {
        assert_eq!(source::sdks(package), BTreeSet::new(), "{package}");
    }
}

#[test]
fn a_function_may_do_what_its_code_does_and_nothing_else() {
    let root = template::read("template.yaml");
    let access = template::read("infra/aws/access.yaml");
    let functions = source::functions();
    for (logical, properties) in resources(&root, "AWS::Serverless::Function") {
        let bin = kebab(logical);
        let needs = &functions[&bin];
        assert_eq!(
            properties["Role"]["Fn::GetAtt"][1],
            format!("Outputs.{logical}")
        );
        assert!(
            properties["Policies"].is_null(),
            "policies are in infra/aws/access.yaml"
        );

        let mut wanted = Allowed::new();
        let log = format!("{logical}Log.Arn");
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            wanted.insert((action.to_owned(), log.clone()));
        }
        // All need Redis, so all are in the VPC.
        assert!(properties["VpcConfig"].is_null(), "{bin}");
        let in_vpc = IN_VPC
            .iter()
            .map(|action| ((*action).to_owned(), "*".to_owned()));
        wanted.extend(in_vpc);
        if needs.push {
            wanted.extend(calls(&["get_connection", "post_to_connection"]));
        }
        if source::handler(&bin).contains("socket::close(") {
            wanted.extend(calls(&["delete_connection"]));
        }
        if !properties["EventInvokeConfig"].is_null() {
            wanted.insert(("sqs:SendMessage".to_owned(), "FailuresArn".to_owned()));
        }
        assert_eq!(allowed(&access, logical), wanted, "{bin}");
    }
}

#[test]
fn the_code_of_a_function_may_not_touch_the_network_itself() {
    let access = template::read("infra/aws/access.yaml");
    let statements =
        &resources(&access, "AWS::IAM::ManagedPolicy")["InVpc"]["PolicyDocument"]["Statement"];
    let denied = list(statements)
        .into_iter()
        .find(|statement| statement["Effect"] == "Deny")
        .expect("a Deny");
    assert_eq!(denied["Action"], "ec2:*");
    assert!(
        text(&denied["Condition"]["ArnLike"]["lambda:SourceFunctionArn"])
            .ends_with(":function:${Name}-*")
    );
}

#[test]
fn the_bridge_may_invoke_the_functions_that_it_names_and_no_other() {
    let relays = template::read("infra/aws/relays.yaml");
    let bridge = source::files("relay/src")
        .into_iter()
        .find(|(path, _)| path.ends_with("src/lobby/bridge.rs"))
        .expect("bridge.rs")
        .1;
    // It invokes `sweep` only if LAMBDA_URL is set, which is not so in AWS.
    let wanted: Allowed = bridge
        .match_indices("Wake::new(\"")
        .map(|(at, found)| {
            bridge[at + found.len()..]
                .split('"')
                .next()
                .unwrap_or_default()
        })
        .map(|function| {
            (
                "lambda:InvokeFunction".to_owned(),
                format!(":function:${{Name}}-{function}"),
            )
        })
        .collect();
    assert_eq!(wanted.len(), 3);
    assert_eq!(allowed(&relays, "TaskRole"), wanted);
}

#[test]
fn a_task_may_start_and_nothing_else() {
    let start = [
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:BatchCheckLayerAvailability", ":repository/*"),
        ("ecr:BatchGetImage", ":repository/*"),
        ("ecr:GetDownloadUrlForLayer", ":repository/*"),
        ("logs:CreateLogStream", "Log.Arn"),
        ("logs:PutLogEvents", "Log.Arn"),
    ];
    let start: Allowed = start
        .iter()
        .map(|(action, on)| ((*action).to_owned(), (*on).to_owned()))
        .collect();
    assert_eq!(
        allowed(&template::read("infra/aws/front.yaml"), "ExecutionRole"),
        start
    );
    let mut with_secret = start;
    with_secret.insert((
        "secretsmanager:GetSecretValue".to_owned(),
        "RedisUrlArn".to_owned(),
    ));
    assert_eq!(
        allowed(&template::read("infra/aws/relays.yaml"), "ExecutionRole"),
        with_secret
    );
}

#[test]
fn no_role_is_without_a_test() {
    let mut roles = BTreeMap::new();
    for (path, template) in template::all() {
        let found: Vec<String> = resources(&template, "AWS::IAM::Role")
            .keys()
            .map(|name| (*name).to_owned())
            .collect();
        if !found.is_empty() {
            roles.insert(path, found);
        }
    }
    let functions = source::functions().len();
    assert_eq!(
        roles
            .remove("infra/aws/access.yaml")
            .map(|found| found.len()),
        Some(functions)
    );
    let rest: Vec<String> = roles
        .iter()
        .flat_map(|(path, names)| names.iter().map(move |name| format!("{path} {name}")))
        .collect();
    assert_eq!(
        rest,
        [
            "infra/aws/front.yaml ExecutionRole",
            "infra/aws/relays.yaml ExecutionRole",
            "infra/aws/relays.yaml TaskRole"
        ]
    );
}

#[test]
fn secrets_come_from_secrets_manager_alone() {
    for (path, template) in template::all() {
        for secret in [
            "JWT_SECRET",
            "REDIS_URL",
            "Passwords",
            "SecretString",
            "MasterUserPassword",
            "AuthToken",
        ] {
            for value in under(&template, secret) {
                let shown = value.to_string();
                assert!(
                    shown.contains("{{resolve:secretsmanager:"),
                    "{path}: {secret} is {shown}"
                );
            }
        }
        // Parameters and outputs are readable by many users of the account.
        for shown in [
            &template["Outputs"],
            &template["Parameters"],
            &template["Metadata"],
        ] {
            assert!(
                !shown.to_string().contains("resolve:"),
                "{path} shows a secret"
            );
        }
        for stack in resources(&template, "AWS::CloudFormation::Stack").values() {
            assert!(
                !stack["Parameters"].to_string().contains("resolve:"),
                "{path} hands a secret on"
            );
        }
    }
}

fn calls(names: &[&str]) -> Allowed {
    CALLS_OF_FUNCTIONS
        .iter()
        .filter(|(call, ..)| names.contains(call))
        .map(|(_, action, on)| ((*action).to_owned(), (*on).to_owned()))
        .collect()
}

/// What a role's policies allow: pairs of an action and the end of a resource's name.
fn allowed(template: &Value, role: &str) -> Allowed {
    let properties = resources(template, "AWS::IAM::Role")[role];
    let managed = resources(template, "AWS::IAM::ManagedPolicy");
    let attached = list(&properties["ManagedPolicyArns"])
        .into_iter()
        .map(|arn| {
            let name = arn["Ref"]
                .as_str()
                .unwrap_or_else(|| panic!("{role}: a policy of somebody else's: {arn}"));
            &managed[name]["PolicyDocument"]
        });
    let inline = list(&properties["Policies"])
        .into_iter()
        .map(|policy| &policy["PolicyDocument"]);
    let statements = attached
        .chain(inline)
        .flat_map(|document| list(&document["Statement"]));
    let mut found = Allowed::new();
    for statement in statements.filter(|statement| statement["Effect"] == "Allow") {
        for action in list(&statement["Action"]) {
            let action = text(action);
            assert!(!action.contains('*'), "{role} may {action}");
            for on in list(&statement["Resource"]) {
                found.insert((action.to_owned(), end(on)));
            }
        }
    }
    found
}

/// The part of a resource's name that distinguishes it within the account and the region.
fn end(resource: &Value) -> String {
    if let Some(parts) = resource["Fn::GetAtt"].as_array() {
        return format!("{}.{}", text(&parts[0]), text(&parts[1]));
    }
    if let Some(name) = resource["Ref"].as_str() {
        return name.to_owned();
    }
    let arn = text(resource);
    if arn == "*" {
        return arn.to_owned();
    }
    let own = ":${AWS::Region}:${AWS::AccountId}";
    let rest = arn
        .split_once(own)
        .unwrap_or_else(|| panic!("{arn} is not limited to this account"))
        .1;
    rest.strip_prefix(":${LobbySocketId}")
        .unwrap_or(rest)
        .to_owned()
}

/// Every value below a key of this name.
fn under<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                if name == key {
                    found.push(inner);
                }
                found.extend(under(inner, key));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| found.extend(under(item, key))),
        _ => {}
    }
    found
}
