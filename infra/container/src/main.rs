//! Entry points and health checks of images without a shell. Uses the standard library only,
//! because every image contains it. [`USAGE`] lists the commands.

mod ask;

use std::env;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use container::fill;

type Error = Box<dyn std::error::Error>;

const USAGE: &str = "\
usage: container COMMAND

  probe URL         succeed if URL answers with status 200
  show URL          print the response of URL
  listens HOST:PORT succeed if HOST:PORT accepts a connection
  redis HOST:PORT   succeed if this Redis serves all its slots
  function          execute /bin/functions as the function FUNCTION of the runtime at RUNTIME
  answers           succeed if the function FUNCTION of the runtime at RUNTIME responds
  nginx             fill in the configuration NGINX_DIR for DEPLOYMENT and execute nginx in RUN_DIR

URL is http://HOST:PORT/PATH. Words in capitals that are not arguments are environment variables.";

/// An event for every trigger. Its connection does not exist, so a function may refuse it, which also counts as a
/// response.
const EVENT: &str = r#"{"pool":"main","requestContext":{"connectionId":"probe"}}"#;

/// How many concurrent calls a function's process handles. A call mostly waits for Redis.
const CONCURRENCY: &str = "8";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    let words: Vec<String> = env::args().collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.get(1..).unwrap_or_default() {
        ["probe", url] => probe(url),
        ["show", url] => show(url),
        ["listens", address] => ask::connect(address).map(drop),
        ["redis", address] => redis(address),
        ["function"] => function(),
        ["answers"] => answers(),
        ["nginx"] => nginx(),
        _ => Err(USAGE.into()),
    }
}

fn probe(url: &str) -> Result<(), Error> {
    let (address, path) = parts(url)?;
    match ask::status("GET", address, &path, "")? {
        200 => Ok(()),
        status => Err(format!("{url}: status {status}, expected 200").into()),
    }
}

fn show(url: &str) -> Result<(), Error> {
    let (address, path) = parts(url)?;
    print!("{}", ask::whole(address, &path)?);
    Ok(())
}

fn parts(url: &str) -> Result<(&str, String), Error> {
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| format!("{url}: not an http:// URL"))?;
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    Ok((address, format!("/{path}")))
}

fn redis(address: &str) -> Result<(), Error> {
    // The user `health` has no password. It may run this command only.
    let request = "AUTH health -\r\nCLUSTER INFO\r\n";
    ask::response_with(address, request, "cluster_state:ok").map(drop)
}

fn function() -> Result<(), Error> {
    let (name, runtime) = (variable("FUNCTION")?, variable("RUNTIME")?);
    let error = Command::new("/bin/functions")
        .arg0(&name)
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            format!("http://{runtime}/.rt/{name}"),
        )
        .env("AWS_LAMBDA_FUNCTION_NAME", &name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("FUNCTION_CONCURRENCY", CONCURRENCY)
        .exec();
    Err(format!("/bin/functions: {error}").into())
}

/// Accepts every status, because a function that is not running sends no response.
fn answers() -> Result<(), Error> {
    let (name, runtime) = (variable("FUNCTION")?, variable("RUNTIME")?);
    if env::var("TRIGGER").is_ok_and(|trigger| trigger == "http") {
        ask::status("POST", &runtime, &format!("/lambda-url/{name}/"), "")?;
    } else {
        let path = format!("/2015-03-31/functions/{name}/invocations");
        ask::status("POST", &runtime, &path, EVENT)?;
    }
    Ok(())
}

fn nginx() -> Result<(), Error> {
    let (from, deployment) = (variable("NGINX_DIR")?, variable("DEPLOYMENT")?);
    let folder = variable("RUN_DIR")?;
    let value = |name: &str| env::var(name).ok();
    fill::configuration(Path::new(&from), &deployment, Path::new(&folder), value)?;
    let error = Command::new("/usr/sbin/nginx")
        .args(["-e", "stderr", "-p", ".", "-c", fill::MAIN])
        .current_dir(&folder)
        .exec();
    Err(format!("nginx: {error}").into())
}

fn variable(name: &str) -> Result<String, Error> {
    env::var(name).map_err(|_| format!("{name} is not set").into())
}
