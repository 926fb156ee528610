//! `cargo xtask up` as a child process: what it prints, what it refuses, and that it leaves nothing
//! behind.

mod development;
mod process;
mod restarts;

use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use devstack::http;
use serde_json::Value;
use support::http::request;
use support::system::own_folder;
use testkit::{eventually, free_port};

use process::{Up, alive, descendants, up_command};

#[test]
fn up_prints_ready_serves_and_leaves_nothing() {
    let data = own_folder("up");
    let port = free_port().to_string();
    let mut up = Up::start(&data, &["--port", &port, "--relays", "2", "--observe"]);
    assert_eq!(up.ready(), format!("ready http://127.0.0.1:{port}/app"));
    up.expect_stderr("ready after");
    prometheus_has_every_part(&data, &up.stderr());
    let url = format!("http://127.0.0.1:{port}");
    assert_eq!(request(&url, "GET", "/app", &[], b"").status, 200);
    let children = descendants(up.child.id());
    assert!(children.len() > 17, "{children:?}");

    up.signal("TERM");
    let status = up.child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0), "{}", up.errors());
    for (pid, name) in children {
        assert!(
            !Path::new(&format!("/proc/{pid}")).exists(),
            "{name} is left"
        );
    }
    let left = names(&data);
    assert_eq!(
        left,
        ["admin-jwt-secret", "jwt-secret", "lock", "logs", "redis"]
    );
    // Once with the same data, and once with empty data.
    let mut again = Up::start(&data, &["--port", &port, "--bots", "0", "--fresh"]);
    again.ready();
    again.signal("INT");
    assert_eq!(again.child.wait().expect("it ends").code(), Some(0));
    let _ = std::fs::remove_dir_all(data);
}

/// Asserts that Prometheus runs at the printed address, and reads the relays, the gateway and the runtime.
fn prometheus_has_every_part(data: &Path, printed: &str) {
    let mut lines = printed.lines();
    let port = lines.find_map(|line| line.strip_prefix("prometheus http://127.0.0.1:"));
    let port = port
        .and_then(|port| port.parse().ok())
        .expect("its address");
    let status = http::get_status(port, "/-/ready", Duration::from_secs(5));
    assert_eq!(status, Some(200));
    let targets = std::fs::read_to_string(data.join("run/observe/targets.yml")).expect("targets");
    let targets: Vec<Value> = serde_json::from_str(&targets).expect("JSON");
    let parts = targets.iter().map(|target| {
        let address = target["targets"][0].as_str().expect("an address");
        let port = address.strip_prefix("127.0.0.1:").expect("on loopback");
        let port = port.parse().expect("a port");
        let metrics = http::get(port, "/metrics", Duration::from_secs(5));
        let metrics = metrics.expect("it answers");
        assert!(metrics.starts_with("# HELP skirmish_"), "{metrics}");
        target["labels"]["instance"].as_str().expect("a name")
    });
    let parts: Vec<&str> = parts.collect();
    assert_eq!(parts, ["relay-1", "relay-2", "gateway", "runtime"]);
}

#[test]
fn a_killed_up_takes_its_children_with_it() {
    let data = own_folder("up");
    let port = free_port().to_string();
    let mut up = Up::start(&data, &["--port", &port, "--bots", "0"]);
    up.ready();
    let children = descendants(up.child.id());
    up.signal("KILL");
    up.child.wait().expect("it ends");
    for (pid, name) in children {
        eventually(&format!("{name} ends"), || (!alive(pid)).then_some(()));
    }
    let _ = std::fs::remove_dir_all(data);
}

#[test]
fn a_busy_port_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let output = refused(&["--port", &port.to_string()]);
    let expected = format!(
        "error: port {port} is in use: stop the program that uses it, or choose another port with --port\n"
    );
    assert_eq!(output, expected);
}

#[test]
fn a_redis_that_does_not_answer_is_one_clear_line() {
    let port = free_port().to_string();
    let url = format!("redis://127.0.0.1:{}", free_port());
    let output = refused(&["--port", &port, "--redis-url", &url]);
    let expected =
        format!("error: no Redis answers at {url}: start it, or leave out --redis-url\n");
    assert!(output.ends_with(&expected), "{output}");
}

#[test]
fn an_existing_redis_is_used_and_made_to_publish_expired_keys() {
    let data = own_folder("up");
    let redis = testkit::Redis::start();
    let node = &redis.nodes[0];
    node.run("CONFIG SET notify-keyspace-events ''");

    let port = free_port().to_string();
    let mut up = Up::start(
        &data,
        &["--port", &port, "--bots", "0", "--redis-url", &redis.url],
    );
    up.ready();
    assert!(node.run("CONFIG GET notify-keyspace-events").contains("xE"));
    assert!(!node.run("KEYS relay:*").is_empty(), "the relay is there");
    up.signal("TERM");
    assert_eq!(up.child.wait().expect("it ends").code(), Some(0));
    assert!(up.errors().contains("setting notify-keyspace-events to Ex"));
    assert_eq!(node.run("PING"), "PONG", "`up` does not end it");
    let _ = std::fs::remove_dir_all(data);
}

#[test]
fn a_missing_program_is_named_with_the_command_that_installs_it() {
    // A PATH that only contains what is needed to start `up` itself.
    let data = own_folder("up");
    let mut command = up_command(&data);
    let port = free_port().to_string();
    command.args(["--port", &port]).env("PATH", "/nonexistent");
    let output = command.output().expect("it runs");
    let _ = std::fs::remove_dir_all(data);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    let error = errors.lines().find(|line| line.starts_with("error: "));
    let error = error.expect("an error");
    assert!(
        error.contains("redis-server") && error.contains("nodejs"),
        "{errors}"
    );
}

fn refused(flags: &[&str]) -> String {
    let data = own_folder("up");
    let Output {
        status,
        stdout,
        stderr,
    } = up_command(&data).args(flags).output().expect("it runs");
    let _ = std::fs::remove_dir_all(data);
    let errors = String::from_utf8_lossy(&stderr).into_owned();
    assert_eq!(status.code(), Some(1), "{errors}");
    assert!(stdout.is_empty());
    errors
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}
