//! `up --watch`: builds what was saved, restarts the relays, and makes open pages reload.

mod changes;

use std::path::PathBuf;
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

pub(crate) use changes::Sources;
use changes::{Changes, Engines, Half};
use devstack::{Stack, StackConfig};
use devstack::{builds, command, interrupt};

use crate::games;

const POLL_EVERY: Duration = Duration::from_millis(200);
/// The most saved files that a message lists.
const NAMED_MAX: usize = 5;
/// The tag in the page while it is watched. A page that is built for deployment does not contain it.
const TAG: &str = r#"<script type="module" src="/app/reload.js"></script>"#;
const RELOAD: &str = r#"// Reloads the page when there is a new version.
const ask = () => fetch("/app/version", { cache: "no-store" }).then((answer) => (answer.ok ? answer.text() : undefined));
let known;
setInterval(async () => {
  const version = await ask().catch(() => undefined);
  if (version && known && version !== known) location.reload();
  known = version ?? known;
}, 200);
"#;

/// Finds sources that were saved since their last build.
pub(crate) struct Watch {
    changes: Changes,
    polled_at: Instant,
    building: Option<Building>,
    /// The type check of the newest page.
    checking: Option<JoinHandle<()>>,
    preparing: Option<JoinHandle<()>>,
    version: u32,
}

/// A running build, in parallel with everything else that `up` does.
struct Building {
    halves: Vec<Half>,
    began_at: Instant,
    /// The halves that were built.
    built: JoinHandle<Vec<Half>>,
}

impl Watch {
    /// Begins with the sources of the last build.
    pub(crate) fn begin(built: Sources) -> Result<Self> {
        let watch = Self {
            changes: Changes::begin(built),
            polled_at: Instant::now(),
            building: None,
            checking: None,
            preparing: Some(thread::spawn(prepare_engines)),
            version: 1,
        };
        watch.mark_page()?;
        Ok(watch)
    }

    /// Builds saved sources, and restarts the relays after a build. Build errors are printed, and the previous build
    /// keeps running. `restarted` is called when the relays are running again.
    pub(crate) fn poll(&mut self, stack: &mut Stack, config: &StackConfig) -> Result<()> {
        if let Some(building) = self.building.take_if(|it| it.built.is_finished()) {
            return self.finish(building, stack, config);
        }
        if self.building.is_some() || self.polled_at.elapsed() < POLL_EVERY {
            return Ok(());
        }
        self.polled_at = Instant::now();
        // A folder may be missing for a moment, for example while a branch is checked out.
        if let Some(job) = Sources::now().ok().and_then(|now| self.changes.next(&now)) {
            print_saved(&job.saved);
            let (halves, engines) = (job.halves.clone(), job.engines);
            self.building = Some(Building {
                halves: job.halves,
                began_at: Instant::now(),
                built: thread::spawn(move || {
                    let is_built = |half: &Half| build(*half, &engines);
                    halves.into_iter().filter(is_built).collect()
                }),
            });
        }
        Ok(())
    }

    fn finish(
        &mut self,
        building: Building,
        stack: &mut Stack,
        config: &StackConfig,
    ) -> Result<()> {
        let built = building.built.join().unwrap_or_default();
        if built.is_empty() || interrupt::requested() {
            return Ok(());
        }
        for half in &built {
            self.changes.built(*half);
        }
        if built.contains(&Half::Rust) {
            stack.restart_relays(config)?;
        }
        self.version += 1;
        self.mark_page()?;
        if built.contains(&Half::Page) {
            // After the reload, because the type check takes longer than the rest.
            self.checking = Some(thread::spawn(check_types));
        }
        if built == building.halves {
            let seconds = building.began_at.elapsed().as_secs_f32();
            eprintln!("the new version is running after {seconds:.1} s");
        } else {
            eprintln!(
                "only {} is new; the rest failed to build: see above",
                built[0]
            );
        }
        Ok(())
    }

