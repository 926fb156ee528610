//! The functions, run as in AWS: one process per function polls a Runtime API for invocations.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::http;
use crate::process::Process;

/// What invokes a function, which determines its health check.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trigger {
    /// A request of the HTTP API.
    Http,
    /// A route of the WebSocket API.
    Socket,
    /// The bridge, or a schedule.
    Event,
}

const FUNCTIONS: [(&str, Trigger); 24] = [
    ("admin-view", Trigger::Http),
    ("admin-act", Trigger::Http),
    ("guest", Trigger::Http),
    ("queue-join", Trigger::Http),
    ("queue-leave", Trigger::Http),
    ("room-create", Trigger::Http),
    ("room-join", Trigger::Http),
    ("room-list", Trigger::Http),
    ("room-update", Trigger::Http),
    ("room-watch", Trigger::Http),
    ("match-report", Trigger::Http),
    ("me", Trigger::Http),
    ("me-update", Trigger::Http),
    ("pool-list", Trigger::Http),
    ("leaderboard", Trigger::Http),
    ("replays", Trigger::Http),
    ("feedback", Trigger::Http),
    ("socket-connect", Trigger::Socket),
    ("socket-disconnect", Trigger::Socket),
    ("socket-message", Trigger::Socket),
    ("assign", Trigger::Event),
    ("expire", Trigger::Event),
    ("deliver", Trigger::Event),
    ("sweep", Trigger::Event),
];

/// How many concurrent calls a function's process handles, as in the deployments on one machine. With `cargo lambda
/// watch` it is one, because there the calls of a process that ends wait for their timeout.
pub(crate) const CONCURRENCY: &str = "8";
/// A sweep of many pools takes a second on a busy machine. A call that is abandoned too early continues to run, and
/// the next one waits behind it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The names of the functions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// Starts `cargo lambda watch` without functions.
pub(crate) fn start_watch(
    cargo_lambda: &Path,
    workspace: &Path,
    port: u16,
    logs: &Path,
) -> Result<Process> {
    Process::start("cargo-lambda", cargo_lambda, logs, |command| {
        command.args([
            "lambda",
            "watch",
            "--only-lambda-apis",
            "--ignore-changes",
            "--disable-cors",
        ]);
        command.args([
            "--invoke-address",
            "127.0.0.1",
            "--invoke-port",
            &port.to_string(),
        ]);
        command.current_dir(workspace);
    })
}

/// Starts a process for each function, which joins the Runtime API at `port`. All of them run the program
/// `functions`, which selects the function by the name of the link that started it. The links are created in the new
/// folder `links`.
pub(crate) fn start_all(
    binaries: &Path,
    links: &Path,
    port: u16,
    logs: &Path,
    environment: impl Fn(&mut Command),
) -> Result<Vec<Process>> {
    std::fs::create_dir(links).with_context(|| format!("cannot make {}", links.display()))?;
    names()
        .map(|name| {
            let link = links.join(name);
            symlink(binaries.join("functions"), &link)
                .with_context(|| format!("cannot make {}", link.display()))?;
            Process::start(name, &link, logs, |command| {
                environment(command);
                command
                    .env(
                        "AWS_LAMBDA_RUNTIME_API",
                        format!("http://127.0.0.1:{port}/.rt/{name}"),
                    )
                    .env("AWS_LAMBDA_FUNCTION_NAME", name)
                    .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
                    .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256");
            })
        })
        .collect()
}

/// The health check of each function: name, path at the runtime, body. These calls change nothing.
/// Most of them are refused; a refusal shows that the function runs.
pub(crate) fn probes(pool: &str) -> impl Iterator<Item = (&'static str, String, String)> {
    FUNCTIONS.iter().map(move |&(name, trigger)| {
        let invocation = format!("/2015-03-31/functions/{name}/invocations");
        match trigger {
            Trigger::Http => (name, format!("/lambda-url/{name}/"), String::new()),
            Trigger::Socket => {
                let event = r#"{"requestContext":{"connectionId":"probe"}}"#;
                (name, invocation, event.to_owned())
            }
            Trigger::Event => (name, invocation, format!(r#"{{"pool":"{pool}"}}"#)),
        }
    })
}

/// Whether a function answers now. The runtime holds a request until the function has joined.
pub(crate) fn answers(port: u16, path: &str, body: &str) -> bool {
    http::post_status(port, path, body, ANSWER_TIMEOUT).is_some()
}
