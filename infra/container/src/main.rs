//! What an image without a shell needs. Standard library only: it is in every image.
//!
//! - `container probe URL`: whether it answers 200.
//! - `container show URL`: prints what it answers.
//! - `container listens HOST:PORT`: whether somebody takes connections there.
//! - `container redis HOST:PORT`: whether that Redis has its slots and takes commands.
//! - `container function`: becomes `/function` as the function `FUNCTION` of the runtime at `RUNTIME`.
//! - `container answers`: whether that function answers. What it is asked changes nothing.
//! - `container nginx`: fills the template that `TEMPLATE` names and becomes nginx with it.
//! - called as `cargo`: says that there is a workspace with the functions. `cargo lambda watch` asks.

mod ask;
mod fill;

use std::env;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

/// A reason to end.
type Error = Box<dyn std::error::Error>;

/// The smallest workspace that `cargo lambda watch` starts with: it takes invocations of its programs alone.
const METADATA: &str = include_str!("metadata.json");

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
    let (name, rest) = words.split_first().ok_or("called without a name")?;
    if Path::new(name)
        .file_name()
        .is_some_and(|name| name == "cargo")
    {
        // It looks for a whole document in each line.
        println!("{}", METADATA.lines().map(str::trim).collect::<String>());
        return Ok(());
    }
    match rest {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_workspace_has_every_function() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions/src/bin");
        let entries = std::fs::read_dir(folder).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").path());
        let wanted: BTreeSet<_> = names
            .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
            .collect();
        let lines = super::METADATA.lines().map(str::trim);
        let said: BTreeSet<_> = lines
            .filter_map(|line| {
                line.strip_prefix("\"src_path\": \"/")?
                    .strip_suffix(".rs\",")
            })
            .map(str::to_owned)
            .collect();
        assert_eq!(said, wanted);
    }
}
