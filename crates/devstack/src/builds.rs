//! Builds the programs with cargo and the pages with npm.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::command;

/// The repository from which this program was built.
pub fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package).to_owned()
}

/// The folder into which this program, and therefore every other one, was built: `target/debug`, regardless of
/// `CARGO_TARGET_DIR`.
pub fn binaries() -> Result<PathBuf> {
    let program = std::env::current_exe().context("cannot find the path of this program")?;
    let mut folder = program.parent().context("this program has no folder")?;
    if folder.ends_with("deps") {
        folder = folder
            .parent()
            .context("this program has no target folder")?;
    }
    Ok(folder.to_owned())
}

/// The target folder of a build that shares nothing with other builds.
pub fn own_folder(name: &str) -> Result<PathBuf> {
    Ok(binaries()?.join(name))
}

/// A cargo command that uses the target folder of this program.
pub fn cargo(arguments: &[&str]) -> Result<Command> {
    let binaries = binaries()?;
    let target = binaries
        .parent()
        .context("this program has no target folder")?;
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(arguments)
        .current_dir(workspace())
        .env("CARGO_TARGET_DIR", target);
    for (name, _) in std::env::vars_os() {
        if is_of_this_program(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// Whether cargo set this variable to describe this program. Some build scripts depend on such variables (ring's
/// does): if a build inherited them, these scripts and everything that depends on them would be rebuilt after each
/// plain `cargo build`.
fn is_of_this_program(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_") || variable.starts_with("CARGO_MANIFEST_")
}

/// The programs of a system.
const PROGRAMS: [&str; 5] = ["bots", "functions", "gateway", "relay", "runtime"];

/// Builds the programs. At the same time, installs what is missing, which mostly waits for the network, and then
/// builds the pages. Returns the result of `install`.
pub fn everything<T: Send>(install: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let install_and_pages = || {
        let installed = install()?;
        pages()?;
        Ok(installed)
    };
    thread::scope(|scope| {
        // Printed immediately, because the build of the programs may take minutes more.
        let show = |error: &anyhow::Error| eprintln!("error: {error:#}");
        let pages = scope.spawn(move || install_and_pages().inspect_err(show));
        let programs = programs();
        let Ok(installed) = pages.join() else {
            bail!("the build of the pages panicked");
        };
        programs.and(installed)
    })
}

/// Builds the programs of a system, without checkers and benchmarks.
pub fn programs() -> Result<()> {
    eprintln!("building the programs");
    build(&mut binary(&PROGRAMS)?)
}

/// The command that builds these programs. With `--workspace`, cargo builds each dependency with the features that
/// all packages need together, so that a build of other programs does not rebuild it.
pub fn binary(names: &[&str]) -> Result<Command> {
    let mut cargo = cargo(&["build", "--workspace"])?;
    for name in names {
        cargo.args(["--bin", name]);
    }
    Ok(cargo)
}

/// Runs a build until it ends.
pub fn build(cargo: &mut Command) -> Result<()> {
    if !command::run(cargo)?.success() {
        bail!("the build failed: see the output of cargo above");
    }
    Ok(())
}

/// The flags of cargo that select these packages.
pub fn selection<'a>(packages: &[&'a str]) -> impl Iterator<Item = &'a str> {
    packages.iter().flat_map(|name| ["--package", name])
}

/// Builds the pages if a source file is newer than the last build, or if `up --watch` built an engine, because those
/// engines are larger.
pub fn pages() -> Result<()> {
    let web = workspace().join("web");
    // The last file that the build writes.
    let built = web.join("demo/dist/index.html");
    // The pages contain the games as WebAssembly.
    let parts = [
        "web",
        "games",
        "crates/game",
        "crates/netclient",
        "crates/protocol",
    ];
    let mut youngest = None;
    for part in parts {
        youngest = youngest.max(newest(&workspace().join(part))?);
    }
    let is_watched = web.join("sdk/dist/watched").exists();
    let is_whole = web.join("console/dist/console.html").exists();
    if modified(&built) > youngest && is_whole && !is_watched {
        return Ok(());
    }
    eprintln!("building the pages");
    let mut npm = Command::new("npm");
    let (status, output) = command::capture(npm.args(["run", "build"]).current_dir(&web))?;
    if !status.success() {
        bail!("the build of the pages failed:\n{output}");
    }
    Ok(())
}

/// When a file was last changed; None if it does not exist.
pub fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|data| data.modified()).ok()
}

/// When the newest source file under this folder was last changed.
fn newest(folder: &Path) -> Result<Option<SystemTime>> {
    let mut youngest = None;
    for entry in
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        let made = path.ends_with("node_modules") || path.ends_with("dist");
        let changed = match (made, path.is_dir()) {
            (true, _) => None,
            (false, true) => newest(&path)?,
            (false, false) => modified(&path),
        };
        youngest = youngest.max(changed);
    }
    Ok(youngest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_gets_no_variables_of_the_program_that_runs_it() {
        let cargo = cargo(&["version"]).expect("a command");
        let variables: Vec<_> = cargo.get_envs().collect();
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR"] {
            assert!(std::env::var_os(name).is_some(), "{name}: cargo sets it");
            assert!(variables.contains(&(name.as_ref(), None)), "{name}");
        }
    }
}
