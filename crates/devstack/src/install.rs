//! Finds the programs that the system needs, and installs the missing ones.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::builds::{modified, workspace};
use crate::command::{self, find};
use crate::{redis, versions};

const NODE_MAJOR_MIN: u32 = 18;

/// The programs that a command needs in addition to those of every system.
#[derive(Clone, Copy)]
pub struct Needs {
    /// The server of a private Redis; otherwise only the client.
    pub redis_server: bool,
    /// A browser for the tests.
    pub browser: bool,
    /// Prometheus, and the program that checks its rules.
    pub prometheus: bool,
}

/// The Debian packages of the programs that are missing.
fn missing(needs: Needs) -> Vec<&'static str> {
    let redis = if needs.redis_server {
        ("redis-server", "redis-server")
    } else {
        ("redis-cli", "redis-tools")
    };
    let mut programs = vec![
        redis,
        ("nginx", "nginx"),
        ("node", "nodejs"),
        ("npm", "npm"),
    ];
    if needs.browser {
        programs.extend([("chromium", "chromium"), ("python3", "python3")]);
    }
    if needs.prometheus {
        programs.push(("prometheus", "prometheus"));
    }
    programs
        .into_iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| package)
        .collect()
}

/// Errors: a program is missing and cannot be installed here. The error says how to install it.
pub fn check(needs: Needs, allowed: bool) -> Result<()> {
    let packages = missing(needs);
    if packages.is_empty() {
        return Ok(());
    }
    check_apt(&packages, allowed)
}

/// Installs what is missing if that is allowed; otherwise the error says how to install it. Returns the path of
/// `cargo-lambda`.
pub fn all(needs: Needs, allowed: bool) -> Result<PathBuf> {
    all_but_cargo_lambda(needs, allowed)?;
    cargo_lambda(allowed)
}

/// Like [`all`], for a system whose functions run without `cargo-lambda`.
pub fn all_but_cargo_lambda(needs: Needs, allowed: bool) -> Result<()> {
    let packages = missing(needs);
    if !packages.is_empty() {
        packages_of_debian(&packages, allowed)?;
    }
    check_versions(needs)?;
    check_node()?;
    npm_packages(&workspace().join("web"), allowed)
}

fn check_versions(needs: Needs) -> Result<()> {
    if let Some(nginx) = find("nginx") {
        versions::check_nginx(&nginx)?;
    }
    let redis = redis::program().filter(|_| needs.redis_server);
    redis.map_or(Ok(()), |redis| versions::check_redis_server(&redis))
}

/// `valgrind`, which counts instructions.
pub fn valgrind(allowed: bool) -> Result<()> {
    match find("valgrind") {
        Some(_) => Ok(()),
        None => packages_of_debian(&["valgrind"], allowed),
    }
}

/// Installs the npm packages of the lock file if they are missing or older than it.
pub fn npm_packages(folder: &Path, allowed: bool) -> Result<()> {
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&folder.join("package-lock.json")) {
        return Ok(());
    }
    let shown = folder.display();
    if !allowed {
        bail!("the npm packages are missing. Run: (cd {shown} && npm ci)");
    }
    eprintln!("installing the npm packages");
    let status = command::run(Command::new("npm").arg("ci").current_dir(folder))?;
    if !status.success() {
        bail!("npm ci failed in {shown}: see the output of npm above");
    }
    Ok(())
}

fn check_apt(packages: &[&str], allowed: bool) -> Result<()> {
    let list = packages.join(" ");
    if find("apt-get").is_none() {
        bail!("missing: {list}. Install them with the package manager of this system");
    }
    if !allowed || !nix::unistd::geteuid().is_root() {
        bail!("missing: {list}. Run: sudo apt-get install -y {list}");
    }
    Ok(())
}

fn packages_of_debian(packages: &[&str], allowed: bool) -> Result<()> {
    check_apt(packages, allowed)?;
    let list = packages.join(" ");
    eprintln!("installing {list}");
    apt_get(&["update", "-q"])?;
    if !apt_get(&[&["install", "-y", "--no-install-recommends"], packages].concat())? {
        bail!("apt-get could not install {list}: see its output above");
    }
    Ok(())
}

fn apt_get(arguments: &[&str]) -> Result<bool> {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // In runlevel 1, the packages do not start their services, which use the default ports.
        .env("RUNLEVEL", "1");
    Ok(command::run(&mut command)?.success())
}

fn check_node() -> Result<()> {
    let version =
        command::output(Command::new("node").arg("--version")).context("node does not run")?;
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|text| text.parse().ok());
    if major < Some(NODE_MAJOR_MIN) {
        bail!("node {version} is too old to build the pages; {NODE_MAJOR_MIN} or later is needed");
    }
    Ok(())
}

