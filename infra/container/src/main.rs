//! What an image without a shell needs. Standard library only: it is in every image.
//!
//! - `container probe URL`: whether it answers 200.
//! - `container show URL`: prints what it answers.
//! - `container listens HOST:PORT`: whether somebody takes connections there.
//! - `container redis HOST:PORT`: whether that Redis has its slots and takes commands.
//! - `container function`: becomes `/function` as the function `FUNCTION` of the runtime at `RUNTIME`.
//! - `container answers`: whether that function answers. What it is asked changes nothing.
//! - `container nginx`: fills the template that `TEMPLATE` names and becomes nginx with it.

mod ask;
mod fill;

use std::env;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

/// A reason to end.
type Error = Box<dyn std::error::Error>;

/// Pools, rooms and connections that there are none of, for whatever an event names: refusing it is an answer too.
const EVENT: &str = r#"{"pool":"main","requestContext":{"connectionId":"probe"}}"#;

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
        _ => Err("what should it do? See the head of its source".into()),
    }
}

fn probe(url: &str) -> Result<(), Error> {
    let (address, path) = parts(url)?;
    match ask::status("GET", address, &path, "")? {
        200 => Ok(()),
        status => Err(format!("{url} answers {status}").into()),
    }
}

fn show(url: &str) -> Result<(), Error> {
    let (address, path) = parts(url)?;
    print!("{}", ask::whole(address, &path)?);
    Ok(())
}

fn parts(url: &str) -> Result<(&str, String), Error> {
    let rest = url.strip_prefix("http://").ok_or("http:// only")?;
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    Ok((address, format!("/{path}")))
}

fn redis(address: &str) -> Result<(), Error> {
    // Its user `health` has no password, and may do nothing else.
    let question = "AUTH health -\r\nCLUSTER INFO\r\n";
    ask::line_until(address, question, "cluster_state:ok").map(drop)
}

fn function() -> Result<(), Error> {
    let (name, runtime) = (variable("FUNCTION")?, variable("RUNTIME")?);
    let error = Command::new("/function")
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            format!("http://{runtime}/.rt/{name}"),
        )
        .env("AWS_LAMBDA_FUNCTION_NAME", &name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .exec();
    Err(format!("/function: {error}").into())
}

/// Any answer will do, also a refusal: one that does not run gives none.
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
    let (template, folder) = (variable("TEMPLATE")?, variable("RUN_DIR")?);
    let text = fs::read_to_string(&template).map_err(|error| format!("{template}: {error}"))?;
    let file = format!("{folder}/nginx.conf");
    let filled = fill::fill(&text, |name| env::var(name).ok())?;
    fs::write(&file, filled).map_err(|error| format!("{file}: {error}"))?;
    let error = Command::new("/usr/sbin/nginx")
        .args(["-e", "stderr", "-p", &folder, "-c", &file])
        .exec();
    Err(format!("nginx: {error}").into())
}

fn variable(name: &str) -> Result<String, Error> {
    env::var(name).map_err(|_| format!("{name} is not set").into())
}
