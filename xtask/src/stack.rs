//! The whole system on this machine: a private Redis, `cargo lambda watch` and the functions, the gateway, relays, nginx.
//!
//! [`Stack::start`] returns once every part answers. Dropping a [`Stack`] ends every process and removes its run folder.

pub mod http;
pub mod ports;
pub mod process;
pub mod redis;

mod functions;
mod nginx;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::interrupt;
use nginx::FrontDoor;
use process::Process;

/// A part that has not answered after so long never will.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How long a part may take to end when asked to.
const END_PATIENCE: Duration = Duration::from_secs(3);

/// The same for one that is started again at once.
const RESTART_PATIENCE: Duration = Duration::from_millis(300);

/// What to run, and where.
#[derive(Clone, Debug)]
pub struct StackConfig {
    /// Repository.
    pub workspace: PathBuf,
    /// Where the built programs are.
    pub binaries: PathBuf,
    /// `cargo-lambda`.
    pub cargo_lambda: PathBuf,
    /// Port of the front door; 0: a free one.
    pub port: u16,
    /// How many relays.
    pub relays: u32,
    /// A folder for logs, sockets and temporary files; emptied first, removed at the end.
    pub run_dir: PathBuf,
    /// Which Redis.
    pub redis: Redis,
    /// `POOLS` of every process.
    pub pools: String,
    /// `SETTINGS` of the relays.
    pub settings: String,
    /// `JWT_SECRET` of the functions.
    pub jwt_secret: String,
    /// Further variables of every process of ours.
    pub environment: Vec<(String, String)>,
    /// Where a hosted front end is, or "".
    pub app_url: String,
    /// The same for the feedback page.
    pub feedback_url: String,
}

/// Which Redis a stack uses.
#[derive(Clone, Debug)]
pub enum Redis {
    /// Starts one whose data live in this folder.
    Private(PathBuf),
    /// Uses this one.
    Existing(String),
}

/// A running system.
pub struct Stack {
    /// The front door: `http://127.0.0.1:8080`.
    pub url: String,
    /// Where its Redis is.
    pub redis_url: String,
    /// Where its functions are invoked.
    pub lambda_url: String,
    /// The gateway itself, behind the front door.
    pub gateway_url: String,
    /// Each relay by name, behind the front door.
    pub relays: Vec<(String, String)>,
    run_dir: PathBuf,
    ports: Ports,
    processes: Vec<Process>,
}

/// Where everything but Redis listens, chosen before anything starts: parts name each other.
struct Ports {
    front: u16,
    lambda: u16,
    gateway: u16,
    relays: Vec<(String, u16)>,
}

impl Ports {
    fn choose(config: &StackConfig) -> Result<Self> {
        let relays = (1..=config.relays).map(|n| Ok((format!("relay-{n}"), ports::free()?)));
        Ok(Self {
            front: if config.port == 0 {
                ports::free()?
            } else {
                config.port
            },
            lambda: ports::free()?,
            gateway: ports::free()?,
            relays: relays.collect::<Result<_>>()?,
        })
    }
}

impl Stack {
    /// Starts everything; an error names the part that did not start, with the last lines it printed.
    pub fn start(config: &StackConfig) -> Result<Self> {
        let mut stack = Self::empty(config)?;
        let redis_is_ours = stack.start_redis(config)?;
        let (lambda, redis_url) = (stack.ports.lambda, stack.redis_url.clone());
        stack.start_watch(config)?;
        stack.wait("cargo-lambda", || http::listens(lambda))?;
        stack.wait("redis", || redis::answers(&redis_url))?;
        // They make themselves ready in the two seconds that a cluster's node takes.
        stack.start_functions(config)?;
        stack.start_gateway(config)?;
        stack.start_nginx(config)?;
        if redis_is_ours {
            stack.wait("redis", || redis::is_ready(&redis_url))?;
        }
        for (name, port) in stack.ports.relays.clone() {
            stack.start_relay(config, &name, port)?;
        }
        stack.wait_healthy(config)?;
        Ok(stack)
    }

