//! `cargo xtask up`: installs, builds and starts everything, prints where to play, and runs until
//! it is stopped.

mod observe;

use std::fs::{File, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::follow::Follower;
use crate::pools;
use crate::watch::{self, Sources, Watch};
use devstack::nginx::{self, Origins};
use devstack::supervisor::Supervisor;
use devstack::{Backend, Redis, Region, Stack, StackConfig, random_key, redis};
use devstack::{builds, install, interrupt};
use skirmishctl::Role;
use testkit::is_free;

const POLL_EVERY: Duration = Duration::from_millis(100);
/// How long the token that `up` prints is valid.
const ADMIN_SECONDS: u64 = 7 * 24 * 60 * 60;
const RELAYS_MAX: u16 = 50;
/// The limit of regions in a fleet.
const REGIONS_MAX: usize = 15;
/// The variables that say where traces go; `up` passes them on.
const TRACES: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"];

/// Flags of `up`. These environment variables are read too, as in production: `POOLS`, `SETTINGS`,
/// `APP_URL`, `FEEDBACK_URL`, `ADMIN_JWT_SECRET`, `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS`, `LOG`.
#[derive(clap::Args, Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of its own.
pub(crate) struct Options {
    /// Port of the front door, on 127.0.0.1
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Number of relays
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(RELAYS_MAX)))]
    relays: u16,
    /// Relays of several regions instead: `eu=2,us=2`. With `eu=2:20,us=2:120`, messages between clients and the relays of `us` take
    /// 120 ms more, there and back
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "NAME=RELAYS[:MS]",
        conflicts_with = "relays"
    )]
    regions: Vec<Region>,
    /// Use this Redis instead of a private one
    #[arg(long)]
    redis_url: Option<String>,
    /// The game of the pools that name none; games/registry lists the games. Default: the first one. For several games,
    /// name the game of each pool in `POOLS`
    #[arg(long, env = "GAME")]
    game: Option<String>,
    /// What runs the functions
    #[arg(long, value_enum, default_value = "cargo-lambda")]
    runtime: Runtime,
    /// Rebuild saved sources, restart the relays, and reload open pages
    #[arg(long)]
    watch: bool,
    /// Start Prometheus on a free port, which reads the metrics of all parts, and print its address
    #[arg(long)]
    observe: bool,
    /// Number of bots against which a player who is alone plays, in each pool without the setting `bots`; 0: none
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(..64))]
    bots: u8,
    /// Folder for the data of the private Redis and the keys that sign tokens
    #[arg(long, default_value = ".skirmish")]
    data: PathBuf,
    /// Empty the private Redis first
    #[arg(long)]
    fresh: bool,
    /// A site whose pages may call the API and open sockets, such as `https://play.example.org`;
    /// repeatable. Pages of this machine are always allowed
    #[arg(long = "origin", value_name = "URL", value_parser = nginx::site)]
    origins: Vec<String>,
    /// Install nothing; print what is missing
    #[arg(long)]
    no_install: bool,
    /// Build nothing; run the existing build
    #[arg(long)]
    no_build: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Runtime {
    /// `cargo lambda watch`, behind Skirmish's runtime, which limits its load
    CargoLambda,
    /// Skirmish's runtime alone, as in a deployment on one machine
    Own,
}

/// Runs the system until Ctrl-C or SIGTERM. Errors: it cannot start, or a part of it ends repeatedly.
pub(crate) fn run(options: &Options) -> Result<()> {
    let data = builds::workspace().join(&options.data);
    refuse_early(options, &data)?;
    let _lock = lock(&data)?;
    let progress = Progress::begin();
    progress.step(1, "checking the tools");
    install::check(needs(options), !options.no_install)?;
    if options.redis_url.is_some() {
        // This check must run before the build, which takes minutes.
        tools(options)?;
    }
    progress.step(2, "building the programs and the pages");
    let (backend, sources) = build(options)?;
    if options.fresh {
        empty(&data.join("redis"))?;
    }
    progress.step(3, "starting the system");
    let config = config(options, &data, backend)?;
    let mut stack = Stack::start(&config)?;
    stack.check()?;
    if options.observe {
        eprintln!("prometheus {}", observe::start(&mut stack)?);
    }
    let supervisor = Supervisor::begin(&stack)?;
    let watch = options.watch.then(|| Watch::begin(sources)).transpose()?;
    print_admin(&stack.url, &config)?;
    let mut out = std::io::stdout();
    writeln!(out, "ready {}/app", stack.url)
        .and_then(|()| out.flush())
        .context("nobody reads stdout")?;
    let (seconds, logs) = (progress.seconds(), config.logs.display());
    eprintln!("ready after {seconds} s; logs are in {logs}; Ctrl-C stops the system");
    keep(&mut stack, &config, supervisor, watch)?;
    eprintln!("stopping; the logs stay in {logs}");
    Ok(())
}

/// Prints how an operator calls `/admin`, with a token that is valid for a week.
fn print_admin(url: &str, config: &StackConfig) -> Result<()> {
    let Some(secret) = &config.admin_jwt_secret else {
        return Ok(());
    };
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let token = skirmishctl::sign(secret, Role::Operate, "up", now_s, ADMIN_SECONDS)?;
    // In the fragment, the token is sent to no server and appears in no log.
    eprintln!("console  {url}/console#token={token}");
    eprintln!(
        "admin  SKIRMISH_URL={url} SKIRMISH_ADMIN_TOKEN={token} cargo run -q -p skirmishctl -- overview"
    );
    Ok(())
}

