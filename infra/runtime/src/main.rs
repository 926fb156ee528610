//! `runtime HOST:PORT`: what `cargo lambda watch --only-lambda-apis --ignore-changes --disable-cors` serves there. Invocations of our
//! functions (`/2015-03-31/functions/NAME/invocations`, `/lambda-url/NAME/PATH`) go to whoever asks `/.rt/NAME` for work.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::ExitCode;

use cargo_lambda_metadata::cargo::CargoMetadata;
use cargo_lambda_metadata::cargo::watch::Watch;
use serde_json::json;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// A word for each function.
const FUNCTIONS: &str = env!("FUNCTIONS");

#[tokio::main]
async fn main() -> ExitCode {
    let address = std::env::args().nth(1);
    let Some(address) = address.and_then(|text| text.parse().ok()) else {
        eprintln!("where? An address and a port");
        return ExitCode::FAILURE;
    };
    let options = options(address);
    let lines = tracing_subscriber::fmt::layer()
        .with_target(false)
        .without_time()
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(Targets::new().with_target("cargo_lambda", LevelFilter::INFO))
        .with(lines)
        // It invokes nothing without a trace's name.
        .with(cargo_lambda_watch::xray_layer(&options))
        .init();
    let workspace = workspace();
    match cargo_lambda_watch::run(&options, &HashMap::new(), &workspace, "never").await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}

fn options(address: SocketAddr) -> Watch {
    Watch {
        only_lambda_apis: true,
        ignore_changes: true,
        disable_cors: true,
        invoke_address: address.ip().to_string(),
        invoke_port: address.port(),
        concurrency: 1,
        ..Watch::default()
    }
}

/// The smallest workspace that has our functions: an invocation of another name is refused.
fn workspace() -> CargoMetadata {
    let targets: Vec<_> = FUNCTIONS.split(' ').map(target).collect();
    let package = json!({
        "name": "functions", "version": "0.0.0", "id": "functions", "dependencies": [], "targets": targets, "features": {},
        "manifest_path": "/Cargo.toml",
    });
    let workspace = json!({
        "packages": [package], "workspace_members": ["functions"], "resolve": null, "workspace_root": "/",
        "target_directory": "/target", "version": 1,
    });
    serde_json::from_value(workspace).expect("as cargo writes it")
}

fn target(name: &str) -> serde_json::Value {
    json!({"name": name, "kind": ["bin"], "crate_types": ["bin"], "src_path": format!("/{name}.rs")})
}
