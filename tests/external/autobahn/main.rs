//! The Autobahn suite against both WebSocket servers. The gateway's functions are stand-ins that
//! push messages back; the game server is built with an echo path that no other build has.

mod echo;
mod suite;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, ensure};
use devstack::http;
use devstack::process::{self, Process};
use devstack::{builds, command};
use suite::{Server, Suite};
use support::system::own_folder;
use testkit::{eventually, free_port};

/// Everything but compression, which nobody offers (12, 13).
const CASES: [&str; 9] = [
    "1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*",
];
/// Limits that API Gateway has and the suite knows nothing of (a frame holds at most 32 KiB, a message 128), and bytes that
/// are text, which API Gateway pushes as text (1.2.1; 1.2.6–8 are too long besides).
const BEYOND_API_GATEWAY: [&str; 8] = [
    "1.1.6", "1.1.7", "1.1.8", "1.2.1", "1.2.6", "1.2.7", "1.2.8", "9.*",
];

fn main() -> Result<ExitCode> {
    let suite = Suite::find()?;
    let folder = own_folder("autobahn");
    std::fs::create_dir_all(&folder)?;
    let mut passed = gateway(&suite, &folder)?;
    passed &= relay(&suite, &folder)?;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn gateway(suite: &Suite, folder: &Path) -> Result<bool> {
    let port = free_port();
    let invoke = echo::start(port)?;
    let program = builds::binaries()?.join("gateway");
    let server = Server {
        name: "gateway",
        url: format!("ws://127.0.0.1:{port}"),
        cases: &CASES,
        without: &BEYOND_API_GATEWAY,
    };
    against(suite, &server, folder, &program, port, |command| {
        command.env("INVOKE_URL", format!("http://127.0.0.1:{invoke}"));
    })
}

fn relay(suite: &Suite, folder: &Path) -> Result<bool> {
    let example = ["build", "--package", "relay", "--example", "echo"];
    let mut build = builds::cargo(&[example.as_slice(), &["--features", "echo"]].concat())?;
    ensure!(command::run(&mut build)?.success(), "the build failed");
    let port = free_port();
    let program = builds::binaries()?.join("examples/echo");
    let server = Server {
        name: "relay",
        url: format!("ws://127.0.0.1:{port}/echo"),
        cases: &CASES,
        without: &[],
    };
    against(suite, &server, folder, &program, port, |command| {
        // Nothing listens there: this path needs neither.
        command.env("REDIS_URL", "redis://127.0.0.1:9");
        command.env("LAMBDA_URL", "http://127.0.0.1:9");
    })
}

fn against(
    suite: &Suite,
    server: &Server,
    folder: &Path,
    program: &Path,
    port: u16,
    prepare: impl FnOnce(&mut Command),
) -> Result<bool> {
    let mut running = Process::start(server.name, program, folder, |command| {
        command.env("LISTEN", format!("127.0.0.1:{port}"));
        prepare(command);
    })?;
    eventually("the server is there", || {
        // The relay alone would say that it is not registered: that, too, is an answer.
        http::get_status(port, "/healthz", Duration::from_millis(500))
    });
    let passed = suite.run(server, folder);
    process::end(std::slice::from_mut(&mut running), Duration::from_secs(3));
    passed
}
