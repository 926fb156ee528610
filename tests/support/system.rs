//! A running system of real parts: one that most tests share, each in a pool of its own, or one for a test that breaks it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};

use serde_json::{Map, json};
use xtask::stack::process::Process;
use xtask::stack::{Redis, Stack, StackConfig};
use xtask::{builds, install};

/// Pools of the shared system; a test takes the next one.
const POOLS: u32 = 60;

/// The key of all tokens in tests.
pub const JWT_SECRET: &str = "a secret of at least thirty-two bytes, for tests";

static SHARED: Mutex<Weak<System>> = Mutex::new(Weak::new());
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A system, ended with everything it started when the last holder lets it go.
pub struct System {
    /// The front door.
    pub url: String,
    stack: Option<Stack>,
    next_pool: AtomicU32,
    /// Children are told to end when the thread that started them ends: so one thread stays as long as they do.
    keeper: Option<(Sender<()>, JoinHandle<()>)>,
}

/// What differs from the shared system.
#[derive(Clone, Debug)]
pub struct Options {
    /// `POOLS`.
    pub pools: String,
    /// `SETTINGS` of the relays.
    pub settings: String,
    /// How many relays.
    pub relays: u32,
    /// Further variables of every process.
    pub environment: Vec<(String, String)>,
    /// A hosted front end.
    pub app_url: String,
    /// A hosted feedback page.
    pub feedback_url: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pools: r#"{"main":{"countdown_ms":300}}"#.to_owned(),
            settings: r#"{"match_seconds":3}"#.to_owned(),
            relays: 1,
            environment: Vec::new(),
            app_url: String::new(),
            feedback_url: String::new(),
        }
    }
}

impl System {
    /// The system that tests share: two relays, short countdowns, matches of three seconds.
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(system) = shared.upgrade() {
            return system;
        }
        let pools: Map<_, _> = (0..POOLS)
            .map(|n| (format!("pool-{n}"), json!({ "countdown_ms": 300 })))
            .collect();
        let system = Arc::new(Self::start(Options {
            pools: json!(pools).to_string(),
            relays: 2,
            ..Options::default()
        }));
        *shared = Arc::downgrade(&system);
        system
    }

    /// A system of one's own.
    pub fn start(options: Options) -> Self {
        let (stop, stopped) = channel();
        let (started, start) = channel();
        let keeper = thread::spawn(move || {
            let _ = started.send(stack(options));
            let _ = stopped.recv();
        });
        let stack = start
            .recv()
            .expect("the keeper says how it went")
            .unwrap_or_else(|error| panic!("the system does not start: {error:#}"));
        Self {
            url: stack.url.clone(),
            stack: Some(stack),
            next_pool: AtomicU32::new(0),
            keeper: Some((stop, keeper)),
        }
    }

    /// A pool of the shared system that nobody else uses.
    pub fn pool(&self) -> String {
        let n = self.next_pool.fetch_add(1, Ordering::Relaxed);
        assert!(n < POOLS, "all {POOLS} pools are taken");
        format!("pool-{n}")
    }

    /// The processes and their addresses.
    pub fn stack(&self) -> &Stack {
        self.stack.as_ref().expect("there is a stack until the end")
    }

    /// The processes, to break them.
    pub fn stack_mut(&mut self) -> &mut Stack {
        self.stack.as_mut().expect("there is a stack until the end")
    }

    /// A process by its name.
    pub fn process(&self, name: &str) -> &Process {
        self.stack()
            .process(name)
            .unwrap_or_else(|| panic!("no process {name}"))
    }

    /// Nothing anybody sent may make a process panic.
    fn panics(&self) -> Vec<String> {
        let logs = self.stack().processes().iter().filter_map(|process| {
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
        if thread::panicking() {
            for process in self.stack().processes() {
                eprintln!("{}:{}", process.name, process.last_lines());
            }
        }
        drop(self.stack.take());
        if let Some((stop, keeper)) = self.keeper.take() {
            drop(stop);
            let _ = keeper.join();
        }
        assert!(panics.is_empty() || thread::panicking(), "{panics:?}");
    }
}

/// A folder of this test's own, under the target folder.
pub fn own_folder(kind: &str) -> PathBuf {
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let target = builds::binaries().expect("this program is in a target folder");
    target.join(format!("../tmp/{kind}-{}-{n}", std::process::id()))
}

fn stack(options: Options) -> anyhow::Result<Stack> {
    let run_dir = own_folder("stack");
    std::fs::create_dir_all(&run_dir)?;
    let run_dir = run_dir.canonicalize()?;
    Stack::start(&StackConfig {
        workspace: builds::workspace(),
        binaries: builds::binaries()?,
        cargo_lambda: install::cargo_lambda(false)?,
        port: 0,
        relays: options.relays,
        redis: Redis::Private(run_dir.join("redis")),
        run_dir,
        pools: options.pools,
        settings: options.settings,
        jwt_secret: JWT_SECRET.to_owned(),
        environment: options.environment,
        app_url: options.app_url,
        feedback_url: options.feedback_url,
    })
}