/// The steps of a start, with the time since it began.
struct Progress(Instant);

impl Progress {
    const STEPS: u32 = 3;

    fn begin() -> Self {
        Self(Instant::now())
    }

    fn step(&self, number: u32, what: &str) {
        eprintln!("[{number}/{}] {what} ({} s)", Self::STEPS, self.seconds());
    }

    fn seconds(&self) -> u64 {
        self.0.elapsed().as_secs()
    }
}

/// Detects before the build what would fail after it.
fn refuse_early(options: &Options, data: &Path) -> Result<()> {
    let (port, workspace) = (options.port, builds::workspace());
    if !is_free(port) {
        bail!(
            "port {port} is in use: stop the program that uses it, or choose another port with --port"
        );
    }
    if options.regions.len() > REGIONS_MAX || relays(options) > RELAYS_MAX {
        bail!("--regions: at most {RELAYS_MAX} relays, and {REGIONS_MAX} regions");
    }
    nginx::path(&workspace)?;
    nginx::path(data)?;
    let game = options.game.as_deref();
    pools::check(&workspace, &pools_json(game), game)
}

fn needs(options: &Options) -> install::Needs {
    install::Needs {
        redis_server: options.redis_url.is_none(),
        browser: false,
        prometheus: options.observe,
    }
}

/// Installs what is missing; returns what runs the functions.
fn tools(options: &Options) -> Result<Backend> {
    let (needs, allowed) = (needs(options), !options.no_install);
    let backend = match options.runtime {
        Runtime::CargoLambda => Backend::CargoLambda(install::all(needs, allowed)?),
        Runtime::Own => {
            install::all_but_cargo_lambda(needs, allowed)?;
            Backend::Own
        }
    };
    if let Some(url) = &options.redis_url {
        redis::check(url)?;
    }
    Ok(backend)
}

/// Installs and builds everything. Returns what runs the functions, and the sources as they were before the build.
fn build(options: &Options) -> Result<(Backend, Sources)> {
    watch::forget();
    let sources = Sources::now()?;
    let backend = if options.no_build {
        tools(options)?
    } else {
        builds::everything(|| tools(options))?
    };
    Ok((backend, sources))
}

/// Keeps the stack running until this process is interrupted.
fn keep(
    stack: &mut Stack,
    config: &StackConfig,
    mut supervisor: Supervisor,
    mut watch: Option<Watch>,
) -> Result<()> {
    let mut follower = Follower::default();
    while !interrupt::requested() {
        follower.poll(stack);
        supervisor.poll(stack)?;
        if let Some(watch) = &mut watch {
            watch.poll(stack, config)?;
        }
        thread::sleep(POLL_EVERY);
    }
    Ok(())
}

fn config(options: &Options, data: &Path, backend: Backend) -> Result<StackConfig> {
    let variable = |name, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let private = StackConfig::private(data, backend)?;
    let game = options.game.clone().map(|game| ("GAME".to_owned(), game));
    // The console shows that matches continue.
    let relay_kill = ("RELAY_KILL".to_owned(), "true".to_owned());
    let traces = TRACES.iter().filter_map(|name| {
        let value = std::env::var(name).ok()?;
        Some(((*name).to_owned(), value))
    });
    Ok(StackConfig {
        port: options.port,
        relays: relays(options),
        regions: options.regions.clone(),
        logs: data.join("logs"),
        redis: match &options.redis_url {
            Some(url) => Redis::Existing(url.clone()),
            None => private.redis,
        },
        pools: pools::with_bots(&pools_json(options.game.as_deref()), options.bots)?,
        settings: variable("SETTINGS", "{}"),
        jwt_secret: secret(&data.join("jwt-secret"))?,
        admin_jwt_secret: Some(admin_secret(data)?),
        environment: game.into_iter().chain([relay_kill]).chain(traces).collect(),
        app_url: variable("APP_URL", ""),
        feedback_url: variable("FEEDBACK_URL", ""),
        origins: Origins {
            loopback: true,
            sites: options.origins.clone(),
        },
        ..private
    })
}

fn relays(options: &Options) -> u16 {
    match options.regions.as_slice() {
        [] => options.relays,
        regions => regions.iter().map(|region| region.relays).sum(),
    }
}

fn pools_json(game: Option<&str>) -> String {
    std::env::var("POOLS").unwrap_or_else(|_| pools::default(&builds::workspace(), game))
}

/// Allows one `up` per data folder, because two would write the same files.
fn lock(data: &Path) -> Result<File> {
    std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let file = File::create(data.join("lock"))
        .with_context(|| format!("cannot write in {}", data.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another `cargo xtask up` uses {}: stop it, or choose another folder with --data",
            data.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock the data folder"),
    }
}

fn empty(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot empty {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// `ADMIN_JWT_SECRET`, or a key that is stored in the data folder.
fn admin_secret(data: &Path) -> Result<String> {
    let given = std::env::var("ADMIN_JWT_SECRET").ok();
    let given = given.filter(|secret| !secret.is_empty());
    given.map_or_else(|| secret(&data.join("admin-jwt-secret")), Ok)
}

/// A key that signs tokens. It is generated once, so that a restart does not invalidate players' tokens.
fn secret(file: &Path) -> Result<String> {
    if let Ok(secret) = std::fs::read_to_string(file)
        && secret.len() == 64
    {
        return Ok(secret);
    }
    let secret = random_key()?;
    let mut open = File::options();
    open.write(true).create(true).truncate(true).mode(0o600);
    open.open(file)
        .and_then(|mut out| out.write_all(secret.as_bytes()))
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(secret)
}
