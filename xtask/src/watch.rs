//! `up --watch`: what was saved is built, the relays play it, and pages reload by themselves.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow, bail};

use crate::stack::{Stack, StackConfig};
use crate::{builds, command, interrupt};

const LOOK_EVERY: Duration = Duration::from_millis(200);
/// What the game is made of: who saves here wants to see it.
const FOLDERS: [&str; 10] = [
    "crates/arena",
    "crates/bots",
    "crates/game",
    "crates/netclient",
    "crates/protocol",
    "crates/room",
    "examples",
    "relay/src",
    "web/demo",
    "web/wasm",
];
/// In the page while it is watched. Nothing of it is in a page that is built to be served.
const TAG: &str = r#"<script type="module" src="/app/reload.js"></script>"#;
const RELOAD: &str = r#"// Reloads the page when a new version is there.
const ask = () => fetch("/app/version", { cache: "no-store" }).then((answer) => (answer.ok ? answer.text() : undefined));
let known;
setInterval(async () => {
  const version = await ask().catch(() => undefined);
  if (version && known && version !== known) location.reload();
  known = version ?? known;
}, 200);
"#;

/// Looks for what was saved since the last look.
pub struct Watch {
    newest: Option<SystemTime>,
    looked_at: Instant,
    version: u32,
}

impl Watch {
    /// Begins with what is built now.
    pub fn begin() -> Result<Self> {
        let watch = Self {
            newest: newest()?.map(|(_, at)| at),
            looked_at: Instant::now(),
            version: 1,
        };
        watch.mark_page()?;
        Ok(watch)
    }

    /// Builds and restarts what was saved; what does not build is said, and what was built before runs on. `restarted` is
    /// called once the relays are there again.
    pub fn look(
        &mut self,
        stack: &mut Stack,
        config: &StackConfig,
        restarted: impl FnOnce(&mut Stack) -> Result<()>,
    ) -> Result<()> {
        if self.looked_at.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        self.looked_at = Instant::now();
        let Some((file, at)) = newest()?.filter(|(_, at)| Some(*at) > self.newest) else {
            return Ok(());
        };
        let began_at = Instant::now();
        self.newest = Some(at);
        eprintln!("saved {}", file.display());
        let is_rust = file
            .extension()
            .is_some_and(|end| end == "rs" || end == "toml");
        let built = if is_rust { build_rust() } else { build_pages() };
        if let Err(error) = built {
            interrupt::check()?;
            eprintln!("{error:#}; what was built before runs on");
            return Ok(());
        }
        if is_rust {
            stack.restart_relays(config)?;
            restarted(stack)?;
        }
        self.version += 1;
        self.mark_page()?;
        eprintln!(
            "played anew after {:.1} s",
            began_at.elapsed().as_secs_f32()
        );
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
        forget();
    }
}

/// Takes out of the page what a watch put in.
pub fn forget() {
    let page = dist().join("index.html");
    if let Ok(text) = std::fs::read_to_string(&page)
        && text.contains(TAG)
    {
        let _ = std::fs::write(&page, text.replace(&format!("{TAG}\n  "), ""));
        let _ = std::fs::remove_file(dist().join("reload.js"));
        let _ = std::fs::remove_file(dist().join("version"));
    }
}

/// Both halves of the game, side by side: they build in different folders.
fn build_rust() -> Result<()> {
    let engine = thread::spawn(build_engine);
    let programs = builds::programs();
    let engine = engine
        .join()
        .map_err(|_| anyhow!("the build of the engine broke"))?;
    programs.and(engine)
}

fn build_engine() -> Result<()> {
    let web = builds::workspace().join("web");
    let status = command::run(
        Command::new("node")
            .arg("scripts/wasm.mjs")
            .current_dir(&web),
    )?;
    if !status.success() {
        bail!("the engine does not build");
    }
    std::fs::copy(
        web.join("sdk/dist/skirmish.wasm"),
        dist().join("skirmish.wasm"),
    )?;
    Ok(())
}

fn build_pages() -> Result<()> {
    let web = builds::workspace().join("web");
    let mut npm = Command::new("npm");
    let status = command::run(
        npm.args(["run", "--silent", "build", "-w", "skirmish-demo"])
            .current_dir(web),
    )?;
    if !status.success() {
        bail!("the page does not build");
    }
    Ok(())
}

fn dist() -> PathBuf {
    builds::workspace().join("web/demo/dist")
}

/// The file that was saved last.
fn newest() -> Result<Option<(PathBuf, SystemTime)>> {
    let mut found = None;
    for folder in FOLDERS {
        newest_in(&builds::workspace().join(folder), &mut found)?;
    }
    Ok(found)
}

fn newest_in(folder: &Path, found: &mut Option<(PathBuf, SystemTime)>) -> Result<()> {
    for entry in
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        let is_made = ["node_modules", "dist", "tests", "target"]
            .iter()
            .any(|name| path.ends_with(name));
        if is_made {
            continue;
        }
        if path.is_dir() {
            newest_in(&path, found)?;
            continue;
        }
        let is_source = path.extension().is_some_and(|end| {
            ["rs", "toml", "ts", "css", "html"]
                .iter()
                .any(|source| end == *source)
        });
        let Some(at) = builds::modified(&path).filter(|_| is_source) else {
            continue;
        };
        if found.as_ref().is_none_or(|(_, newest)| at > *newest) {
            *found = Some((path, at));
        }
    }
    Ok(())
}