    /// Starts one more child, such as bots, which ends with the rest.
    pub fn add(
        &mut self,
        name: &str,
        program: &Path,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<()> {
        let process = Process::start(name, program, &self.run_dir, prepare)?;
        self.processes.push(process);
        Ok(())
    }

    /// Ends a child, with what it started.
    pub fn end(&mut self, name: &str) {
        if let Some(at) = self
            .processes
            .iter()
            .position(|process| process.name == name)
        {
            process::end(&mut [self.processes.remove(at)], RESTART_PATIENCE);
        }
    }

    /// Ends every relay and starts it anew, as it was; their matches end with them.
    pub fn restart_relays(&mut self, config: &StackConfig) -> Result<()> {
        for (name, port) in self.ports.relays.clone() {
            self.end(&name);
            self.start_relay(config, &name, port)?;
            self.wait(&name, is_healthy(port))?;
        }
        Ok(())
    }

    /// An error naming the first child that has ended, with the last lines it printed.
    pub fn check(&mut self) -> Result<()> {
        for process in &mut self.processes {
            if let Some(status) = process.ended() {
                let (name, lines) = (&process.name, process.last_lines());
                bail!("{name} ended ({status}); the last it said:{lines}");
            }
        }
        Ok(())
    }

    /// A running child by its name.
    pub fn process(&self, name: &str) -> Option<&Process> {
        self.processes.iter().find(|process| process.name == name)
    }

    /// Every child, in the order of their start.
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// Logs and temporary files, while it runs.
    pub fn run_dir(&self) -> &Path {
        &self.run_dir
    }

    fn empty(config: &StackConfig) -> Result<Self> {
        let run_dir = config.run_dir.clone();
        let _ = std::fs::remove_dir_all(&run_dir);
        std::fs::create_dir_all(&run_dir)
            .with_context(|| format!("cannot make {}", run_dir.display()))?;
        let ports = Ports::choose(config)?;
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        Ok(Self {
            url: url(ports.front),
            redis_url: String::new(),
            lambda_url: url(ports.lambda),
            gateway_url: url(ports.gateway),
            relays: ports
                .relays
                .iter()
                .map(|(name, port)| (name.clone(), url(*port)))
                .collect(),
            run_dir,
            ports,
            processes: Vec::new(),
        })
    }

    /// True: it is ours, and not ready yet.
    fn start_redis(&mut self, config: &StackConfig) -> Result<bool> {
        match &config.redis {
            Redis::Private(data) => {
                let redis = redis::start(data, &self.run_dir)?;
                self.redis_url = format!("redis://127.0.0.1:{}", redis.port);
                self.processes.push(redis.process);
                Ok(true)
            }
            Redis::Existing(url) => {
                redis::adopt(url)?;
                self.redis_url.clone_from(url);
                Ok(false)
            }
        }
    }

    fn start_watch(&mut self, config: &StackConfig) -> Result<()> {
        let (program, workspace) = (&config.cargo_lambda, &config.workspace);
        let watch = functions::start_watch(program, workspace, self.ports.lambda, &self.run_dir)?;
        self.processes.push(watch);
        Ok(())
    }

    fn start_gateway(&mut self, config: &StackConfig) -> Result<()> {
        let listen = format!("127.0.0.1:{}", self.ports.gateway);
        let invoke = self.lambda_url.clone();
        self.add("gateway", &config.binaries.join("gateway"), |command| {
            isolate(command, &config.environment);
            command.env("LISTEN", listen).env("INVOKE_URL", invoke);
        })
    }

    fn start_nginx(&mut self, config: &StackConfig) -> Result<()> {
        let door = FrontDoor {
            port: self.ports.front,
            workspace: &config.workspace,
            run_dir: &self.run_dir.join("nginx"),
            lambda: self.ports.lambda,
            gateway: self.ports.gateway,
            relays: &self.ports.relays,
            app_url: &config.app_url,
            feedback_url: &config.feedback_url,
        };
        let process = nginx::start(&door, &self.run_dir)?;
        self.processes.push(process);
        Ok(())
    }

    fn start_relay(&mut self, config: &StackConfig, name: &str, port: u16) -> Result<()> {
        let public = self.url.replacen("http", "ws", 1);
        let (redis, lambda) = (self.redis_url.clone(), self.lambda_url.clone());
        self.add(name, &config.binaries.join("relay"), |command| {
            isolate(command, &config.environment);
            command
                .env("RELAY_ID", name)
                .env("LISTEN", format!("127.0.0.1:{port}"))
                .env("PUBLIC_URL", public)
                .env("REDIS_URL", redis)
                .env("LAMBDA_URL", lambda)
                .env("POOLS", &config.pools)
                .env("SETTINGS", &config.settings);
        })
    }

    fn start_functions(&mut self, config: &StackConfig) -> Result<()> {
        let (binaries, lambda) = (&config.binaries, self.ports.lambda);
        let processes = functions::start_all(binaries, lambda, &self.run_dir, |command| {
            isolate(command, &config.environment);
            command
                .env("REDIS_URL", &self.redis_url)
                .env("POOLS", &config.pools)
                .env("JWT_SECRET", &config.jwt_secret)
                .env("GUESTS", "true")
                .env("CONNECTIONS_URL", &self.gateway_url);
        })?;
        self.processes.extend(processes);
        Ok(())
    }

    fn wait_healthy(&mut self, config: &StackConfig) -> Result<()> {
        let (lambda, front) = (self.ports.lambda, self.ports.front);
        self.wait("gateway", is_healthy(self.ports.gateway))?;
        for (name, port) in self.ports.relays.clone() {
            self.wait(&name, is_healthy(port))?;
        }
        let pools: serde_json::Value =
            serde_json::from_str(&config.pools).context("POOLS is not JSON")?;
        let pool = pools.as_object().and_then(|pools| pools.keys().next());
        let pool = pool.context("POOLS names no pool")?;
        for (name, path, body) in functions::probes(pool) {
            self.wait(name, || functions::answers(lambda, &path, &body))?;
        }
        self.wait("nginx", is_healthy(front))
    }

    /// Waits until `ready`; ends early when a child ends or this process is told to.
    fn wait(&mut self, name: &str, ready: impl Fn() -> bool) -> Result<()> {
        let deadline = Instant::now() + START_PATIENCE;
        while !ready() {
            interrupt::check()?;
            self.check()?;
            if Instant::now() > deadline {
                let lines = self
                    .process(name)
                    .map(Process::last_lines)
                    .unwrap_or_default();
                bail!("{name} does not answer; the last it said:{lines}");
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // Whoever is in front ends first: it still tells those behind it that it leaves.
        let at = |name| {
            self.processes
                .iter()
                .position(|process| process.name == name)
        };
        let functions = usize::from(at("redis").is_some());
        let front = at("gateway").unwrap_or(self.processes.len());
        for first in [front, functions, 0] {
            process::end(&mut self.processes[first..], END_PATIENCE);
        }
        let _ = std::fs::remove_dir_all(&self.run_dir);
    }
}

fn is_healthy(port: u16) -> impl Fn() -> bool {
    move || http::status(port, "GET", "/healthz", "", Duration::from_millis(500)) == Some(200)
}

/// What a process of ours is told, it is told by us: none of it comes from the shell that `up` was started in.
fn isolate(command: &mut Command, environment: &[(String, String)]) {
    const OURS: [&str; 22] = [
        "GAME",
        "REDIS_URL",
        "POOLS",
        "JWT_SECRET",
        "JWKS_URL",
        "JWT_ISSUER",
        "JWT_AUDIENCE",
        "GUESTS",
        "CONNECTIONS_URL",
        "RELAY_ID",
        "LISTEN",
        "PUBLIC_URL",
        "LAMBDA_URL",
        "FUNCTION_PREFIX",
        "WORKERS",
        "CAPACITY",
        "SETTINGS",
        "GRACE_MS",
        "IDLE_MS",
        "MAX_MS",
        // A panic's message must be among the last lines.
        "RUST_BACKTRACE",
        "RUST_LIB_BACKTRACE",
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
