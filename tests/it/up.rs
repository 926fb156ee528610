//! `cargo xtask up` as a child: what it prints, what it refuses, and what it leaves behind: nothing.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use support::http::request;
use support::system::own_folder;
use support::wait::{PATIENCE, eventually};
use xtask::builds;
use xtask::stack::{ports, process, redis};

#[test]
fn up_says_ready_serves_and_leaves_nothing() {
    let data = own_folder("up");
    let port = ports::free().expect("a port").to_string();
    let mut up = Up::start(&data, &["--port", &port, "--bots", "2", "--relays", "2"]);
    assert_eq!(up.ready(), format!("ready http://127.0.0.1:{port}/app"));
    let url = format!("http://127.0.0.1:{port}");
    assert_eq!(request(&url, "GET", "/app", &[], b"").status, 200);
    let children = descendants(up.child.id());
    assert!(children.len() > 18, "{children:?}");

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
    assert_eq!(left, ["jwt-secret", "lock", "redis"]);
    // The same data again, and then none of it.
    let mut again = Up::start(&data, &["--port", &port, "--bots", "0", "--fresh"]);
    again.ready();
    again.signal("INT");
    assert_eq!(again.child.wait().expect("it ends").code(), Some(0));
    let _ = std::fs::remove_dir_all(data);
}

#[test]
fn up_names_a_child_that_dies() {
    let data = own_folder("up");
    let port = ports::free().expect("a port").to_string();
    let mut up = Up::start(&data, &["--port", &port, "--bots", "0"]);
    up.ready();
    let children = descendants(up.child.id());
    let (pid, _) = children
        .iter()
        .find(|(_, name)| name == "relay")
        .expect("a relay");
    kill(*pid, "KILL");
    let status = up.child.wait().expect("it ends");
    let said = up.errors();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(
        said.contains("error: relay-1 ended (signal: 9 (SIGKILL)); the last it said:"),
        "{said}"
    );
    for (pid, name) in children {
        assert!(
            !Path::new(&format!("/proc/{pid}")).exists(),
            "{name} is left"
        );
    }
    let _ = std::fs::remove_dir_all(data);
}

#[test]
fn a_killed_up_takes_its_children_with_it() {
    let data = own_folder("up");
    let port = ports::free().expect("a port").to_string();
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
        "error: port {port} is in use: end what listens there, or choose another one with --port\n"
    );
    assert_eq!(output, expected);
}

#[test]
fn a_redis_that_is_not_there_is_one_clear_line() {
    let port = ports::free().expect("a port").to_string();
    let url = format!("redis://127.0.0.1:{}", ports::free().expect("a port"));
    let output = refused(&["--port", &port, "--redis-url", &url]);
    let expected =
        format!("error: no Redis answers at {url}: start it, or leave out --redis-url\n");
    assert!(output.ends_with(&expected), "{output}");
}

#[test]
fn somebody_elses_redis_is_used_and_made_to_tell_about_expired_keys() {
    let data = own_folder("up");
    let theirs = own_folder("redis");
    std::fs::create_dir_all(&theirs).expect("a folder");
    let mut redis = redis::start(&theirs, &theirs).expect("a Redis");
    let redis_url = format!("redis://127.0.0.1:{}", redis.port);
    eventually("it is ready", || redis::is_ready(&redis_url).then_some(()));
    let ask = |words: &[&str]| {
        let output = Command::new("redis-cli")
            .args(["-u", &redis_url])
            .args(words)
            .output();
        String::from_utf8_lossy(&output.expect("redis-cli runs").stdout).into_owned()
    };
    ask(&["CONFIG", "SET", "notify-keyspace-events", ""]);

    let port = ports::free().expect("a port").to_string();
    let mut up = Up::start(
        &data,
        &["--port", &port, "--bots", "0", "--redis-url", &redis_url],
    );
    up.ready();
    assert!(ask(&["CONFIG", "GET", "notify-keyspace-events"]).contains("xE"));
    assert!(
        !ask(&["KEYS", "relay:*"]).trim().is_empty(),
        "the relay is there"
    );
    up.signal("TERM");
    assert_eq!(up.child.wait().expect("it ends").code(), Some(0));
    assert!(up.errors().contains("setting notify-keyspace-events to Ex"));
    assert_eq!(ask(&["PING"]).trim(), "PONG", "it is not ours to end");
    process::end(std::slice::from_mut(&mut redis.process), PATIENCE);
    for folder in [data, theirs] {
        let _ = std::fs::remove_dir_all(folder);
    }
}

#[test]
fn a_missing_program_is_named_with_the_command_that_installs_it() {
    // A PATH with nothing in it but what `up` itself is started with.
    let data = own_folder("up");
    let mut command = up_command(&data);
    let port = ports::free().expect("a port").to_string();
    command.args(["--port", &port]).env("PATH", "/nonexistent");
    let output = command.output().expect("it runs");
    let _ = std::fs::remove_dir_all(data);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: "), "{said}");
    assert!(
        said.contains("redis-server") && said.contains("nodejs"),
        "{said}"
    );
}

struct Up {
    child: Child,
}

impl Up {
    fn start(data: &Path, flags: &[&str]) -> Self {
        let child = up_command(data)
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        Self { child }
    }

    /// The one line on stdout.
    fn ready(&mut self) -> String {
        let mut line = String::new();
        let out = self.child.stdout.take().expect("its output");
        let mut out = BufReader::new(out);
        out.read_line(&mut line).expect("a line");
        assert!(!line.is_empty(), "it ended: {}", self.errors());
        // Kept open: who closes it would end what still writes to it.
        self.child.stdout = Some(out.into_inner());
        line.trim_end().to_owned()
    }

    fn errors(&mut self) -> String {
        let mut text = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            let _ = errors.read_to_string(&mut text);
        }
        text
    }

    fn signal(&self, signal: &str) {
        kill(self.child.id(), signal);
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            kill(self.child.id(), "TERM");
            let _ = self.child.wait();
        }
    }
}

fn up_command(data: &Path) -> Command {
    let mut command = Command::new(builds::binaries().expect("programs").join("xtask"));
    command
        .args(["up", "--no-install", "--no-build", "--data"])
        .arg(data);
    command
}

fn refused(flags: &[&str]) -> String {
    let data = own_folder("up");
    let Output {
        status,
        stdout,
        stderr,
    } = up_command(&data).args(flags).output().expect("it runs");
    let _ = std::fs::remove_dir_all(data);
    let said = String::from_utf8_lossy(&stderr).into_owned();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(stdout.is_empty());
    said
}

/// Every process that this one started, directly or not: id and name.
fn descendants(parent: u32) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let file = PathBuf::from(format!("/proc/{parent}/task/{parent}/children"));
    let children = std::fs::read_to_string(file).unwrap_or_default();
    for child in children
        .split_whitespace()
        .filter_map(|text| text.parse().ok())
    {
        let name = std::fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
        found.push((child, name.trim().to_owned()));
        found.extend(descendants(child));
    }
    found
}

/// Not even waiting for its parent to notice that it has ended.
fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

fn kill(pid: u32, signal: &str) {
    let status = Command::new("kill")
        .args(["-s", signal, &pid.to_string()])
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{pid} cannot be sent {signal}"
    );
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}
