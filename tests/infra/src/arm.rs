//! Builds every function as AWS runs it (arm64, optimized for size), checks the size of its zip,
//! and runs it under an emulator for one invocation with its event in `functions/fixtures`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use devstack::builds::{binaries, workspace};
use devstack::{command, install};
use runtime::{Backend, Config, Limits, Runtime};
use serde_json::Value;

/// Lambda loads a zip of this size within tens of milliseconds.
const ZIP_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The key that signed the fixtures' tokens.
const SECRET: &str = "skirmish-fixtures-only-0123456789abcdef";

/// An emulated process starts slowly on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

fn main() -> Result<()> {
    devstack::interrupt::install()?;
    let cargo_lambda = install::cargo_lambda(true)?;
    let zig = install::arm_tools(true)?;
    let target = binaries()?.parent().context("no target folder")?.to_owned();
    let (plain, zipped) = (target.join("arm/plain"), target.join("arm/zip"));
    for (format, folder) in [("binary", &plain), ("zip", &zipped)] {
        build(&cargo_lambda, &zig, &target, format, folder)?;
    }
    let functions = functions()?;
    let mut world = World::start()?;
    for name in &functions {
        let bytes = std::fs::metadata(zipped.join(name).join("bootstrap.zip"))?.len();
        ensure!(bytes <= ZIP_BYTES_MAX, "{name}: its zip has {bytes} bytes");
        let answer = world.invoke_once(name, &plain)?;
        check(&answer).with_context(|| format!("{name} answered {answer}"))?;
        println!("{name:<20}{:>7.2} MB  ok", bytes as f64 / 1e6);
    }
    println!("{} functions, each run once on arm64", functions.len());
    Ok(())
}

fn build(
    cargo_lambda: &Path,
    zig: &Path,
    target: &Path,
    format: &str,
    folder: &Path,
) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::join_paths(std::iter::once(zig.to_owned()).chain(std::env::split_paths(&path)))?;
    let mut build = Command::new(cargo_lambda);
    build.args([
        "lambda",
        "build",
        "--release",
        "--arm64",
        "--package",
        "functions",
        "--output-format",
        format,
    ]);
    build.arg("--lambda-dir").arg(folder);
    // SAM builds in this folder, with functions/.cargo/config.toml.
    build
        .current_dir(workspace().join("functions"))
        .env("CARGO_TARGET_DIR", target.join("arm/target"))
        .env("PATH", path);
    ensure!(
        command::run(&mut build)?.success(),
        "cargo lambda build failed; its output is above"
    );
    Ok(())
}

fn functions() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(workspace().join("functions/src/bin"))? {
        let path = entry?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

/// Fails if the answer to a fixture is an internal error, or says that the fixture is not a request of this function.
fn check(answer: &Value) -> Result<()> {
    ensure!(answer.get("errorType").is_none(), "it failed");
    let status = answer["statusCode"].as_u64().unwrap_or(200);
    ensure!(
        status < 500 && ![400, 405].contains(&status),
        "status {status}"
    );
    Ok(())
}

/// What a function connects to: the runtime API and Redis.
struct World {
    parts: Vec<Child>,
    runtime: u16,
    redis: testkit::Redis,
}

impl World {
    fn start() -> Result<Self> {
        Ok(Self {
            parts: Vec::new(),
            runtime: serve_runtime()?,
            redis: testkit::Redis::alone(""),
        })
    }

    fn run(&mut self, command: &mut Command) -> Result<()> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| command.get_program().display().to_string())?;
        self.parts.push(child);
        Ok(())
    }

    /// Starts a function under the emulator, invokes it, and ends it.
    fn invoke_once(&mut self, name: &str, built: &Path) -> Result<Value> {
        let file = fixture(name);
        let event = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let mut function = Command::new("qemu-aarch64");
        function
            .args(["-L", install::ARM_LIBRARIES])
            .arg(built.join(name).join("bootstrap"));
        function.env(
            "AWS_LAMBDA_RUNTIME_API",
            format!("http://127.0.0.1:{}/.rt/{name}", self.runtime),
        );
        function.envs([
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ]);
        function.envs([
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("JWT_SECRET", SECRET),
            ("GUESTS", "true"),
        ]);
        function.env("REDIS_URL", &self.redis.url);
        // Nothing listens on port 9, and no player is connected.
        function
            .env("CONNECTIONS_URL", "http://127.0.0.1:9/")
            .envs([("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "local")]);
        function.env("AWS_SECRET_ACCESS_KEY", "local");
        self.run(&mut function)?;
        let answer = self.invoke(name, &event);
        if let Some(mut child) = self.parts.pop() {
            child.kill().ok();
            child.wait().ok();
        }
        answer
    }

    /// The runtime holds the request until the function polls for work.
    fn invoke(&self, name: &str, event: &str) -> Result<Value> {
        let mut stream = TcpStream::connect(loopback(self.runtime))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let length = event.len();
        let head = format!(
            "POST /2015-03-31/functions/{name}/invocations HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(format!("{head}{event}").as_bytes())?;
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .with_context(|| format!("{name} does not answer"))?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
        if !head.starts_with("HTTP/1.1 200") {
            bail!("{name}: {answer}");
        }
        // Chunked or not, the JSON is one object or null.
        let json = body
            .find('{')
            .zip(body.rfind('}'))
            .map_or("null", |(from, to)| &body[from..=to]);
        serde_json::from_str(json).with_context(|| format!("{name} answered {body}"))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for part in &mut self.parts {
            part.kill().ok();
            part.wait().ok();
        }
    }
}

/// Serves the Runtime API and the Invoke API until this process ends; returns the port.
fn serve_runtime() -> Result<u16> {
    let tokio = tokio::runtime::Runtime::new()?;
    let runtime = tokio.block_on(Runtime::bind(Config {
        listen: loopback(0),
        backend: Backend::Own,
        // An emulated function starts and answers slowly.
        limits: Limits {
            call: PATIENCE,
            queued: PATIENCE,
            ..Limits::default()
        },
    }))?;
    let port = runtime.local_addr().port();
    std::thread::spawn(move || tokio.block_on(runtime.serve(std::future::pending())));
    Ok(port)
}

fn fixture(name: &str) -> PathBuf {
    workspace().join(format!("functions/fixtures/{name}.json"))
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
