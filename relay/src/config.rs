//! Configuration of the relay: flags, environment variables, and limits on clients.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use clap::builder::BoolishValueParser;
use edge::traces::{SettingsError, TraceSettings};

/// Flags and environment variables of the `relay` binary.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "relay",
    version,
    about = "The authoritative game server of Skirmish"
)]
pub struct Config {
    /// Name of this server in paths, tickets and leases: `[a-z0-9-]{1,64}`, unique among live
    /// servers. Default: the name of this host, up to the first dot.
    #[arg(long, env = "RELAY_ID", default_value = "", hide_default_value = true, value_parser = parse_id)]
    pub relay_id: String,
    /// Where to listen, `host:port`.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// Address at which players reach this server directly: `ws://host:port`, without the path.
    /// Default: the front door serves it at `/game/<id>`.
    #[arg(long, env = "PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Where to accept WebTransport sessions, `host:port` of UDP. Unset: WebTransport is off.
    #[arg(long, env = "WEBTRANSPORT_ADDRESS", default_value = "", hide_default_value = true, value_parser = parse_udp)]
    pub webtransport_address: String,
    /// Address at which players reach this server over WebTransport: `https://host:port`, without the path. Default:
    /// the same port, at the host of `PUBLIC_URL` or at the host by which a player reaches the front door.
    #[arg(long, env = "WEBTRANSPORT_URL", default_value = "", hide_default_value = true, value_parser = parse_https)]
    pub webtransport_url: String,
    /// The region of this server: `[a-z0-9-]{1,32}`. A match starts in the region with the lowest worst latency of
    /// its players.
    #[arg(long, env = "REGION", default_value = "", hide_default_value = true, value_parser = parse_region)]
    pub region: String,
    /// The Redis that holds the lobby.
    #[arg(long, env = "REDIS_URL", default_value = "redis://127.0.0.1:6379")]
    pub redis_url: String,
    /// The game of the pools that name none. Default: the first game that this program has.
    #[arg(long, env = "GAME")]
    pub game: Option<String>,
    /// The pools, as JSON: `{"main": {}}`.
    #[arg(long, env = "POOLS", default_value = r#"{"main":{}}"#)]
    pub pools: String,
    /// Endpoint that accepts Lambda invocations, such as `cargo lambda watch`. Unset: AWS.
    #[arg(long, env = "LAMBDA_URL")]
    pub lambda_url: Option<String>,
    /// Prefix of each function's name, such as `skirmish-`.
    #[arg(long, env = "FUNCTION_PREFIX", default_value = "")]
    pub function_prefix: String,
    /// Threads that run rooms. Default: one per core.
    #[arg(long, env = "WORKERS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: Option<u16>,
    /// Maximum number of rooms that the lobby assigns to this server.
    #[arg(long, env = "CAPACITY", default_value_t = 400)]
    pub capacity: u32,
    /// Run no rooms; serve watchers of the matches of all relays.
    #[arg(long, env = "WATCH_ONLY", value_parser = BoolishValueParser::new())]
    pub watch_only: bool,
    /// Let operators kill this process, to see matches continue. Only `cargo xtask up` sets it.
    #[arg(long, env = "RELAY_KILL", value_parser = BoolishValueParser::new())]
    pub relay_kill: bool,
    /// Maximum snapshots per second for a player: 60, 30, 20 or 10. A player whose connection
    /// carries less gets fewer.
    #[arg(long, env = "SNAPSHOT_HZ", default_value_t = 60, value_parser = parse_snapshot_hz)]
    pub snapshot_hz: u32,
    /// The game's settings, as JSON: `{"match_seconds": 20, "lives": 1}`. A missing setting has the game's default.
    #[arg(long, env = "SETTINGS", default_value = "{}")]
    pub settings: String,
    /// A match starts when all players are connected, or after this many milliseconds.
    #[arg(long, env = "GRACE_MS", default_value_t = 5_000)]
    pub grace_ms: u32,
    /// Maximum duration of a shutdown, in milliseconds. During this time, running matches are handed over to other
    /// servers.
    #[arg(long, env = "STOP_MS", default_value_t = 8_000)]
    pub stop_ms: u64,
    /// What to log, as a `tracing` filter.
    #[arg(long, env = "LOG", default_value = "info")]
    pub log: String,
    /// The OTLP/HTTP endpoint of a collector of traces, such as `http://127.0.0.1:4318`. Unset: no traces.
    #[arg(
        long = "otel-exporter-otlp-endpoint",
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        default_value = "",
        hide_default_value = true
    )]
    pub otlp_endpoint: String,
    /// Headers of requests to the collector: `name=value,name=value`.
    #[arg(
        long = "otel-exporter-otlp-headers",
        env = "OTEL_EXPORTER_OTLP_HEADERS",
        default_value = "",
        hide_default_value = true,
        hide_env_values = true
    )]
    pub otlp_headers: String,
    /// The name of this server in traces. Default: `skirmish-relay`.
    #[arg(
        long,
        env = "OTEL_SERVICE_NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub otel_service_name: String,
    /// Limits on untrusted clients. Not a flag: no deployment changes them.
    #[arg(skip)]
    pub limits: Limits,
}

