//! Configuration of a stack, and the environment of its processes.

use std::fmt::Debug;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::Result;

use super::Region;
use crate::builds;
use crate::nginx::Origins;
use crate::redis::Clock;

/// The configuration of a stack.
#[derive(Clone, Debug)]
pub struct StackConfig {
    /// The repository.
    pub workspace: PathBuf,
    /// The folder of the built programs.
    pub binaries: PathBuf,
    /// What runs the functions.
    pub backend: Backend,
    /// Port of the front door; 0: a free one.
    pub port: u16,
    /// The number of relays, at most 99.
    pub relays: u16,
    /// The regions of the relays, in order: the first relays are in the first region. Further relays have no region.
    pub regions: Vec<Region>,
    /// A folder for sockets and temporary files; emptied first, removed at the end.
    pub run_dir: PathBuf,
    /// A folder for the output of each part; emptied first. It is kept if it is not in `run_dir`.
    pub logs: PathBuf,
    /// Which Redis the stack uses.
    pub redis: Redis,
    /// The clock of a private Redis; None: the clock of this machine.
    pub clock: Option<Clock>,
    /// `POOLS` of every process.
    pub pools: String,
    /// `SETTINGS` of the relays.
    pub settings: String,
    /// `JWT_SECRET` of the functions.
    pub jwt_secret: String,
    /// `ADMIN_JWT_SECRET` of the functions; None: there is no `/admin`.
    pub admin_jwt_secret: Option<String>,
    /// More environment variables for every Skirmish process.
    pub environment: Vec<(String, String)>,
    /// The address of a hosted front end, or "".
    pub app_url: String,
    /// The address of a hosted feedback page, or "".
    pub feedback_url: String,
    /// The other origins whose pages may call the API.
    pub origins: Origins,
    /// Proxies between the parts; None: no proxies.
    pub detour: Option<Arc<dyn Detour>>,
}

/// The proxies of a fault run between the parts of a stack.
pub trait Detour: Debug + Send + Sync {
    /// The port on loopback that `part` connects to for the service that listens on `port`.
    fn port(&self, part: &str, service: Service, port: u16) -> u16;
}

/// A service that parts of a stack use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// The private Redis, if it is one node.
    Redis,
    /// Invocations of functions.
    Invoke,
    /// Pushes to lobby sockets.
    Connections,
}

/// What runs the functions of a stack.
#[derive(Clone, Debug)]
pub enum Backend {
    /// `cargo lambda watch`, behind the runtime. This is the path of `cargo-lambda`.
    CargoLambda(PathBuf),
    /// The runtime itself.
    Own,
}

/// Which Redis a stack uses.
#[derive(Clone, Debug)]
pub enum Redis {
    /// Starts one with its data in this folder.
    Private(PathBuf),
    /// Starts a cluster of three primaries with their data in this folder.
    Cluster(PathBuf),
    /// Uses the Redis at this address.
    Existing(String),
}

impl StackConfig {
    /// A private system: all files in this folder, free ports, a random key, one relay, one pool `main`, and the
    /// programs from the current build.
    pub fn private(folder: &Path, backend: Backend) -> Result<Self> {
        Ok(Self {
            workspace: builds::workspace(),
            binaries: builds::binaries()?,
            backend,
            port: 0,
            relays: 1,
            regions: Vec::new(),
            run_dir: folder.join("run"),
            logs: folder.join("run/logs"),
            redis: Redis::Private(folder.join("redis")),
            clock: None,
            pools: r#"{"main":{}}"#.to_owned(),
            settings: "{}".to_owned(),
            jwt_secret: random_key()?,
            admin_jwt_secret: None,
            environment: Vec::new(),
            app_url: String::new(),
            feedback_url: String::new(),
            origins: Origins::default(),
            detour: None,
        })
    }

    /// The region of `relay-<n>`.
    pub(super) fn region_of(&self, relay: &str) -> Option<&Region> {
        let number: u16 = relay.strip_prefix("relay-")?.parse().ok()?;
        let mut last = 0;
        self.regions.iter().find(|region| {
            last += region.relays;
            number <= last
        })
    }

    pub(super) fn port_for(&self, who: &str, service: Service, port: u16) -> u16 {
        let detour = self.detour.as_ref();
        detour.map_or(port, |detour| detour.port(who, service, port))
    }

    /// `REDIS_URL` of a part.
    pub(super) fn redis_for(&self, who: &str, url: &str) -> String {
        match url
            .rsplit_once(':')
            .map(|(host, port)| (host, port.parse()))
        {
            Some((host, Ok(port))) if matches!(self.redis, Redis::Private(_)) => {
                format!("{host}:{}", self.port_for(who, Service::Redis, port))
            }
            _ => url.to_owned(),
        }
    }
}

/// A random key of 64 hexadecimal digits.
pub fn random_key() -> Result<String> {
    let mut random = File::open("/dev/urandom")?;
    let mut word = || {
        let mut bytes = [0; 16];
        random
            .read_exact(&mut bytes)
            .map(|()| u128::from_ne_bytes(bytes))
    };
    Ok(format!("{:032x}{:032x}", word()?, word()?))
}

/// Removes Skirmish's own variables from the environment of a process, so that its configuration
/// comes from `environment` and the caller only, and not from the shell that started `up`. All
/// other variables of that shell are inherited, such as `RUST_BACKTRACE`.
pub(super) fn isolate(command: &mut Command, environment: &[(String, String)]) {
    const OURS: [&str; 30] = [
        "GAME",
        "REDIS_URL",
        "POOLS",
        "JWT_SECRET",
        "ADMIN_JWT_SECRET",
        "JWKS_URL",
        "JWT_ISSUER",
        "JWT_AUDIENCE",
        "JWT_LEEWAY_S",
        "GUESTS",
        "CONNECTIONS_URL",
        "RELAY_ID",
        "RELAY_KILL",
        "LISTEN",
        "PUBLIC_URL",
        "WEBTRANSPORT_ADDRESS",
        "WEBTRANSPORT_URL",
        "REGION",
        "LAMBDA_URL",
        "UPSTREAM",
        "FUNCTION_PREFIX",
        "WORKERS",
        "CAPACITY",
        "SETTINGS",
        "GRACE_MS",
        "IDLE_MS",
        "MAX_MS",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_SERVICE_NAME",
    ];
    for name in OURS {
        command.env_remove(name);
    }
    command
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1")
        .envs(environment.iter().map(|(name, value)| (name, value)));
}
