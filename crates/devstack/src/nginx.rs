//! nginx, the front door, with the configuration that production uses.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::Ipv6Addr;
use std::path::Path;

use anyhow::{Context, Error, Result, bail};
use container::fill;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::command::find;
use crate::process::Process;

/// The values of `nginx/deployments/development.conf` and of the files that it includes.
#[derive(Clone, Copy, Debug)]
pub struct FrontDoor<'a> {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// The repository.
    pub workspace: &'a Path,
    /// The folder of the built pages.
    pub web_dist: &'a Path,
    /// The folder of the operators' console.
    pub console_dist: &'a Path,
    /// A folder for the filled-in configuration, the access log and temporary files.
    pub run_dir: &'a Path,
    /// Port of the runtime.
    pub runtime: u16,
    /// Port of the gateway.
    pub gateway: u16,
    /// The rule for `/game/<relay>`: `RELAY_RULE` of `nginx/settings.conf`.
    pub relay_rule: &'a str,
    /// Whether operators can call `/admin` here and use the console.
    pub admin: bool,
    /// The address of a hosted front end, or "".
    pub app_url: &'a str,
    /// The address of a hosted feedback page, or "".
    pub feedback_url: &'a str,
    /// The origins whose pages may call it.
    pub origins: &'a Origins,
    /// The limits of one client address.
    pub limits: Limits,
    /// The files of the certificate chain and the key; None: no TLS.
    pub tls: Option<(&'a Path, &'a Path)>,
}

/// The limits of one client address.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests a second.
    pub rate: u32,
    /// Requests beyond the rate that are accepted immediately.
    pub burst: u32,
    /// Concurrent sockets and requests.
    pub connections: u32,
    /// Concurrent calls of functions.
    pub calls: u32,
    /// Open files of one nginx worker. Half of them are for connections; the rest is for the files that it sends.
    pub files: u64,
}

impl Limits {
    /// In development, all players have the same address.
    pub const LOCAL: Self = Self {
        rate: 5_000,
        burst: 10_000,
        connections: 8_000,
        calls: 8_000,
        files: 16_384,
    };
}

/// Writes the configuration and starts nginx with it.
pub fn start(door: &FrontDoor<'_>, logs: &Path) -> Result<Process> {
    let program = find("nginx").context("nginx is missing: sudo apt-get install -y nginx")?;
    write(door)?;
    // A relative path has no characters that `include` interprets as a pattern.
    Process::start("nginx", &program, logs, |command| {
        command
            .args(["-e", "stderr", "-p", ".", "-c", fill::MAIN])
            .current_dir(door.run_dir);
    })
}

/// `RELAY_RULE` for `relay-1` to `relay-99`: the port consists of this prefix and the number. A relay that starts
/// later needs no change of nginx.
pub fn relay_rule(prefix: u16) -> String {
    format!(
        "~^relay-(?<number>[1-9])$ 127.0.0.1:{prefix}0$number; \
         ~^relay-(?<number>[1-9][0-9])$ 127.0.0.1:{prefix}$number;"
    )
}

fn write(door: &FrontDoor<'_>) -> Result<()> {
    let values = values(door)?;
    let value = |name: &str| {
        let (_, value) = values.iter().find(|(key, _)| *key == name)?;
        Some(value.clone())
    };
    let folder = door.workspace.join("nginx");
    fill::configuration(&folder, "development", door.run_dir, value).map_err(Error::msg)
}

fn values(door: &FrontDoor<'_>) -> Result<[(&'static str, String); 18]> {
    let limits = door.limits;
    let files = files(limits.files)?;
    let is_root = nix::unistd::geteuid().is_root();
    let ssl = if door.tls.is_some() { " ssl" } else { "" };
    Ok([
        ("USER", if is_root { "user root;" } else { "" }.to_owned()),
        ("LISTEN", format!("127.0.0.1:{}{ssl}", door.port)),
        ("TLS", tls(door)?),
        ("RATE", format!("{}r/s", limits.rate)),
        ("BURST", limits.burst.to_string()),
        ("CONNECTIONS", limits.connections.to_string()),
        ("CALLS", limits.calls.to_string()),
        ("FILES", files.to_string()),
        ("WORKER_CONNECTIONS", (files / 2).to_string()),
        ("WEB_DIST", path(door.web_dist)?),
        ("CONSOLE_DIST", path(door.console_dist)?),
        ("LAMBDA", format!("127.0.0.1:{}", door.runtime)),
        ("GATEWAY", format!("127.0.0.1:{}", door.gateway)),
        ("RELAY_RULE", door.relay_rule.to_owned()),
        ("ADMIN", if door.admin { "on" } else { "" }.to_owned()),
        ("APP_URL", plain(door.app_url)?),
        ("FEEDBACK_URL", plain(door.feedback_url)?),
        ("CORS_ORIGINS", origins(door)),
    ])
}

/// The number of open files to configure: `wanted`, or as many as the system allows. Raising the hard limit takes a
/// capability that root has, but not in every container, so this tries it. nginx inherits the raised limit.
fn files(wanted: u64) -> Result<u64> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let is_raised = wanted > hard && setrlimit(Resource::RLIMIT_NOFILE, wanted, wanted).is_ok();
    Ok(if is_raised { wanted } else { wanted.min(hard) })
}