/// Limits of a connection: rates, sizes and timeouts.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Time from the connection's first byte to its upgrade or answer.
    pub handshake: Duration,
    /// A connection without any frame for this long counts as lost.
    pub idle: Duration,
    /// Interval between pings.
    pub ping: Duration,
    /// Maximum number of connections of players and watchers; further ones get status 503.
    pub sockets: usize,
    /// Maximum number of watchers. A watch-only server ignores it.
    pub watchers: usize,
    /// Maximum number of watchers of a room. A watch-only server ignores it.
    pub watchers_of_room: usize,
    /// Interval between reads of a watched room's recording.
    pub watch_interval: Duration,
    /// Sustained messages per second that a connection may send.
    pub messages_per_second: u32,
    /// Burst of messages, after a stall of the connection.
    pub messages_burst: u32,
}

impl Config {
    /// Where spans are exported to; None: nowhere.
    pub(crate) fn traces(&self) -> Result<Option<TraceSettings>, SettingsError> {
        TraceSettings::read(
            &self.otlp_endpoint,
            &self.otlp_headers,
            &self.otel_service_name,
        )
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            idle: Duration::from_secs(15),
            ping: Duration::from_secs(5),
            sockets: tokio::sync::Semaphore::MAX_PERMITS,
            watchers: 1_000,
            watchers_of_room: 32,
            watch_interval: Duration::from_secs(1),
            messages_per_second: 120,
            messages_burst: 300,
        }
    }
}

fn parse_snapshot_hz(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|hz| protocol::limits::SNAPSHOT_HZ.contains(hz))
        .ok_or_else(|| "must be 60, 30, 20 or 10".to_owned())
}

/// An empty text stands for the name of the host.
fn parse_id(text: &str) -> Result<String, String> {
    if text.is_empty() || is_id(text) {
        Ok(text.to_owned())
    } else {
        Err(format!("must be {ID}"))
    }
}

/// An empty text stands for no address.
fn parse_udp(text: &str) -> Result<String, String> {
    if text.is_empty() || text.parse::<SocketAddr>().is_ok() {
        Ok(text.to_owned())
    } else {
        Err("must be an address and a port, such as 0.0.0.0:4433".to_owned())
    }
}

/// An empty text stands for no address.
fn parse_https(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://");
    if text.is_empty() || host.is_some_and(|host| lobby::Origin::new(host, true).is_some()) {
        Ok(text.to_owned())
    } else {
        Err("must be https://host:port, without a path".to_owned())
    }
}

/// An empty text stands for no region.
fn parse_region(text: &str) -> Result<String, String> {
    if text.is_empty() || lobby::is_region(text) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 32 of a-z, 0-9 and -".to_owned())
    }
}

const ID: &str = "1 to 64 of a-z, 0-9 and -";

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The id of a server on this host: `ip-10-0-1-23` on `ip-10-0-1-23.ec2.internal`.
pub(crate) fn host_id() -> Result<String, String> {
    let host = nix::unistd::gethostname()
        .map_err(|error| format!("not set, and the name of this host is unknown: {error}"))?;
    id_of(&host.to_string_lossy())
}

fn id_of(host: &str) -> Result<String, String> {
    let id = host.split('.').next().unwrap_or_default();
    let id = id.to_ascii_lowercase();
    if is_id(&id) {
        Ok(id)
    } else {
        Err(format!(
            "not set, and the name of this host, {host:?}, does not begin with {ID}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_a_name_uses_the_name_of_its_host() {
        for (host, id) in [
            ("ip-10-0-1-23.ec2.internal", "ip-10-0-1-23"),
            ("relay-0", "relay-0"),
            ("1f0c9a2b3d4e", "1f0c9a2b3d4e"),
            ("Box.local", "box"),
        ] {
            assert_eq!(id_of(host).as_deref(), Ok(id));
        }
        for host in ["", ".local", "my_box", "düne", &"a".repeat(65)] {
            let error = id_of(host).expect_err(host);
            assert!(
                error.starts_with("not set, and the name of this host"),
                "{error}"
            );
        }
    }
}
