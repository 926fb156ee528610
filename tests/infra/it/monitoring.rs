//! Every alarm and every metric filter has a metric or a log line that exists.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::source;
use crate::template::{self, resources, text};

const ALARM: &str = "AWS::CloudWatch::Alarm";
const FILTER: &str = "AWS::Logs::MetricFilter";

#[test]
fn every_filter_reads_a_line_that_is_written() {
    let sweep = source::handler("sweep") + &source::read("crates/lobby/src/sweep.rs");
    let assign = source::handler("assign");
    let deliver = source::read("crates/lobby/src/outbox/notify.rs");
    let relay = [
        "stats_logger",
        "worker/calls",
        "worker/journal",
        "worker/watchdog",
    ]
    .map(|file| source::read(&format!("relay/src/{file}.rs")))
    .concat();
    check_filters("infra/aws/monitoring.yaml", "SweepLog", &sweep, 5);
    check_filters("infra/aws/monitoring.yaml", "SeatingLog", &assign, 1);
    check_filters("infra/aws/monitoring.yaml", "DeliveryLog", &deliver, 1);
    check_filters("infra/aws/relays.yaml", "Log", &relay, 4);
    let all = template::all();
    let filters = all
        .values()
        .map(|template| resources(template, FILTER).len());
    assert_eq!(filters.sum::<usize>(), 11, "a filter without a check");
}

/// Checks that the log has `count` filters, and that each counts a line that the source writes, or
/// reads a field of one.
fn check_filters(template: &str, log: &str, source: &str, count: usize) {
    let template = template::read(template);
    let filters = resources(&template, FILTER);
    let of_log: Vec<_> = filters
        .into_iter()
        .filter(|(_, filter)| filter["LogGroupName"]["Ref"] == log)
        .collect();
    assert_eq!(of_log.len(), count, "{log}");
    for (name, filter) in of_log {
        let pattern = text(&filter["FilterPattern"]);
        let message = pattern.split('"').nth(1).expect("a message");
        assert_eq!(pattern, format!("{{ $.message = \"{message}\" }}"));
        let field = text(&filter["MetricTransformations"][0]["MetricValue"]);
        let joined: String = source.split_whitespace().collect();
        let message: String = message.split_whitespace().collect();
        let lines = joined
            .split("info!(")
            .flat_map(|rest| rest.split("warn!("))
            .flat_map(|rest| rest.split("error!("));
        let written = lines
            .filter_map(|rest| rest.split(");").next())
            .any(|line| {
                line.ends_with(&format!("\"{message}\""))
                    && (field == "1" || line.split(',').any(|part| is_field(part, field)))
            });
        assert!(written, "{name}: no line logs {field} with {message:?}");
    }
}

/// `field` or `field=value` in a call of `tracing`, where the filter reads `$.field`.
fn is_field(part: &str, value: &str) -> bool {
    let name = part.split('=').next().unwrap_or_default();
    value.strip_prefix("$.") == Some(name)
}

#[test]
fn a_log_that_is_read_is_the_log_of_the_function_that_writes_it() {
    let given = &template::read("template.yaml")["Resources"]["Monitoring"]["Properties"];
    let access = template::read("infra/aws/access.yaml");
    let logs = resources(&access, "AWS::Logs::LogGroup");
    for (parameter, function) in [
        ("SweepLog", "sweep"),
        ("SeatingLog", "assign"),
        ("DeliveryLog", "deliver"),
    ] {
        let output = &given["Parameters"][parameter]["Fn::GetAtt"];
        assert_eq!(output[0], "Access");
        let output = text(&output[1]).trim_start_matches("Outputs.");
        let log = text(&access["Outputs"][output]["Value"]["Ref"]);
        assert_eq!(
            text(&logs[log]["LogGroupName"]),
            format!("/aws/lambda/${{Name}}-{function}")
        );
    }
}

#[test]
fn what_players_feel_has_an_alarm() {
    let mut watched = BTreeSet::new();
    for (_, template) in template::all() {
        for alarm in resources(&template, ALARM).values() {
            watched.insert(text(&alarm["MetricName"]).to_owned());
        }
    }
    for metric in [
        "QueueAge",
        "SeatLatency",
        "TickLateness",
        "RoomsFailed",
        "RoomsFree",
        "PushesFailed",
        "Repairs",
        "JournalLags",
        "5xx",
        "CPUUtilization",
        "DatabaseMemoryUsagePercentage",
    ] {
        assert!(watched.contains(metric), "no alarm for {metric}");
    }
}

#[test]
fn every_alarm_is_of_a_metric_that_exists_and_tells_somebody() {
    let mut own = Vec::new();
    for (_, template) in template::all() {
        for filter in resources(&template, FILTER).values() {
            own.push(text(&filter["MetricTransformations"][0]["MetricName"]).to_owned());
        }
    }
    let mut count = 0;
    for (path, template) in template::all() {
        for (name, alarm) in resources(&template, ALARM) {
            count += 1;
            let metric = text(&alarm["MetricName"]);
            let known = match &alarm["Namespace"] {
                Value::String(of_aws) => OF_AWS.contains(&(of_aws, metric)),
                _ => own.iter().any(|written| written == metric),
            };
            assert!(known, "{path}: {name} waits for {metric}");
            assert_eq!(
                alarm["AlarmActions"][0]["Ref"], "AlarmTopicArn",
                "{path}: {name}"
            );
        }
    }
    assert_eq!(count, 18);
}

/// Metrics that these services have by default.
const OF_AWS: [(&str, &str); 8] = [
    ("AWS/ApiGateway", "5xx"),
    ("AWS/ApiGateway", "IntegrationError"),
    ("AWS/ECS", "CPUUtilization"),
    ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage"),
    ("AWS/ElastiCache", "EngineCPUUtilization"),
    ("AWS/Lambda", "Errors"),
    ("AWS/NetworkELB", "HealthyHostCount"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
];

#[test]
fn the_dashboard_is_json() {
    let template = template::read("infra/aws/monitoring.yaml");
    let body =
        text(&resources(&template, "AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"]);
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["widgets"].as_array().map(Vec::len), Some(9));
}

#[test]
fn every_log_ends_some_day() {
    for (path, template) in template::all() {
        for (name, group) in resources(&template, "AWS::Logs::LogGroup") {
            assert_eq!(group["RetentionInDays"]["Ref"], "LogDays", "{path}: {name}");
        }
    }
}

#[test]
fn the_access_log_names_nothing_that_holds_a_token() {
    let template = template::read("template.yaml");
    let format = text(&template["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"]);
    let parsed: Value = serde_json::from_str(format).expect("JSON");
    let mut names: Vec<&str> = parsed
        .as_object()
        .expect("an object")
        .values()
        .map(text)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "$context.identity.sourceIp",
            "$context.integrationErrorMessage",
            "$context.path",
            "$context.requestId",
            "$context.requestTime",
            "$context.responseLatency",
            "$context.responseLength",
            "$context.routeKey",
            "$context.status",
        ]
    );
}
