//! The whole system on this machine: a private Redis, the runtime, the functions, the gateway,
//! relays, and nginx.
//!
//! [`Stack::start`] returns once every part answers. Dropping a [`Stack`] ends every process and
//! removes its run folder.

mod config;
mod control;
mod delay;
pub(crate) mod health;
mod ports;
mod region;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use testkit::redis::Address;

use crate::nginx::{self, FrontDoor, Limits};
use crate::process::{self, Process};
use crate::{functions, http, interrupt, redis};
use config::isolate;
pub use config::{Backend, Detour, Redis, Service, StackConfig, random_key};
pub use control::Ended;
use delay::DelayLine;
use ports::Ports;
pub use region::Region;

/// The longest time from the start of a part to its first answer.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// The longest time from SIGTERM to the end of a part.
const END_PATIENCE: Duration = Duration::from_secs(3);

/// The longest time from SIGTERM to the end of a part that is restarted immediately.
const RESTART_PATIENCE: Duration = Duration::from_millis(300);

/// A running system.
pub struct Stack {
    /// The front door: `http://127.0.0.1:8080`.
    pub url: String,
    /// The address of its Redis.
    pub redis_url: String,
    /// The address of the runtime, which invokes the functions and reports their state (`/status`).
    pub lambda_url: String,
    /// The gateway itself, behind the front door.
    pub gateway_url: String,
    /// Each relay by name, behind the front door.
    pub relays: Vec<(String, String)>,
    run_dir: PathBuf,
    logs: PathBuf,
    ports: Ports,
    processes: Vec<Process>,
    delays: Vec<DelayLine>,
}

impl Stack {
    /// Starts all parts. An error names the part that did not start, with its last lines of output.
    pub fn start(config: &StackConfig) -> Result<Self> {
        let mut stack = Self::empty(config)?;
        let private_redis = stack.start_redis(config)?;
        let redis_url = stack.redis_url.clone();
        stack.start_runtime(config)?;
        let answers = || redis_url.split(',').all(redis::answers);
        stack.wait("redis", answers)?;
        // The functions initialize during the two seconds that a cluster node needs.
        stack.start_functions(config)?;
        stack.start_gateway(config)?;
        stack.start_delays()?;
        stack.start_nginx(config)?;
        if let Some(address) = private_redis {
            stack.wait("redis", || redis::is_ready(&[address]))?;
        }
        for (name, port) in stack.ports.relays.clone() {
            stack.start_relay(config, &name, port)?;
        }
        stack.wait_healthy(config)?;
        Ok(stack)
    }