/// `cargo-lambda`: from PATH, or from the tools of this repository, where it is installed if
/// necessary.
pub fn cargo_lambda(allowed: bool) -> Result<PathBuf> {
    let tools = tools();
    let ours = [
        tools.join("venv/bin/cargo-lambda"),
        tools.join("bin/cargo-lambda"),
    ];
    let found = || {
        find("cargo-lambda")
            .into_iter()
            .chain(ours.clone())
            .find(|file| runs(file, &["lambda", "--version"]))
    };
    if let Some(file) = found() {
        return Ok(file);
    }
    if !allowed {
        bail!(
            "cargo-lambda is missing. Run: pip install cargo-lambda, or: cargo install --locked cargo-lambda"
        );
    }
    eprintln!("installing cargo-lambda");
    if !pip_install(&["cargo-lambda"])? {
        from_source("cargo-lambda")?;
    }
    found().context("cargo-lambda was installed, but does not run")
}

/// `cargo-deny`: from PATH, or from the tools of this repository, where it is built if necessary.
pub fn cargo_deny(allowed: bool) -> Result<PathBuf> {
    let ours = tools().join("bin/cargo-deny");
    let found = || find("cargo-deny").or_else(|| ours.is_file().then(|| ours.clone()));
    if let Some(file) = found() {
        return Ok(file);
    }
    if !allowed {
        bail!("cargo-deny is missing. Run: cargo install --locked cargo-deny");
    }
    from_source("cargo-deny")?;
    found().context("cargo-deny was installed, but is missing")
}

/// A Python with the modules that the third-party client of the tests imports.
pub fn python(allowed: bool) -> Result<PathBuf> {
    let python = tools().join("venv/bin/python");
    let ready =
        || command::output(Command::new(&python).args(["-c", "import websockets"])).is_some();
    if ready() {
        return Ok(python);
    }
    let requirements = workspace().join("tests/external/client/requirements.txt");
    let requirements = requirements.to_string_lossy();
    if !allowed || !pip_install(&["-r", &requirements])? {
        bail!("the third-party client needs: pip install -r {requirements}");
    }
    Ok(python)
}

/// The folder of `cfn-lint` and `sam`, which check the templates of AWS.
pub fn aws_tools(allowed: bool) -> Result<PathBuf> {
    let folder = tools().join("venv/bin");
    let ready = || {
        ["cfn-lint", "sam"]
            .iter()
            .all(|program| runs(&folder.join(program), &["--version"]))
    };
    if ready() {
        return Ok(folder);
    }
    if !allowed || !pip_install(&["cfn-lint", "aws-sam-cli"])? || !ready() {
        bail!("the check of the templates needs: pip install cfn-lint aws-sam-cli");
    }
    Ok(folder)
}

/// `kubernetes-validate`, which has the schemas of Kubernetes.
pub fn kubernetes_validate(allowed: bool) -> Result<PathBuf> {
    let program = tools().join("kubernetes/bin/kubernetes-validate");
    if runs(&program, &["--version"]) {
        return Ok(program);
    }
    // In its own environment, like schemathesis.
    if !allowed || !pip_install_in("kubernetes", &["kubernetes-validate==1.37.0"])? {
        bail!("the check of the manifests needs: pip install kubernetes-validate");
    }
    Ok(program)
}

/// `schemathesis`, which generates requests from the document of the HTTP API.
pub fn schemathesis(allowed: bool) -> Result<PathBuf> {
    let program = tools().join("schemathesis/bin/schemathesis");
    if runs(&program, &["--version"]) {
        return Ok(program);
    }
    // In its own environment, because its dependencies conflict with those of other tools.
    if !allowed || !pip_install_in("schemathesis", &["schemathesis==4.32.5"])? {
        bail!("the generated requests need: pip install schemathesis");
    }
    Ok(program)
}

