//! The README's commands for developing one function: a Redis, `cargo lambda watch`, and an event.
//!
//! Where the README starts Redis in a container, this test uses a redis-server with the same flags.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use devstack::command::find;
use devstack::process::{Process, end};
use devstack::redis;
use devstack::{builds, install};
use support::system::own_folder;
use testkit::{eventually, free_port};

/// `cargo lambda watch` builds the function's crate and all its dependencies separately.
const BUILD_PATIENCE: Duration = Duration::from_mins(15);

#[test]
#[ignore = "it builds for minutes: cargo xtask test --all runs it"]
fn the_commands_of_the_readme_call_one_function_alone() {
    let folder = own_folder("one-function");
    std::fs::create_dir_all(&folder).expect("a folder");
    let commands = commands();
    let [start, watch, invoke] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    let (redis_port, port) = (free_port(), free_port());
    let redis_url = format!("redis://127.0.0.1:{redis_port}");

    // The alternative of the first command is in its comment.
    let (_, start) = start.split_once("# or: ").expect("a redis-server");
    let mut processes = vec![sh(
        "redis",
        &format!("exec {start} --port {redis_port}"),
        &folder,
        &[],
    )];
    eventually("Redis answers", || redis::answers(&redis_url).then_some(()));

    let watch = watch.replacen("cargo lambda watch", "exec cargo lambda watch", 1);
    let watch = format!("{watch} --invoke-port {port}");
    processes.push(sh("watch", &watch, &folder, &[("REDIS_URL", &redis_url)]));
    eventually("cargo lambda watch listens", || {
        devstack::http::listens(port).then_some(())
    });

    // The first call waits for the build, and may time out before it is done.
    let invoke = format!("{invoke} --invoke-port {port}");
    let deadline = Instant::now() + BUILD_PATIENCE;
    let answer = loop {
        let output = shell(&invoke, &[]).output().expect("a shell");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.success() || Instant::now() > deadline {
            break text;
        }
    };
    let watched = processes[1].last_lines();
    assert!(answer.contains(r#""statusCode":202"#), "{answer}{watched}");
    end(&mut processes, testkit::PATIENCE);
    let _ = std::fs::remove_dir_all(folder);
}

/// The three commands.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(builds::workspace().join("README.md")).expect("README.md");
    let (_, section) = readme
        .split_once("## One function alone")
        .expect("a section");
    let (_, block) = section.split_once("```sh\n").expect("a block");
    let (block, _) = block.split_once("```").expect("its end");
    block.lines().map(str::to_owned).collect()
}

fn sh(name: &str, command: &str, logs: &Path, environment: &[(&str, &str)]) -> Process {
    let program = find("sh").expect("a shell");
    let process = Process::start(name, &program, logs, |sh| {
        let shell_command = shell(command, environment);
        sh.args(shell_command.get_args())
            .current_dir(builds::workspace());
        sh.envs(
            shell_command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    });
    process.unwrap_or_else(|error| panic!("{error:#}"))
}

/// A shell that finds `cargo lambda`, regardless of where it was installed.
fn shell(command: &str, environment: &[(&str, &str)]) -> Command {
    let cargo_lambda = install::cargo_lambda(false).expect("cargo-lambda");
    let folder = cargo_lambda.parent().expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut sh = Command::new("sh");
    sh.args(["-c", command])
        .current_dir(builds::workspace())
        .env("PATH", format!("{}:{path}", folder.display()))
        .envs(environment.iter().copied());
    sh
}