    /// Starts another child process, such as bots. It is stopped with the others.
    pub fn add(
        &mut self,
        name: &str,
        program: &Path,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<()> {
        let process = Process::start(name, program, &self.logs, prepare)?;
        self.processes.push(process);
        Ok(())
    }

    /// Stops a child and the processes that it started.
    fn end(&mut self, name: &str) {
        if let Some(at) = self
            .processes
            .iter()
            .position(|process| process.name == name)
        {
            process::end(&mut [self.processes.remove(at)], RESTART_PATIENCE);
        }
    }

    /// Restarts every relay with the same configuration; their matches end. A relay that does not answer afterwards
    /// is not an error here, because the supervisor detects it.
    pub fn restart_relays(&mut self, config: &StackConfig) -> Result<()> {
        for (name, port) in self.ports.relays.clone() {
            self.end(&name);
            self.start_relay(config, &name, port)?;
            let deadline = Instant::now() + START_PATIENCE;
            let is_healthy = is_healthy(port);
            while !is_healthy() && Instant::now() < deadline {
                interrupt::check()?;
                let relay = self.processes.iter_mut().find(|it| it.name == name);
                if relay.is_none_or(|relay| relay.ended().is_some()) {
                    break;
                }
                thread::sleep(Duration::from_millis(10));
            }
        }
        Ok(())
    }

    /// Errors: a child has ended unexpectedly. The error names the first one, with its last lines of output.
    pub fn check(&mut self) -> Result<()> {
        for process in &mut self.processes {
            if let Some(status) = process.ended().filter(|_| process.wanted) {
                let (name, lines) = (&process.name, process.last_lines());
                bail!("{name} ended ({status}); the last lines it printed:{lines}");
            }
        }
        Ok(())
    }

    /// A running child by its name.
    pub fn process(&self, name: &str) -> Option<&Process> {
        self.processes.iter().find(|process| process.name == name)
    }

    /// All children, in the order of their start.
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// The folder of its temporary files.
    pub fn run_dir(&self) -> &Path {
        &self.run_dir
    }

    fn empty(config: &StackConfig) -> Result<Self> {
        let (run_dir, logs) = (config.run_dir.clone(), config.logs.clone());
        for folder in [&run_dir, &logs] {
            let _ = std::fs::remove_dir_all(folder);
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let ports = Ports::choose(config);
        Ok(Self {
            url: url(ports.front),
            redis_url: String::new(),
            lambda_url: url(ports.runtime),
            gateway_url: url(ports.gateway),
            relays: ports
                .relays
                .iter()
                .map(|(name, port)| (name.clone(), url(*port)))
                .collect(),
            run_dir,
            logs,
            ports,
            processes: Vec::new(),
            delays: Vec::new(),
        })
    }

    /// Returns the address of a private Redis that is not ready yet.
    fn start_redis(&mut self, config: &StackConfig) -> Result<Option<Address>> {
        match &config.redis {
            Redis::Private(data) => {
                let redis = redis::start(data, &self.logs, config.clock.as_ref())?;
                self.redis_url = redis::url(std::slice::from_ref(&redis));
                self.processes.push(redis.process);
                Ok(Some(redis.address))
            }
            Redis::Cluster(data) => {
                let nodes = redis::start_cluster(data, &self.logs)?;
                let addresses: Vec<Address> = nodes.iter().map(|node| node.address).collect();
                self.wait("redis-1", || redis::is_ready(&addresses))?;
                self.redis_url = redis::url(&nodes);
                self.processes
                    .extend(nodes.into_iter().map(|node| node.process));
                Ok(None)
            }
            Redis::Existing(url) => {
                redis::adopt(url)?;
                self.redis_url.clone_from(url);
                Ok(None)
            }
        }
    }

    /// Starts the runtime and, if it is used, `cargo lambda watch` behind it.
    fn start_runtime(&mut self, config: &StackConfig) -> Result<()> {
        let (listen, behind) = (self.ports.runtime, self.ports.cargo_lambda);
        if let Backend::CargoLambda(program) = &config.backend {
            let watch = functions::start_watch(program, &config.workspace, behind, &self.logs)?;
            self.processes.push(watch);
            self.wait("cargo-lambda", || http::listens(behind))?;
        }
        self.add("runtime", &config.binaries.join("runtime"), |command| {
            isolate(command, &config.environment);
            command.env("LISTEN", format!("127.0.0.1:{listen}"));
            if matches!(config.backend, Backend::CargoLambda(_)) {
                command.env("UPSTREAM", url(behind));
            }
        })?;
        self.wait("runtime", is_healthy(listen))
    }

    fn start_gateway(&mut self, config: &StackConfig) -> Result<()> {
        let listen = format!("127.0.0.1:{}", self.ports.gateway);
        let invoke = url(config.port_for("gateway", Service::Invoke, self.ports.runtime));
        self.add("gateway", &config.binaries.join("gateway"), |command| {
            isolate(command, &config.environment);
            command.env("LISTEN", listen).env("INVOKE_URL", invoke);
        })
    }

    /// Starts the proxies in front of relays that simulate a distance.
    fn start_delays(&mut self) -> Result<()> {
        for &(front, relay, round_trip) in &self.ports.delayed {
            let line = DelayLine::start(front, relay, round_trip).context("a proxy of a relay")?;
            self.delays.push(line);
        }
        Ok(())
    }

    fn start_nginx(&mut self, config: &StackConfig) -> Result<()> {
        let door = FrontDoor {
            port: self.ports.front,
            workspace: &config.workspace,
            web_dist: &config.workspace.join("web/demo/dist"),
            console_dist: &config.workspace.join("web/console/dist"),
            run_dir: &self.run_dir.join("nginx"),
            runtime: config.port_for("nginx", Service::Invoke, self.ports.runtime),
            gateway: self.ports.gateway,
            relay_rule: &self.ports.relay_rule(),
            admin: config.admin_jwt_secret.is_some(),
            app_url: &config.app_url,
            feedback_url: &config.feedback_url,
            origins: &config.origins,
            limits: Limits::LOCAL,
            tls: None,
        };
        let process = nginx::start(&door, &self.logs)?;
        self.processes.push(process);
        Ok(())
    }

    fn start_relay(&mut self, config: &StackConfig, name: &str, port: u16) -> Result<()> {
        let redis = config.redis_for(name, &self.redis_url);
        let lambda = url(config.port_for(name, Service::Invoke, self.ports.runtime));
        let region = config.region_of(name).map(|region| region.name.as_str());
        let udp = self.webtransport_address(config, port);
        self.add(name, &config.binaries.join("relay"), |command| {
            isolate(command, &config.environment);
            command
                .envs(udp.map(|address| ("WEBTRANSPORT_ADDRESS", address)))
                .env("RELAY_ID", name)
                .env("LISTEN", format!("127.0.0.1:{port}"))
                .env("REDIS_URL", redis)
                .env("LAMBDA_URL", lambda)
                .env("POOLS", &config.pools)
                .env("SETTINGS", &config.settings)
                .env("REGION", region.unwrap_or_default());
        })
    }

    /// Any free port, unless the stack's environment sets the address. A region with a delay has no WebTransport,
    /// because its proxy forwards only TCP.
    fn webtransport_address(&self, config: &StackConfig, port: u16) -> Option<&'static str> {
        let is_delayed = self.ports.delayed.iter().any(|&(_, own, _)| own == port);
        let is_set = config
            .environment
            .iter()
            .any(|(name, _)| name == "WEBTRANSPORT_ADDRESS");
        (!is_delayed && !is_set).then_some("127.0.0.1:0")
    }

    fn start_functions(&mut self, config: &StackConfig) -> Result<()> {
        let (binaries, ports) = (&config.binaries, &self.ports);
        let joined = match config.backend {
            Backend::CargoLambda(_) => ports.cargo_lambda,
            Backend::Own => ports.runtime,
        };
        let links = self.run_dir.join("functions");
        let connections = config.port_for("functions", Service::Connections, self.ports.gateway);
        let processes = functions::start_all(binaries, &links, joined, &self.logs, |command| {
            isolate(command, &config.environment);
            if matches!(config.backend, Backend::Own) {
                command.env("FUNCTION_CONCURRENCY", functions::CONCURRENCY);
            }
            command
                .env("REDIS_URL", config.redis_for("functions", &self.redis_url))
                .env("POOLS", &config.pools)
                .env("JWT_SECRET", &config.jwt_secret)
                .envs(
                    config
                        .admin_jwt_secret
                        .iter()
                        .map(|it| ("ADMIN_JWT_SECRET", it)),
                )
                .env("GUESTS", "true")
                .env("CONNECTIONS_URL", url(connections));
        })?;
        self.processes.extend(processes);
        Ok(())
    }

    fn wait_healthy(&mut self, config: &StackConfig) -> Result<()> {
        let (runtime, front) = (self.ports.runtime, self.ports.front);
        self.wait("gateway", is_healthy(self.ports.gateway))?;
        for (name, port) in self.ports.relays.clone() {
            self.wait(&name, is_healthy(port))?;
        }
        let pools: serde_json::Value =
            serde_json::from_str(&config.pools).context("POOLS is not JSON")?;
        let pool = pools.as_object().and_then(|pools| pools.keys().next());
        let pool = pool.context("POOLS names no pool")?;
        for (name, path, body) in functions::probes(pool) {
            self.wait(name, || functions::answers(runtime, &path, &body))?;
        }
        self.wait("nginx", is_healthy(front))
    }

    /// Waits until `ready` returns true. Errors: a child ends, or this process is interrupted.
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
                bail!("{name} does not answer; the last lines it printed:{lines}");
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // The gateway and nginx end first: while they shut down, they still send requests.
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

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn is_healthy(port: u16) -> impl Fn() -> bool {
    move || http::get_status(port, "/healthz", Duration::from_millis(500)) == Some(200)
}