/// The Autobahn test suite: the Python 2.7 that it requires, and the folder of its packages.
pub fn autobahn(allowed: bool) -> Result<(PathBuf, PathBuf)> {
    if allowed && python2().is_none() && find("pyenv").is_some() {
        command::run(Command::new("pyenv").args(["install", AUTOBAHN_PYTHON]))?;
    }
    let python = python2().with_context(|| {
        format!("Autobahn needs Python 2.7. Run: pyenv install {AUTOBAHN_PYTHON}")
    })?;
    let folder = tools().join("autobahn");
    if folder.join("autobahntestsuite").is_dir() {
        return Ok((python, folder));
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--target"])
        .arg(&folder)
        .arg("autobahntestsuite==25.10.1");
    if !allowed || !command::run(&mut pip)?.success() {
        bail!(
            "Autobahn is missing. Run: {} -m pip install --target {} autobahntestsuite",
            python.display(),
            folder.display()
        );
    }
    Ok((python, folder))
}

/// The last release of Python 2.
const AUTOBAHN_PYTHON: &str = "2.7.18";

fn python2() -> Option<PathBuf> {
    let pyenv = command::output(Command::new("pyenv").args(["prefix", AUTOBAHN_PYTHON]));
    let theirs = pyenv.map(|prefix| Path::new(&prefix).join("bin/python2.7"));
    // pyenv puts a program with this name on PATH that is not a Python.
    let runs = |file: &PathBuf| command::output(Command::new(file).args(["-c", ""])).is_some();
    theirs.into_iter().chain(find("python2.7")).find(runs)
}

/// Installs what builds and runs the functions for arm64 on this machine: Rust's standard library, an emulator with a
/// C library, and the linker zig. Returns the folder of zig.
pub fn arm_tools(allowed: bool) -> Result<PathBuf> {
    let folder = tools().join("venv/bin");
    let has_zig = folder.join("python-zig").is_file();
    if !(has_zig || allowed && pip_install(&["ziglang"])?) {
        bail!("building for arm64 needs: pip install ziglang");
    }
    rust_target("aarch64-unknown-linux-gnu", allowed)?;
    if find("qemu-aarch64").is_none() || !Path::new(ARM_LIBRARIES).is_dir() {
        packages_of_debian(
            &["qemu-user", "libc6-arm64-cross", "libgcc-s1-arm64-cross"],
            allowed,
        )?;
    }
    Ok(folder)
}

/// Installs what builds static programs and runs them with docker compose.
pub fn containers(allowed: bool) -> Result<()> {
    let needed = [
        ("docker", "docker.io"),
        ("docker-compose", "docker-compose"),
        ("debootstrap", "debootstrap"),
        ("musl-gcc", "musl-tools"),
    ];
    let missing = needed.iter().filter(|(program, _)| find(program).is_none());
    let missing: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if !missing.is_empty() {
        packages_of_debian(&missing, allowed)?;
    }
    rust_target("x86_64-unknown-linux-musl", allowed)
}

/// Installs Rust's standard library for another target with rustup, if that is installed.
fn rust_target(target: &str, allowed: bool) -> Result<()> {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", target]);
    if allowed && find("rustup").is_some() && !command::run(&mut rustup)?.success() {
        bail!("building for {target} needs: rustup target add {target}");
    }
    Ok(())
}

/// The folder of the C library of arm64 on a Debian of another architecture.
pub const ARM_LIBRARIES: &str = "/usr/aarch64-linux-gnu";

/// The folder of programs that are installed for this repository only.
fn tools() -> PathBuf {
    workspace().join(".skirmish/tools")
}

/// Whether the program exists and starts. A program of a Python environment does not start after its folder has
/// moved, because its first line names the Python by its path.
fn runs(program: &Path, arguments: &[&str]) -> bool {
    program.is_file() && command::output(Command::new(program).args(arguments)).is_some()
}

/// Installs packages in a Python environment, so that the Python of the system does not change.
/// False: there is no Python or no network.
fn pip_install(packages: &[&str]) -> Result<bool> {
    pip_install_in("venv", packages)
}

fn pip_install_in(name: &str, packages: &[&str]) -> Result<bool> {
    let venv = tools().join(name);
    // `--clear`: the environment of an interrupted attempt has no pip, and Python does not add it.
    let make = || {
        command::run(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&venv),
        )
    };
    let pip = venv.join("bin/pip");
    if !runs(&pip, &["--version"]) && (find("python3").is_none() || !make()?.success()) {
        // On Debian, `venv` is in a separate package.
        if packages_of_debian(&["python3", "python3-venv"], true).is_err() || !make()?.success() {
            return Ok(false);
        }
    }
    let mut command = Command::new(pip);
    Ok(command::run(command.args(["install", "--quiet"]).args(packages))?.success())
}

fn from_source(program: &str) -> Result<()> {
    eprintln!("building {program} from source, which takes some minutes");
    let mut cargo = Command::new("cargo");
    cargo
        .args(["install", "--locked", program, "--root"])
        .arg(tools());
    if !command::run(&mut cargo)?.success() {
        bail!("cannot install {program}: see the output of cargo above");
    }
    Ok(())
}
