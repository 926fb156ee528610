//! A running system of real parts: one that most tests share, each in a separate pool, or one for a test that breaks
//! it.
//!
//! `SKIRMISH_URL` names a system that was just started with the settings that the program `settings` prints. Then
//! tests share it, `JWT_SECRET` is the key of its tokens, `SKIRMISH_RELAYS` names its relays, and no other system is
//! started.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use devstack::process::{self, Process};
use devstack::redis::Clock;
use devstack::{Backend, Redis, Stack, StackConfig};
use devstack::{builds, install};
use serde_json::{Map, Value, json};

use testkit::PATIENCE;

/// A kind of pool of the shared system; each test takes a pool that no other test uses.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    name: &'static str,
    count: u32,
    /// The countdown with three or four players.
    pub countdown_ms: u64,
    /// How long a room waits for players.
    pub room_ttl_ms: u64,
    /// How long a player may be without a sign of life.
    pub player_ttl_ms: u64,
}

/// Matches start as soon as possible.
pub const QUICK: Kind = Kind {
    name: "quick",
    count: 48,
    countdown_ms: 300,
    room_ttl_ms: 600_000,
    player_ttl_ms: 300_000,
};
/// No countdown ends within a test.
pub const SLOW: Kind = Kind {
    name: "slow",
    count: 8,
    countdown_ms: 60_000,
    ..QUICK
};
/// Rooms end soon.
pub const BRIEF: Kind = Kind {
    name: "brief",
    count: 2,
    room_ttl_ms: 1_000,
    ..QUICK
};
/// Players without a sign of life are removed soon.
pub const FADING: Kind = Kind {
    name: "fading",
    count: 2,
    player_ttl_ms: 1_000,
    ..QUICK
};
const KINDS: [Kind; 4] = [QUICK, SLOW, BRIEF, FADING];

/// The key of all tokens in systems that tests start.
pub const JWT_SECRET: &str = "a secret of at least thirty-two bytes, for tests";

/// The key of operators' tokens in systems that tests start.
pub const ADMIN_JWT_SECRET: &str = "another secret of at least thirty-two bytes, for tests";

static SHARED: Mutex<Weak<System>> = Mutex::new(Weak::new());
/// The number of pools of each kind that were taken. They are never returned, because a deployment outlives its
/// tests.
static TAKEN: Mutex<BTreeMap<&str, u32>> = Mutex::new(BTreeMap::new());
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A system. Its processes end when the last reference is dropped.
pub struct System {
    /// The front door.
    pub url: String,
    /// None: a deployment, which is reached only through its front door.
    stack: Option<Stack>,
    bots: Vec<Process>,
    /// The thread that started the children. A child gets a signal when that thread ends, so it waits until the
    /// system ends.
    owner: Option<(Sender<()>, JoinHandle<()>)>,
}

/// The differences from the shared system.
#[derive(Clone, Debug)]
pub struct Options {
    /// `POOLS`.
    pub pools: String,
    /// `SETTINGS` of the relays.
    pub settings: String,
    /// The number of relays.
    pub relays: u16,
    /// Whether functions poll the runtime directly, without `cargo lambda watch`. `SKIRMISH_RUNTIME=own` sets it for
    /// every system.
    pub own_runtime: bool,
    /// Whether it uses a Redis Cluster of three primaries.
    pub cluster: bool,
    /// The clock of Redis.
    pub clock: Option<Clock>,
    /// Additional environment variables of every process.
    pub environment: Vec<(String, String)>,
    /// The address of a hosted front end.
    pub app_url: String,
    /// The address of a hosted feedback page.
    pub feedback_url: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pools: r#"{"main":{"countdown_ms":300}}"#.to_owned(),
            settings: r#"{"match_seconds":8}"#.to_owned(),
            relays: 1,
            own_runtime: std::env::var("SKIRMISH_RUNTIME").is_ok_and(|runtime| runtime == "own"),
            cluster: false,
            clock: None,
            environment: Vec::new(),
            app_url: String::new(),
            feedback_url: String::new(),
        }
    }
}

