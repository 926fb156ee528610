//! nginx, the one front door, from the template that production uses too.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::process::Process;
use crate::command::find;

/// What the template's placeholders become; its head explains them.
#[derive(Clone, Copy, Debug)]
pub struct FrontDoor<'a> {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// Repository.
    pub workspace: &'a Path,
    /// The built front end.
    pub web_dist: &'a Path,
    /// Folder of its own, for its temporary files.
    pub run_dir: &'a Path,
    /// Port of the runtime.
    pub runtime: u16,
    /// Port of the gateway.
    pub gateway: u16,
    /// Name and port of each relay.
    pub relays: &'a [(String, u16)],
    /// Where a hosted front end is, or "".
    pub app_url: &'a str,
    /// The same for the feedback page.
    pub feedback_url: &'a str,
    /// What one address may ask for.
    pub limits: Limits,
    /// Files of a certificate's chain and its key; None: no TLS.
    pub tls: Option<(&'a Path, &'a Path)>,
}

/// What one client's address may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests a second.
    pub rate: u32,
    /// As many more at once.
    pub burst: u32,
    /// Sockets and requests at the same time.
    pub connections: u32,
}

impl Limits {
    /// On one's own machine all players have one address.
    pub const LOCAL: Self = Self {
        rate: 5_000,
        burst: 10_000,
        connections: 8_000,
    };
}

/// Fills in the template and starts nginx.
pub fn start(door: &FrontDoor<'_>, logs: &Path) -> Result<Process> {
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
    let listen = format!("127.0.0.1:{}", door.port);
    let limits = door.limits;
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
        (
            "@LISTEN@",
            format!("{listen}{}", if door.tls.is_some() { " ssl" } else { "" }),
        ),
        ("@TLS@", tls(door)?),
        ("@RATE@", format!("{}r/s", limits.rate)),
        ("@BURST@", limits.burst.to_string()),
        ("@CONNECTIONS@", limits.connections.to_string()),
        // A page that was opened as localhost is told of games here.
        ("@GAME_URLS@", format!("ws://{listen}")),
        ("@RUN_DIR@", plain(&run_dir.to_string_lossy())?),
        ("@WEB_DIST@", plain(&door.web_dist.to_string_lossy())?),
        ("@LAMBDA@", format!("127.0.0.1:{}", door.runtime)),
        ("@GATEWAY@", format!("127.0.0.1:{}", door.gateway)),
        ("@RELAY_MAP@", map),
        ("@APP_URL@", plain(door.app_url)?),
        ("@FEEDBACK_URL@", plain(door.feedback_url)?),
        (
            "@CORS_ORIGINS@",
            origins(&[
                door.app_url,
                door.feedback_url,
                // The same page by its other name.
                &format!("http://localhost:{}", door.port),
            ]),
        ),
    ];
    // In the head too, where they are comments.
    Ok(values
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        }))
}

fn tls(door: &FrontDoor<'_>) -> Result<String> {
    let Some((chain, key)) = door.tls else {
        return Ok(String::new());
    };
    let (chain, key) = (
        plain(&chain.to_string_lossy())?,
        plain(&key.to_string_lossy())?,
    );
    Ok(format!(
        "ssl_certificate \"{chain}\"; ssl_certificate_key \"{key}\";"
    ))
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
