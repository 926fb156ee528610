//! The cost of each function, run as in AWS: a process that polls the runtime API. Init is the time from process
//! start to the first poll; the first invocation follows immediately; warm is the median of many invocations.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use devstack::builds::workspace;
use devstack::process::Process;
use serde_json::Value;

use crate::connections::Connections;
use crate::fixture::Fixture;
use crate::runtime_api::RuntimeApi;
use crowd::figures::{median, percentile, spread, table};
use crowd::machine;

/// The key of the fixtures' tokens.
const SECRET: &str = "skirmish-fixtures-only-0123456789abcdef";

/// One function: its event, and whether it pushes.
struct Function {
    name: &'static str,
    fixture: &'static str,
    pushes: bool,
}

const fn function(name: &'static str, fixture: &'static str, pushes: bool) -> Function {
    Function {
        name,
        fixture,
        pushes,
    }
}

/// In the order of a match, because a function works on what the earlier ones left.
const FUNCTIONS: [Function; 14] = [
    function("guest", "guest", false),
    function("socket-connect", "socket-connect", true),
    function("queue-join", "queue-join", true),
    function("me", "me", false),
    function("socket-message", "socket-message", true),
    function("assign", "assign", true),
    function("deliver", "deliver", true),
    function("expire", "expire", true),
    function("sweep", "sweep", true),
    function("queue-leave", "queue-leave", true),
    function("leaderboard", "leaderboard", false),
    function("replays", "replays", false),
    function("feedback", "feedback", false),
    function("socket-disconnect", "socket-disconnect", false),
];

/// The times of one start of a function's process, in ms.
struct Run {
    init: f64,
    first: f64,
    warm: Vec<f64>,
}

/// Starts each function `runs` times, and invokes each process `invocations` times.
pub(crate) async fn run(bin: &Path, runs: usize, invocations: usize) -> Result<()> {
    println!(
        "\n## Functions: {runs} starts of each, {invocations} invocations a start, Redis on loopback\n"
    );
    let redis = Fixture::open(r#"{"main":{}}"#).await?;
    let connections = Connections::open().await?;
    let mut rows = Vec::new();
    for function in &FUNCTIONS {
        let mut all = Vec::new();
        for _ in 0..runs {
            let run = one(bin, function, &redis, &connections.url, invocations).await;
            all.push(run.with_context(|| function.name)?);
        }
        rows.push(row(function, &all));
    }
    ensure!(connections.calls() > 0, "nothing was pushed");
    table(
        &[
            "function",
            "init ms",
            "first ms",
            "warm p50 ms",
            "warm p99 ms",
        ],
        &rows,
    );
    println!(
        "\nload {}; *: it pushes, and so warms the AWS SDK at init",
        machine::load()
    );
    Ok(())
}

fn row(function: &Function, runs: &[Run]) -> Vec<String> {
    let of = |pick: fn(&Run) -> f64| -> Vec<f64> { runs.iter().map(pick).collect() };
    vec![
        format!(
            "{}{}",
            function.name,
            if function.pushes { " *" } else { "" }
        ),
        spread(&of(|run| run.init), 1),
        spread(&of(|run| run.first), 1),
        spread(&of(|run| median(&run.warm)), 2),
        spread(&of(|run| percentile(&run.warm, 0.99)), 2),
    ]
}

async fn one(
    bin: &Path,
    function: &Function,
    redis: &Fixture,
    connections: &str,
    invocations: usize,
) -> Result<Run> {
    let mut event = fixture(function.fixture)?;
    // With a key, every invocation except the first would be a repeat.
    if let Some(headers) = event["headers"].as_object_mut() {
        headers.remove("idempotency-key");
    }
    let mut api = RuntimeApi::open().await?;
    let begun = Instant::now();
    let process = start(bin, function.name, &api.address, redis, connections)?;
    let polled = api.polled().await;
    let init = match polled {
        Ok(at) => (at - begun).as_secs_f64() * 1e3,
        Err(error) => bail!("{error}; its last output:{}", process.last_lines()),
    };
    let (answer, first) = api.invoke(&event).await?;
    check(function, &answer)?;
    let mut warm = Vec::new();
    for _ in 0..invocations {
        api.polled().await?;
        let (answer, ms) = api.invoke(&event).await?;
        check(function, &answer)?;
        warm.push(ms);
    }
    drop(process);
    Ok(Run { init, first, warm })
}

/// A process that ends on drop.
struct Started(Process);

impl Started {
    fn last_lines(&self) -> String {
        self.0.last_lines()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.0.kill();
    }
}

fn start(bin: &Path, name: &str, api: &str, redis: &Fixture, connections: &str) -> Result<Started> {
    let prepare = |command: &mut Command| {
        command
            .env("AWS_LAMBDA_RUNTIME_API", api)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_REGION", "us-east-1")
            .env("REDIS_URL", redis.base.url())
            .env("JWT_SECRET", SECRET)
            .env("GUESTS", "true")
            .env("LOG", "warn")
            .env("CONNECTIONS_URL", connections);
    };
    Process::start(name, &bin.join(name), redis.base.folder(), prepare).map(Started)
}

fn fixture(name: &str) -> Result<Value> {
    let path = workspace().join(format!("functions/fixtures/{name}.json"));
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

/// Checks that the function did its work; the match whose replay is requested does not exist.
fn check(function: &Function, answer: &Value) -> Result<()> {
    let status = answer["statusCode"].as_u64().unwrap_or(200);
    let is_missing = function.name == "replays" && status == 404;
    ensure!(
        is_missing || (200..300).contains(&status),
        "it answered {answer}"
    );
    ensure!(
        answer.is_object() && answer.get("errorType").is_none(),
        "it answered {answer}"
    );
    Ok(())
}
