//! Version checks: the oldest redis-server and nginx that the system supports.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// The first version that supports flags in scripts (`#!lua flags=allow-oom`).
const REDIS_MIN: Version = Version(7, 0);
/// nginx is started with `-e`, which exists from this version on; its configuration is tested with it.
const NGINX_MIN: Version = Version(1, 20);

/// Major and minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.0, self.1)
    }
}

impl Version {
    /// Parses the version at the start of a text.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        Some(Self(
            numbers.next()?.parse().ok()?,
            numbers.next()?.parse().ok()?,
        ))
    }
}

/// Rejects a `redis-server` program that is too old.
pub(crate) fn check_redis_server(program: &Path) -> Result<()> {
    let printed = output_of(Command::new(program).arg("--version"));
    let advice = "Install a newer one (https://redis.io/docs/latest/operate/oss_and_stack/install/), name it in \
        REDIS_SERVER, or use one that runs already: --redis-url URL";
    check(
        &program.to_string_lossy(),
        after(&printed, "v="),
        REDIS_MIN,
        advice,
    )
}

/// Rejects a running Redis that is too old, by its answer to `INFO server`.
pub(crate) fn check_redis(url: &str, info: &str) -> Result<()> {
    let advice = "Upgrade it, or leave out --redis-url";
    check(
        &format!("the Redis at {url}"),
        after(info, "redis_version:"),
        REDIS_MIN,
        advice,
    )
}

/// Rejects an nginx that is too old.
pub(crate) fn check_nginx(program: &Path) -> Result<()> {
    let printed = output_of(Command::new(program).arg("-v"));
    let advice = "Install a newer one: https://nginx.org/en/linux_packages.html";
    check(
        &program.to_string_lossy(),
        after(&printed, "nginx version: "),
        NGINX_MIN,
        advice,
    )
}

/// A program that does not print its version in the usual form is accepted.
fn check(what: &str, printed: Option<&str>, needed: Version, advice: &str) -> Result<()> {
    match printed.and_then(Version::parse) {
        Some(version) if version < needed => {
            bail!("{what} is version {version}; {needed} or later is needed. {advice}")
        }
        _ => Ok(()),
    }
}

/// The rest of the line after a word, without a product name before a slash: `nginx/1.22.1`.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.split_once(word)?.1.lines().next()?;
    Some(rest.split_once('/').map_or(rest, |(_, rest)| rest))
}

/// The output of a command on stdout and stderr.
fn output_of(command: &mut Command) -> String {
    let Ok(output) = command.stdin(Stdio::null()).output() else {
        return String::new();
    };
    let all = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&all).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_where_programs_print_them() {
        let redis = |text: &str| after(text, "v=").and_then(Version::parse);
        assert_eq!(
            redis("Redis server v=7.0.15 sha=00000000:0"),
            Some(Version(7, 0))
        );
        assert_eq!(redis("Valkey server v=8.1.1 sha=0"), Some(Version(8, 1)));
        assert_eq!(redis("something else"), None);
        let nginx = |text: &str| after(text, "nginx version: ").and_then(Version::parse);
        assert_eq!(nginx("nginx version: nginx/1.22.1\n"), Some(Version(1, 22)));
        assert_eq!(
            nginx("nginx version: openresty/1.21.4.1\n"),
            Some(Version(1, 21))
        );
    }

    #[test]
    fn older_versions_are_rejected_and_the_oldest_supported_one_is_not() {
        for (info, is_refused) in [
            ("# Server\r\nredis_version:6.2.14\r\n", true),
            ("# Server\r\nredis_version:7.0.0\r\n", false),
            ("# Server\r\nredis_version:10.0.0\r\n", false),
            ("", false),
        ] {
            assert_eq!(
                check_redis("redis://a", info).is_err(),
                is_refused,
                "{info}"
            );
        }
    }
}