    fn mark_page(&self) -> Result<()> {
        let page = dist().join("index.html");
        let text = std::fs::read_to_string(&page).context("the page is not built")?;
        if !text.contains(TAG) {
            std::fs::write(
                &page,
                text.replacen("</head>", &format!("{TAG}\n  </head>"), 1),
            )?;
        }
        std::fs::write(dist().join("reload.js"), RELOAD)?;
        let version = format!("{}-{}", std::process::id(), self.version);
        std::fs::write(dist().join("version"), version)?;
        Ok(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(building) = self.building.take() {
            let _ = building.built.join();
        }
        for thread in [self.checking.take(), self.preparing.take()] {
            let _ = thread.map(JoinHandle::join);
        }
        forget();
    }
}

/// Removes the tag that a watch added to the page.
pub(crate) fn forget() {
    let page = dist().join("index.html");
    if let Ok(text) = std::fs::read_to_string(&page)
        && text.contains(TAG)
    {
        let _ = std::fs::write(&page, text.replace(&format!("{TAG}\n  "), ""));
        let _ = std::fs::remove_file(dist().join("reload.js"));
        let _ = std::fs::remove_file(dist().join("version"));
    }
}

fn print_saved(files: &[PathBuf]) {
    let root = builds::workspace();
    let names: Vec<_> = (files.iter().take(NAMED_MAX))
        .map(|file| {
            file.strip_prefix(&root)
                .unwrap_or(file)
                .display()
                .to_string()
        })
        .collect();
    let more = match files.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    eprintln!("saved {}{more}", names.join(", "));
}

/// Builds a half. Returns whether that succeeded; otherwise prints why it failed.
fn build(half: Half, engines: &Engines) -> bool {
    let built = match half {
        Half::Rust => build_rust(engines),
        Half::Page => build_pages(),
    };
    if let Err(error) = &built
        && !interrupt::requested()
    {
        eprintln!("FAILED: {error:#}; the previous build keeps running");
    }
    built.is_ok()
}

/// Builds programs and engines concurrently, in different folders.
fn build_rust(engines: &Engines) -> Result<()> {
    thread::scope(|scope| {
        let engines = scope.spawn(|| build_engines(engines));
        let programs = builds::programs();
        let engines = engines
            .join()
            .map_err(|_| anyhow!("the build of the engines panicked"))?;
        programs.and(engines)
    })
}

fn build_engines(engines: &Engines) -> Result<()> {
    let mut games = games::registered(&builds::workspace())?;
    if let Engines::Of(saved) = engines {
        games.retain(|game| saved.contains(game));
    }
    if games.is_empty() {
        return Ok(());
    }
    let web = builds::workspace().join("web");
    let status = command::run(
        Command::new("node")
            .args(["scripts/wasm.mjs", "--watch"])
            .args(&games)
            .current_dir(&web),
    )?;
    if !status.success() {
        bail!("the engines do not build");
    }
    for game in games {
        let file = format!("engine-{game}.wasm");
        std::fs::copy(web.join("sdk/dist").join(&file), dist().join(&file))?;
    }
    Ok(())
}

/// Builds the dependencies of all engines. Otherwise the first saved game would wait for them.
fn prepare_engines() {
    let target = ["--target", "wasm32-unknown-unknown"];
    let build = ["build", "--quiet", "--package", "wasm", "--bin", "engine"];
    let arguments = [&build[..], &target, &["--profile", "wasm-watch"]].concat();
    // If this fails, the build of an engine fails as well and prints the reason.
    let _ = builds::cargo(&arguments).map(|mut cargo| command::run(&mut cargo));
}

/// Performs the steps of the page's script `build`, without the type check.
fn build_pages() -> Result<()> {
    for script in ["../scripts/games.mjs", "build.mjs"] {
        let mut node = Command::new("node");
        let folder = builds::workspace().join("web/demo");
        let status = command::run(node.arg(script).current_dir(folder))?;
        if !status.success() {
            bail!("the page does not build");
        }
    }
    Ok(())
}

fn check_types() {
    let web = builds::workspace().join("web");
    let mut tsc = Command::new("node_modules/.bin/tsc");
    tsc.args(["--noEmit", "--pretty", "false", "-p", "demo/tsconfig.json"]);
    if let Ok(status) = command::run(tsc.current_dir(web))
        && !status.success()
    {
        eprintln!("the types of the page have errors, see above; the page runs anyway");
    }
}

fn dist() -> PathBuf {
    builds::workspace().join("web/demo/dist")
}
