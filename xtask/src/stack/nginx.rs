//! nginx, the one front door, from the template that production uses too.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::process::Process;
use crate::command::find;

/// What the template's placeholders become; its head explains them.
pub(super) struct FrontDoor<'a> {
    /// Port on 127.0.0.1.
    pub(super) port: u16,
    /// Repository.
    pub(super) workspace: &'a Path,
    /// Folder of its own, for its temporary files.
    pub(super) run_dir: &'a Path,
    /// Port of `cargo lambda watch`.
    pub(super) lambda: u16,
    /// Port of the gateway.
    pub(super) gateway: u16,
    /// Name and port of each relay.
    pub(super) relays: &'a [(String, u16)],
    /// Where a hosted front end is, or "".
    pub(super) app_url: &'a str,
    /// The same for the feedback page.
    pub(super) feedback_url: &'a str,
}

/// Fills in the template and starts nginx.
pub(super) fn start(door: &FrontDoor<'_>, logs: &Path) -> Result<Process> {
    let program = find("nginx").context("nginx is missing: sudo apt-get install -y nginx")?;
    std::fs::create_dir_all(door.run_dir)?;
    let run_dir = std::path::absolute(door.run_dir)?;
    let file = run_dir.join("nginx.conf");
    let template = door.workspace.join("nginx/skirmish.conf.template");
    let template = std::fs::read_to_string(&template)
        .with_context(|| format!("cannot read {}", template.display()))?;
    std::fs::write(&file, fill(&template, door, &run_dir)?)?;
    Process::start("nginx", &program, logs, |command| {
        command
            .args(["-e", "stderr", "-p"])
            .arg(&run_dir)
            .arg("-c")
            .arg(&file);
    })
}

fn fill(template: &str, door: &FrontDoor<'_>, run_dir: &Path) -> Result<String> {
    let mut map = String::new();
    for (name, port) in door.relays {
        let _ = write!(map, "{name} 127.0.0.1:{port}; ");
    }
    let values = [
        (
            "@USER@",
            if nix::unistd::geteuid().is_root() {
                "user root;"
            } else {
                ""
            }
            .to_owned(),
        ),
        ("@LISTEN@", format!("127.0.0.1:{}", door.port)),
        ("@RUN_DIR@", plain(&run_dir.to_string_lossy())?),
        (
            "@WEB_DIST@",
            plain(&door.workspace.join("web/demo/dist").to_string_lossy())?,
        ),
        ("@LAMBDA@", format!("127.0.0.1:{}", door.lambda)),
        ("@GATEWAY@", format!("127.0.0.1:{}", door.gateway)),
        ("@RELAY_MAP@", map),
        ("@APP_URL@", plain(door.app_url)?),
        ("@FEEDBACK_URL@", plain(door.feedback_url)?),
        (
            "@CORS_ORIGINS@",
            origins(&[door.app_url, door.feedback_url]),
        ),
    ];
    // In the head too, where they are comments.
    Ok(values
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        }))
}

/// Pages hosted elsewhere call the API from there: the sites of these urls. [`plain`] has seen them.
fn origins(urls: &[&str]) -> String {
    let sites: BTreeSet<String> = urls
        .iter()
        .filter_map(|url| url.split_once("://"))
        .filter_map(|(scheme, rest)| Some(format!("{scheme}://{}", rest.split('/').next()?)))
        .collect();
    let mut lines = String::new();
    for site in sites {
        let _ = write!(lines, "\"{}\" $http_origin; ", site.to_lowercase());
    }
    lines
}

/// Refuses what would mean something to nginx.
fn plain(text: &str) -> Result<String> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'{};$\\#".contains(c)) {
        bail!("nginx cannot take {text:?}: spaces, quotes and ; {{ }} $ \\ # mean something to it");
    }
    Ok(text.to_owned())
}
