//! The Redis users of infra/cache.yaml, asked of a real Redis: each may do what its role's code does, and little else.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use devstack::command::find;
use tempfile::TempDir;

use crate::source;
use crate::template::{self, resources, text};

/// Nobody's business here.
const NEVER: [&str; 14] = [
    "FLUSHALL",
    "FLUSHDB",
    "CONFIG GET dir",
    "KEYS *",
    "DEBUG SLEEP 1",
    "SHUTDOWN",
    "SAVE",
    "ACL LIST",
    "CLIENT KILL 1:1",
    "MONITOR",
    "REPLICAOF NO ONE",
    "SCRIPT FLUSH",
    "FUNCTION FLUSH",
    "INFO",
];

#[test]
fn every_role_may_run_every_command_of_the_lobbys_scripts() {
    let redis = Redis::start();
    for user in ["functions", "sweep", "relay"] {
        for command in of_scripts() {
            redis.check(user, &redis.least(&command, "{main}:x"), true);
        }
        for command in [
            "EVALSHA 0 0",
            "SCRIPT LOAD x",
            "MULTI",
            "EXEC",
            "PING",
            "HELLO 3",
            "CLIENT ID",
            "TIME",
        ] {
            redis.check(user, command, true);
        }
    }
}

#[test]
fn no_role_may_administer_or_empty_redis() {
    let redis = Redis::start();
    for user in ["functions", "sweep", "relay", "default"] {
        for command in NEVER {
            redis.check(user, command, false);
        }
    }
}

#[test]
fn a_role_reaches_the_keys_of_its_work_and_no_other() {
    let redis = Redis::start();
    let keys = [
        ("{main}:x", ["functions", "sweep", "relay"].as_slice()),
        ("relays", &["functions", "sweep", "relay"]),
        ("relay:relay-1", &["functions", "sweep", "relay"]),
        ("inbox:relay-1", &["functions", "sweep", "relay"]),
        ("session:p", &["functions", "sweep"]),
        ("connection:c", &["functions", "sweep"]),
        ("claim:p", &["functions", "sweep"]),
        ("request:p:k", &["functions"]),
        ("feedback", &["functions"]),
        ("journal:relay-1:0", &["relay"]),
        ("somebody-elses", &[]),
    ];
    for (key, roles) in keys {
        for user in ["functions", "sweep", "relay", "default"] {
            for command in [
                format!("GET {key}"),
                format!("DEL {key}"),
                format!("XADD {key} * a b"),
            ] {
                redis.check(user, &command, roles.contains(&user));
            }
        }
    }
}

#[test]
fn only_game_servers_subscribe_and_only_to_expired_keys() {
    let redis = Redis::start();
    for (user, may) in [("relay", true), ("functions", false), ("sweep", false)] {
        redis.check(user, "PSUBSCRIBE __keyevent@*__:expired", may);
        redis.check(user, "PSUBSCRIBE *", false);
        redis.check(user, "PUBLISH anything x", false);
    }
    let hints = source::files("crates/lobby/src")
        .into_iter()
        .find(|(path, _)| path.ends_with("src/hints.rs"))
        .expect("hints.rs")
        .1;
    assert!(
        hints.contains("\"__keyevent@*__:expired\""),
        "the pattern that the lobby subscribes to"
    );
}

#[test]
fn redis_is_configured_as_the_lobby_needs() {
    let template = template::read("infra/cache.yaml");
    let settings =
        &resources(&template, "AWS::ElastiCache::ParameterGroup")["Settings"]["Properties"];
    assert_eq!(settings["maxmemory-policy"], "noeviction");
    assert_eq!(settings["notify-keyspace-events"], "Ex");
    let cache = resources(&template, "AWS::ElastiCache::ReplicationGroup")["Cache"];
    for flag in [
        "MultiAZEnabled",
        "AutomaticFailoverEnabled",
        "TransitEncryptionEnabled",
        "AtRestEncryptionEnabled",
    ] {
        assert_eq!(cache[flag], true, "{flag}");
    }
}

/// The commands that shipped scripts call. `check.lua` is the tests' own.
fn of_scripts() -> BTreeSet<String> {
    let mut commands = BTreeSet::new();
    for (path, text) in source::files("crates/lobby/src/lua") {
        if path.ends_with("/check.lua") {
            continue;
        }
        for (at, found) in text.match_indices("call(") {
            let rest = &text[at + found.len()..];
            if let Some(name) = rest.strip_prefix('\'').or(rest.strip_prefix('"')) {
                commands.insert(
                    name.split(['\'', '"'])
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                );
            }
        }
    }
    assert!(commands.len() > 30, "{commands:?}");
    commands
}

/// A Redis of its own, with the template's users.
pub(crate) struct Redis {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Redis {
    /// With the template's users; each one's password is its name.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a port")
            .port();
        let process = Command::new(find("redis-server").expect("redis-server"))
            .args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--notify-keyspace-events",
                "Ex",
                "--port",
                &port.to_string(),
                "--dir",
            ])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server runs");
        let redis = Self {
            process,
            port,
            _folder: folder,
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while redis.say(&["PING"]) != "PONG" {
            assert!(Instant::now() < deadline, "redis-server does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        let template = template::read("infra/cache.yaml");
        for user in resources(&template, "AWS::ElastiCache::User").values() {
            let name = text(&user["UserName"]);
            // The one that asks stays able to.
            let name = if name == "default" {
                "default-user"
            } else {
                name
            };
            let password = format!(">{name}");
            let mut command = vec!["ACL", "SETUSER", name, "reset", &password];
            command.extend(text(&user["AccessString"]).split(' '));
            assert_eq!(redis.say(&command), "OK", "{name}");
        }
        redis
    }

    /// `REDIS_URL` of a role.
    pub(crate) fn url(&self, user: &str) -> String {
        format!("redis://{user}:{user}@127.0.0.1:{}", self.port)
    }

    /// Whether a user may run a command; not whether it would succeed.
    fn check(&self, user: &str, command: &str, may: bool) {
        let user = if user == "default" {
            "default-user"
        } else {
            user
        };
        let mut dry = vec!["ACL", "DRYRUN", user];
        dry.extend(command.split(' '));
        let said = self.say(&dry);
        let allowed = said == "OK";
        assert!(
            allowed || said.contains("no permissions"),
            "{command}: {said}"
        );
        assert_eq!(allowed, may, "{user}: {command}: {said}");
    }

    /// A command with as many arguments as it takes at least, all of them a key.
    fn least(&self, command: &str, key: &str) -> String {
        if command == "XREAD" {
            return format!("XREAD STREAMS {key} 0");
        }
        let info = self.say(&["COMMAND", "INFO", command]);
        let arity: i32 = info
            .lines()
            .nth(1)
            .and_then(|line| line.parse().ok())
            .expect("a command");
        let arguments = arity.unsigned_abs() as usize - 1;
        [vec![command], vec![key; arguments]].concat().join(" ")
    }

    fn say(&self, command: &[&str]) -> String {
        let output = Command::new(find("redis-cli").expect("redis-cli"))
            .args(["-p", &self.port.to_string()])
            .args(command)
            .output()
            .expect("redis-cli runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
