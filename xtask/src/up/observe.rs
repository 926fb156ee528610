//! Prometheus beside a running system, with the configuration of `infra/observe`.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use devstack::command::find;
use devstack::process::Process;
use devstack::{Stack, builds, http, interrupt};
use testkit::free_port;

/// The files of `infra/observe` that Prometheus reads. The third file, the targets, is generated for this system.
const FILES: [&str; 2] = ["prometheus.yml", "rules.yml"];
const TARGETS: &str = "targets.yml";
/// The longest time from its start until it serves.
const START_PATIENCE: Duration = Duration::from_secs(30);
const POLL_EVERY: Duration = Duration::from_millis(20);

/// Starts Prometheus on a free port, and returns its address. It stops with the system. Its data is in the run
/// folder, which is removed then.
pub(super) fn start(stack: &mut Stack) -> Result<String> {
    let program =
        find("prometheus").context("prometheus is missing: sudo apt-get install -y prometheus")?;
    let folder = stack.run_dir().join("observe");
    configure(stack, &folder)
        .with_context(|| format!("cannot write the configuration in {}", folder.display()))?;
    let port = free_port();
    stack.add("prometheus", &program, |command| {
        command
            .arg("--config.file")
            .arg(folder.join(FILES[0]))
            .arg("--storage.tsdb.path")
            .arg(folder.join("data"))
            .args(["--web.listen-address", &format!("127.0.0.1:{port}")])
            // `up` shows each line that a part prints in plain text.
            .args(["--log.level", "warn"]);
    })?;
    wait_until_ready(stack, port)?;
    Ok(format!("http://127.0.0.1:{port}"))
}

fn configure(stack: &Stack, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let source = builds::workspace().join("infra/observe");
    for file in FILES {
        fs::copy(source.join(file), folder.join(file))?;
    }
    // JSON is YAML.
    fs::write(folder.join(TARGETS), targets(stack).to_string())?;
    Ok(())
}

/// The processes with metrics, as Prometheus's file-based service discovery reads them.
fn targets(stack: &Stack) -> Value {
    let target = |job: &str, instance: &str, url: &str| {
        let address = url.trim_start_matches("http://");
        json!({ "targets": [address], "labels": { "job": job, "instance": instance } })
    };
    let relays = stack.relays.iter();
    relays
        .map(|(name, url)| target("relay", name, url))
        .chain([
            target("gateway", "gateway", &stack.gateway_url),
            target("runtime", "runtime", &stack.lambda_url),
        ])
        .collect()
}

fn wait_until_ready(stack: &mut Stack, port: u16) -> Result<()> {
    let deadline = Instant::now() + START_PATIENCE;
    while http::get_status(port, "/-/ready", Duration::from_millis(500)) != Some(200) {
        interrupt::check()?;
        stack.check()?;
        if Instant::now() > deadline {
            let lines = stack.process("prometheus").map(Process::last_lines);
            let lines = lines.unwrap_or_default();
            bail!("prometheus does not answer; the last lines it printed:{lines}");
        }
        thread::sleep(POLL_EVERY);
    }
    Ok(())
}
