//! Developing with `up`: pages of other origins, the SDK's package, and unsupported versions and games.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use devstack::builds;
use support::http::raw;
use support::system::{JWT_SECRET, own_folder};
use testkit::free_port;

use super::process::{Up, up_command};

#[test]
fn pages_of_this_machine_and_of_named_sites_may_call_and_open_sockets_and_no_others() {
    let data = own_folder("up");
    let (up, url) = Up::ready_with(
        &data,
        &["--bots", "0", "--origin", "https://Play.example.org/"],
    );
    let allowed = |origin: &str| {
        let head = format!("host: x\r\nconnection: close\r\norigin: {origin}\r\n\r\n");
        let answer = raw(
            &url,
            format!("GET /leaderboard HTTP/1.1\r\n{head}").as_bytes(),
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
        let header = answer.header("access-control-allow-origin");
        let may_call = header == Some(origin);
        assert!(may_call || header.is_none(), "{header:?}");
        let upgrade = "GET /lobby HTTP/1.1\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                       sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        // Without a token no socket opens in any case; 403 means that the origin is not allowed.
        let may_open = raw(&url, format!("{upgrade}{head}").as_bytes()).status != 403;
        assert_eq!(may_call, may_open, "{origin}");
        may_call
    };
    for origin in [
        "http://localhost:5173",
        "https://localhost",
        "http://127.0.0.1:3000",
        "http://[::1]:4321",
        "https://play.example.org",
    ] {
        assert!(allowed(origin), "{origin}");
    }
    for origin in [
        "http://localhost.example.org",
        "http://localhost:5173.example.org",
        "http://example.org/localhost",
        "https://play.example.org:444",
        "http://127.0.0.1.example.org:80",
        "null",
    ] {
        assert!(!allowed(origin), "{origin}");
    }
    the_sdk_can_be_installed(&url, &data);
    drop(up);
    let _ = std::fs::remove_dir_all(data);
}

/// Installs the SDK with the command of the README.
fn the_sdk_can_be_installed(url: &str, data: &Path) {
    let package = format!("{url}/sdk.tgz");
    let answer = raw(
        url,
        b"GET /sdk.tgz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/gzip"));
    let project = data.join("project");
    std::fs::create_dir_all(&project).expect("a folder");
    std::fs::write(project.join("package.json"), r#"{"type":"module"}"#).expect("a file");
    let npm = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", &package])
        .current_dir(&project)
        .output()
        .expect("npm runs");
    assert!(
        npm.status.success(),
        "{}",
        String::from_utf8_lossy(&npm.stderr)
    );
    let node = Command::new("node")
        .args([
            "-e",
            "import('@skirmish/sdk').then((sdk) => console.log(Object.keys(sdk).length))",
        ])
        .current_dir(&project)
        .output()
        .expect("node runs");
    let exports = String::from_utf8_lossy(&node.stdout);
    assert!(
        exports.trim().parse::<u32>().is_ok_and(|names| names > 0),
        "{node:?}"
    );
}

#[test]
fn an_invalid_origin_is_refused_at_once() {
    let (code, errors) = refused(&["--origin", "play.example.org"], None);
    assert_eq!(code, Some(2), "{errors}");
    assert!(
        errors.contains("it begins with http:// or https://"),
        "{errors}"
    );
}

#[test]
fn an_unknown_game_is_refused_before_anything_starts() {
    let (code, errors) = refused(&["--game", "chess"], None);
    assert_eq!(code, Some(1), "{errors}");
    assert!(
        errors.starts_with("error: no game is called chess; games/registry/src/lib.rs lists: "),
        "{errors}"
    );
}

#[test]
fn programs_that_are_too_old_are_refused_with_the_needed_version() {
    for (program, version, expected) in [
        (
            "redis-server",
            "Redis server v=6.2.14 sha=00000000:0",
            "is version 6.2; 7.0 or later is needed. Install a newer one",
        ),
        (
            "nginx",
            "nginx version: nginx/1.18.0",
            "is version 1.18; 1.20 or later is needed. Install a newer one",
        ),
    ] {
        let folder = own_folder("old");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(program);
        std::fs::write(&file, format!("#!/bin/sh\necho '{version}'\n")).expect("a file");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("it may run");
        let (code, errors) = refused(&[], Some(&folder));
        assert_eq!(code, Some(1), "{errors}");
        assert!(
            errors.contains(expected) && errors.contains(program),
            "{errors}"
        );
        assert!(!errors.contains("starting"), "{errors}");
        let _ = std::fs::remove_dir_all(folder);
    }
}

#[test]
fn a_redis_that_is_too_old_is_refused_with_the_needed_version() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || old_redis(stream));
        }
    });
    let url = format!("redis://127.0.0.1:{port}");
    let (code, errors) = refused(&["--redis-url", &url], None);
    assert_eq!(code, Some(1), "{errors}");
    let expected = format!("error: the Redis at {url} is version 6.2; 7.0 or later is needed.");
    assert!(errors.contains(&expected), "{errors}");
    // The program `functions` runs the function that the link to it is named after.
    let folder = own_folder("function");
    std::fs::create_dir_all(&folder).expect("a folder");
    let programs = builds::binaries().expect("a build");
    let function = folder.join("me");
    symlink(programs.join("functions"), &function).expect("a link");
    for program in [programs.join("relay"), function] {
        let output = alone(&program, &url).output().expect("it runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{program:?}: {errors}");
        let expected = "REDIS_URL: this Redis is version 6.2.14; 7.0 or later is needed";
        assert!(errors.contains(expected), "{program:?}: {errors}");
    }
    let _ = std::fs::remove_dir_all(folder);
}

/// The relay or a function, with this Redis and no other part.
fn alone(program: &Path, redis_url: &str) -> Command {
    let mut command = Command::new("timeout");
    command
        .arg("30")
        .arg(program)
        .env("REDIS_URL", redis_url)
        .env("LISTEN", "127.0.0.1:0")
        .env("LAMBDA_URL", "http://127.0.0.1:9")
        .env("JWT_SECRET", JWT_SECRET)
        .env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9");
    command
}

/// A server that answers `PING`, `INFO` and `HELLO` like Redis 6.2.
fn old_redis(mut stream: TcpStream) {
    let mut bytes = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut bytes) {
        let asked = String::from_utf8_lossy(&bytes[..count]).to_uppercase();
        // Each command begins with the number of its words.
        let commands = asked.split("\r\n").filter(|line| line.starts_with('*'));
        let info = "# Server\r\nredis_version:6.2.14\r\n";
        let answer = if asked.contains("HELLO") {
            "%1\r\n+version\r\n+6.2.14\r\n".repeat(commands.count())
        } else if asked.contains("INFO\r\n") {
            format!("${}\r\n{info}\r\n", info.len())
        } else {
            "+PONG\r\n".repeat(commands.count())
        };
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The exit code and the output on stderr. `programs`: a folder at the front of PATH.
fn refused(flags: &[&str], programs: Option<&Path>) -> (Option<i32>, String) {
    let data = own_folder("up");
    let port = free_port().to_string();
    let mut command = up_command(&data);
    command.args(["--port", &port]).args(flags);
    if let Some(folder) = programs {
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", folder.display()));
    }
    let Output { status, stderr, .. } = command.output().expect("it runs");
    let _ = std::fs::remove_dir_all(data);
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}
