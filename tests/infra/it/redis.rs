//! The Redis users of infra/aws/cache.yaml on a real Redis: each may do what the code of its role
//! does, and little else.

use std::collections::BTreeSet;

use crate::source;
use crate::template::{self, resources, text};

/// Commands that no role may run.
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
        ("code:BCDFGH", &["functions", "sweep"]),
        ("misses:192.0.2.1", &["functions"]),
        ("request:p:k", &["functions"]),
        ("feedback", &["functions"]),
        ("ban:p", &["functions"]),
        ("audit", &["functions"]),
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
    let template = template::read("infra/aws/cache.yaml");
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

/// The commands that shipped scripts call. Only tests use `check.lua`.
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

/// A private Redis with the template's users.
pub(crate) struct Redis {
    server: testkit::Redis,
}

impl Redis {
    /// Each user's password is its name.
    pub(crate) fn start() -> Self {
        let server = testkit::Redis::alone("");
        let template = template::read("infra/aws/cache.yaml");
        for user in resources(&template, "AWS::ElastiCache::User").values() {
            let name = text(&user["UserName"]);
            // The test itself remains the default user.
            let name = if name == "default" {
                "default-user"
            } else {
                name
            };
            let access = text(&user["AccessString"]);
            let command = format!("ACL SETUSER {name} reset >{name} {access}");
            assert_eq!(server.nodes[0].run(&command), "OK", "{name}");
        }
        Self { server }
    }

    /// `REDIS_URL` of a role.
    pub(crate) fn url(&self, user: &str) -> String {
        format!(
            "redis://{user}:{user}@127.0.0.1:{}",
            self.node().address.port
        )
    }

    /// Whether a user may run a command; not whether it would succeed.
    fn check(&self, user: &str, command: &str, may: bool) {
        let user = if user == "default" {
            "default-user"
        } else {
            user
        };
        let reply = self.node().run(&format!("ACL DRYRUN {user} {command}"));
        let allowed = reply == "OK";
        assert!(
            allowed || reply.contains("no permissions"),
            "{command}: {reply}"
        );
        assert_eq!(allowed, may, "{user}: {command}: {reply}");
    }

    /// A command with its minimum number of arguments, all of them a key.
    fn least(&self, command: &str, key: &str) -> String {
        if command == "XREAD" {
            return format!("XREAD STREAMS {key} 0");
        }
        let info = self.node().run(&format!("COMMAND INFO {command}"));
        let arity: i32 = info
            .lines()
            .nth(1)
            .and_then(|line| line.parse().ok())
            .expect("a command");
        let arguments = arity.unsigned_abs() as usize - 1;
        [vec![command], vec![key; arguments]].concat().join(" ")
    }

    fn node(&self) -> &testkit::Node {
        &self.server.nodes[0]
    }
}
