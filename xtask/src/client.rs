//! `cargo xtask bench client`: the cost of a frame in headless Chromium, for the engine alone and for the complete
//! page.

use std::process::Command;

use anyhow::{Context, Result, bail};

use devstack::{Backend, Stack, StackConfig};
use devstack::{builds, command, install};

/// Together with the page's player, this number of bots fills a room.
const BOTS: &str = "4";

/// Builds the release page and a system around it, and prints both tables.
pub(crate) fn run(is_quick: bool) -> Result<()> {
    let needs = install::Needs {
        redis_server: true,
        browser: true,
        prometheus: false,
    };
    let browser = builds::workspace().join("tests/external/browser");
    let cargo_lambda = builds::everything(|| {
        install::npm_packages(&browser, true)?;
        install::all(needs, true)
    })?;
    let (runs, seconds) = if is_quick { ("1", "10") } else { ("5", "15") };
    measure(&["engine", runs])?;
    let folder = std::env::temp_dir().join(format!("skirmish-client-{}", std::process::id()));
    let config = StackConfig {
        pools: r#"{"main":{"seats_min":5}}"#.to_owned(),
        ..StackConfig::private(&folder, Backend::CargoLambda(cargo_lambda))?
    };
    let measured = with_bots(&config).and_then(|stack| {
        let url = stack.url.clone();
        measure(&["demo", &url, runs, seconds])
    });
    let _ = std::fs::remove_dir_all(&folder);
    measured
}

fn with_bots(config: &StackConfig) -> Result<Stack> {
    let mut stack = Stack::start(config)?;
    let url = stack.url.clone();
    stack.add("bots", &config.binaries.join("bots"), |command| {
        command.args(["--url", &url, "--keep-waiting", BOTS]);
    })?;
    Ok(stack)
}

fn measure(words: &[&str]) -> Result<()> {
    let chromium = command::find("chromium").context("there is no chromium")?;
    let mut node = Command::new("node");
    node.arg("frames.mjs")
        .args(words)
        .current_dir(builds::workspace().join("tests/external/browser"))
        .env("CHROMIUM", chromium);
    if !command::run_to_stdout(&mut node)?.success() {
        bail!("the page could not be measured: the reason is printed above");
    }
    Ok(())
}