impl System {
    /// The system that tests share: a deployment, or one with two relays, short countdowns and short matches.
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(system) = shared.upgrade() {
            return system;
        }
        let system = Arc::new(if deployment().is_some() {
            Self::deployed()
        } else {
            Self::start(Options {
                pools: pools(),
                relays: 2,
                ..Options::default()
            })
        });
        *shared = Arc::downgrade(&system);
        system
    }

    /// A system for one test.
    pub fn start(options: Options) -> Self {
        assert!(
            deployment().is_none(),
            "this test starts a system, but SKIRMISH_URL names one; the tests that can use it: --test it outside::"
        );
        let (stop, stopped) = channel();
        let (started, start) = channel();
        let owner = thread::spawn(move || {
            let _ = started.send(stack(options));
            let _ = stopped.recv();
        });
        let stack = start
            .recv()
            .expect("the thread sends its result")
            .unwrap_or_else(|error| panic!("the system does not start: {error:#}"));
        Self {
            url: stack.url.clone(),
            stack: Some(stack),
            bots: Vec::new(),
            owner: Some((stop, owner)),
        }
    }

    /// The system that `SKIRMISH_URL` names.
    pub(crate) fn deployed() -> Self {
        Self {
            url: deployment().expect("SKIRMISH_URL"),
            stack: None,
            bots: Vec::new(),
            owner: None,
        }
    }

    /// A pool of the shared system for one test, where matches start soon.
    pub fn pool(&self) -> String {
        self.pool_of(QUICK)
    }

    /// A pool of this kind of the shared system for one test.
    pub fn pool_of(&self, kind: Kind) -> String {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let n = taken.entry(kind.name).or_default();
        assert!(
            *n < kind.count,
            "all {} {} pools are taken",
            kind.count,
            kind.name
        );
        *n += 1;
        format!("{}-{n}", kind.name)
    }

    /// The processes and their addresses.
    pub fn stack(&self) -> &Stack {
        self.stack
            .as_ref()
            .expect("a system that this test started")
    }

    /// The processes, for a test that breaks them.
    pub fn stack_mut(&mut self) -> &mut Stack {
        self.stack
            .as_mut()
            .expect("a system that this test started")
    }

    /// Starts this number of bots, which join players who wait in `main`.
    pub fn add_bots(&mut self, count: u32) {
        self.add_bots_to(&["main"], count);
    }

    /// Like `add_bots`, for each of these pools.
    pub fn add_bots_to(&mut self, pools: &[&str], count: u32) {
        let program = builds::binaries()
            .expect("this program is in a target folder")
            .join("bots");
        let logs = own_folder("bots");
        std::fs::create_dir_all(&logs).expect("a folder");
        let bots = Process::start("bots", &program, &logs, |command| {
            command.args(["--url", &self.url, "--keep-waiting", &count.to_string()]);
            command.args(pools.iter().flat_map(|pool| ["--pool", pool]));
        });
        self.bots
            .push(bots.unwrap_or_else(|error| panic!("{error:#}")));
    }

    /// The names of its relays. For a deployment, `SKIRMISH_RELAYS` has them, separated by commas.
    pub fn relays(&self) -> Vec<String> {
        let Some(stack) = &self.stack else {
            let relays = std::env::var("SKIRMISH_RELAYS").expect("SKIRMISH_RELAYS");
            return relays.split(',').map(str::to_owned).collect();
        };
        stack.relays.iter().map(|(name, _)| name.clone()).collect()
    }

    /// A process by its name.
    pub fn process(&self, name: &str) -> &Process {
        self.stack()
            .process(name)
            .unwrap_or_else(|| panic!("no process {name}"))
    }

    fn processes(&self) -> impl Iterator<Item = &Process> {
        let of_stack = self.stack.as_ref().map_or(&[][..], Stack::processes);
        of_stack.iter().chain(&self.bots)
    }

    /// The panics in the logs. No request may make a process panic.
    fn panics(&self) -> Vec<String> {
        let logs = self.processes().filter_map(|process| {
            let text = std::fs::read(&process.log).ok()?;
            let text = String::from_utf8_lossy(&text).into_owned();
            let line = text.lines().find(|line| line.contains("panicked at"))?;
            Some(format!("{}: {line}", process.name))
        });
        logs.collect()
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let panics = self.panics();
        process::end(&mut self.bots, PATIENCE);
        if thread::panicking() {
            for process in self.processes() {
                eprintln!("{}:{}", process.name, process.last_lines());
            }
        }
        for folder in self.bots.iter().filter_map(|bots| bots.log.parent()) {
            let _ = std::fs::remove_dir_all(folder);
        }
        drop(self.stack.take());
        if let Some((stop, owner)) = self.owner.take() {
            drop(stop);
            let _ = owner.join();
        }
        assert!(panics.is_empty() || thread::panicking(), "{panics:?}");
    }
}

/// The environment of a deployment that tests can share, as lines.
pub fn settings() -> String {
    // Other tests also play in it, so matches are longer.
    format!("POOLS={}\nSETTINGS={{\"match_seconds\":20}}", pools())
}

/// The front door of an already running system.
pub(crate) fn deployment() -> Option<String> {
    let url = std::env::var("SKIRMISH_URL").ok()?;
    Some(url.trim_end_matches('/').to_owned())
}

/// A new folder for one test, under the target folder.
pub fn own_folder(kind: &str) -> PathBuf {
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let target = builds::binaries().expect("this program is in a target folder");
    target.join(format!("../tmp/{kind}-{}-{n}", std::process::id()))
}

/// `POOLS` of the system that tests share; `main` is for one test at a time (`MainPool`).
fn pools() -> String {
    let mut pools: Map<_, _> = KINDS.iter().flat_map(of_kind).collect();
    pools.insert(
        "main".to_owned(),
        json!({ "countdown_ms": 1_000, "watch": "all" }),
    );
    json!(pools).to_string()
}

fn of_kind(kind: &Kind) -> impl Iterator<Item = (String, Value)> + use<> {
    let kind = *kind;
    (1..=kind.count).map(move |n| {
        let settings = json!({
            "countdown_ms": kind.countdown_ms,
            "room_ttl_ms": kind.room_ttl_ms,
            "player_ttl_ms": kind.player_ttl_ms,
            "watch": "all",
        });
        (format!("{}-{n}", kind.name), settings)
    })
}

fn stack(options: Options) -> anyhow::Result<Stack> {
    let run_dir = own_folder("stack");
    std::fs::create_dir_all(&run_dir)?;
    let run_dir = run_dir.canonicalize()?;
    let backend = if options.own_runtime {
        Backend::Own
    } else {
        Backend::CargoLambda(install::cargo_lambda(false)?)
    };
    let private = StackConfig::private(&run_dir, backend)?;
    Stack::start(&StackConfig {
        relays: options.relays,
        redis: if options.cluster {
            Redis::Cluster(run_dir.join("redis"))
        } else {
            private.redis
        },
        clock: options.clock,
        run_dir,
        pools: options.pools,
        settings: options.settings,
        jwt_secret: JWT_SECRET.to_owned(),
        admin_jwt_secret: Some(ADMIN_JWT_SECRET.to_owned()),
        environment: options.environment,
        app_url: options.app_url,
        feedback_url: options.feedback_url,
        ..private
    })
}