fn tls(door: &FrontDoor<'_>) -> Result<String> {
    let Some((chain, key)) = door.tls else {
        return Ok(String::new());
    };
    let (chain, key) = (path(chain)?, path(key)?);
    Ok(format!(
        "ssl_certificate \"{chain}\"; ssl_certificate_key \"{key}\";"
    ))
}

/// The origins whose pages may call the API and open sockets: those of hosted pages (checked by [`plain`]), this site
/// under the name `localhost`, and those of the configuration.
fn origins(door: &FrontDoor<'_>) -> String {
    let own = format!("http://localhost:{}", door.port);
    let urls = [door.app_url, door.feedback_url, &own];
    let sites: BTreeSet<String> = urls
        .into_iter()
        .chain(door.origins.sites.iter().map(String::as_str))
        .filter_map(|url| url.split_once("://"))
        .filter_map(|(scheme, rest)| Some(format!("{scheme}://{}", rest.split('/').next()?)))
        .collect();
    let mut lines = String::new();
    for site in sites {
        let _ = write!(lines, "\"{}\" $http_origin; ", site.to_lowercase());
    }
    if door.origins.loopback {
        let _ = write!(lines, "\"{LOOPBACK}\" $http_origin; ");
    }
    lines
}

/// Pages of this machine, at any port.
const LOOPBACK: &str = r"~*^https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?$";

/// The other origins whose pages may call the API and open sockets.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// Whether pages of this machine are allowed, at any port: for development.
    pub loopback: bool,
    /// Origins, as [`site`] returns them.
    pub sites: Vec<String>,
}

/// An origin, as a browser sends it in `Origin`: `https://play.example.org`, without a path.
pub fn site(text: &str) -> Result<String, String> {
    let example = "such as http://localhost:5173 or https://play.example.org";
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    let Some(rest) = rest else {
        return Err(format!("it begins with http:// or https://, {example}"));
    };
    let host = rest.strip_suffix('/').unwrap_or(rest);
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let bracketed = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_name = bracketed.map_or_else(
        || {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
        },
        |address| address.parse::<Ipv6Addr>().is_ok(),
    );
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if !is_name || !is_port {
        return Err(format!(
            "it is a scheme, a host and perhaps a port, {example}"
        ));
    }
    Ok(text.trim_end_matches('/').to_lowercase())
}

/// A path between double quotes. nginx has no escape for a `$` there.
pub fn path(path: &Path) -> Result<String> {
    let text = path
        .to_str()
        .filter(|text| !text.contains('$') && !text.contains(char::is_control));
    let Some(text) = text else {
        bail!(
            "nginx cannot serve from {}: move it to a folder whose path is UTF-8 and has no $ in it",
            path.display()
        );
    };
    Ok(text.replace('\\', r"\\").replace('"', "\\\""))
}

/// Rejects characters that are special in nginx's configuration.
fn plain(text: &str) -> Result<String> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'{};$\\#".contains(c)) {
        bail!(
            "nginx does not accept {text:?}: spaces, quotes and ; {{ }} $ \\ # are special characters"
        );
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http;

    #[test]
    fn a_site_is_a_scheme_a_host_and_perhaps_a_port() {
        for good in [
            "http://localhost:5173",
            "https://play.example.org",
            "http://[::1]:3000",
        ] {
            assert_eq!(site(good).as_deref(), Ok(good));
        }
        assert_eq!(
            site("https://Play.Example.org/").as_deref(),
            Ok("https://play.example.org")
        );
        for bad in [
            "localhost:5173",
            "ws://localhost",
            "https://",
            "https://play.example.org/app",
            "https://*.example.org",
            "http://localhost:0",
            "http://localhost:99999",
            "http://a\" $http_origin; b",
            "http://[::1",
            "null",
            "*",
        ] {
            assert!(site(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nginx_serves_from_a_folder_with_any_name() {
        let top = std::env::temp_dir().join(format!("skirmish-nginx-{}", std::process::id()));
        for name in [
            "plain",
            "it's a düne",
            "a \"b\" {c}; #d",
            "back\\slash",
            "[a]*?",
        ] {
            let folder = top.join(name);
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(folder.join("page.html"), "").expect("a file");
            let port = testkit::free_port();
            let door = FrontDoor {
                port,
                workspace: &crate::builds::workspace(),
                web_dist: &folder,
                console_dist: &folder,
                run_dir: &folder,
                runtime: 1,
                gateway: 2,
                relay_rule: "relay-1 127.0.0.1:3;",
                admin: false,
                app_url: "",
                feedback_url: "",
                origins: &Origins::default(),
                limits: Limits::LOCAL,
                tls: None,
            };
            let nginx = start(&door, &folder).unwrap_or_else(|error| panic!("{error:#}"));
            let page = || http::get_status(port, "/app/page.html", testkit::PATIENCE);
            let status = testkit::eventually("nginx answers", page);
            assert_eq!(status, 200, "{name}");
            assert!(folder.join("access.log").is_file(), "{name}");
            drop(nginx);
        }
        let _ = std::fs::remove_dir_all(top);
        assert!(path(Path::new("/home/$me")).is_err());
    }
}
