//! Private Redis servers: a cluster of one node as in production, a larger cluster, a server without a cluster, or a
//! server with TLS.
//!
//! `REDIS_SERVER` names a program other than `redis-server`: `valkey-server`, or a path. With `REDIS_PRIMARIES=3`,
//! [`Redis::shared`] is a cluster of three primaries.

mod cli;
mod node;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

pub use cli::{command, server};
pub use node::{Address, Node, is_cluster_ready};

use crate::eventually;

/// A running Redis. Dropping it kills every process and removes the data.
pub struct Redis {
    /// `REDIS_URL`: the URLs of the nodes, separated by commas.
    pub url: String,
    /// Its processes.
    pub nodes: Vec<Node>,
}

static SHARED: Mutex<Weak<Redis>> = Mutex::new(Weak::new());

impl Redis {
    /// The server that all tests of this process share.
    ///
    /// # Panics
    /// If `REDIS_PRIMARIES` is not a number, or the server does not start.
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(redis) = shared.upgrade() {
            return redis;
        }
        let primaries = std::env::var("REDIS_PRIMARIES")
            .map_or(1, |text| text.parse().expect("REDIS_PRIMARIES is a number"));
        let redis = Arc::new(Self::cluster(primaries));
        *shared = Arc::downgrade(&redis);
        redis
    }

    /// A cluster of one node, which rejects a script that leaves its slot.
    pub fn start() -> Self {
        Self::cluster(1)
    }

    /// Like `start`, at this port.
    pub fn start_at(port: u16) -> Self {
        Self::form(vec![Node::start(port, &Node::of_cluster())])
    }

    /// Primaries that share the slots, without replicas. Each continues to serve its slots when another one is down.
    pub fn cluster(primaries: u16) -> Self {
        let node = |_| Node::start(crate::free_port(), &Node::of_cluster());
        Self::form((0..primaries).map(node).collect())
    }

    /// A server without a cluster, with these options, separated by spaces.
    pub fn alone(options: &str) -> Self {
        let options: Vec<&str> = options.split_whitespace().collect();
        Self::of(vec![Node::start(crate::free_port(), &options)])
    }

    /// A replica without a primary, which rejects writes.
    pub fn read_only() -> Self {
        Self::alone("--replicaof 127.0.0.1 1")
    }

    /// A server without a cluster that accepts only TLS, with this certificate and key.
    pub fn tls(certificate: &Path, key: &Path) -> Self {
        Self::of(vec![Node::start_tls(crate::free_port(), certificate, key)])
    }

    /// Runs a command on the first node. Returns the reply as text.
    ///
    /// # Panics
    /// If the reply is an error.
    pub fn command(&self, words: &[&str]) -> String {
        self.nodes[0].command(words)
    }

    /// Makes every node hang: it keeps its connections and data, but does not answer.
    pub fn pause(&self) {
        self.nodes.iter().for_each(|node| node.signal("STOP"));
    }

    /// Lets every node continue.
    pub fn resume(&self) {
        self.nodes.iter().for_each(|node| node.signal("CONT"));
    }

    /// Makes every node refuse commands that need memory.
    pub fn fill(&self) {
        for node in &self.nodes {
            node.run("CONFIG SET maxmemory 1");
        }
    }

    fn form(nodes: Vec<Node>) -> Self {
        let addresses: Vec<Address> = nodes.iter().map(|node| node.address).collect();
        let ready = || is_cluster_ready(&addresses).then_some(());
        eventually(
            "the cluster of Redis is ready (is redis-server installed?)",
            ready,
        );
        Self::of(nodes)
    }

    fn of(nodes: Vec<Node>) -> Self {
        for node in &nodes {
            node.wait_for(|_| true);
        }
        let urls: Vec<&str> = nodes.iter().map(|node| node.url.as_str()).collect();
        Self {
            url: urls.join(","),
            nodes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_keeps_its_data_over_a_restart_and_hangs_while_it_is_paused() {
        let mut redis = Redis::alone("--appendonly yes --appendfsync always");
        assert_eq!(redis.command(&["SET", "a", ""]), "OK");
        redis.pause();
        assert_eq!(redis.nodes[0].try_command(&["PING"]), None);
        redis.resume();
        assert_eq!(redis.nodes[0].run("APPEND a ''"), "0");
        redis.nodes[0].restart();
        assert_eq!(redis.nodes[0].run("EXISTS a"), "1");
        redis.fill();
        assert_eq!(redis.nodes[0].try_command(&["SET", "b", "c"]), None);
    }

    #[test]
    fn three_primaries_share_the_slots() {
        let redis = Redis::cluster(3);
        let slot = |node: &Node| node.run("CLUSTER SHARDS").lines().count();
        assert_eq!(redis.url.split(',').count(), 3);
        assert_eq!(slot(&redis.nodes[0]), slot(&redis.nodes[2]));
        let moved = redis
            .nodes
            .iter()
            .filter(|node| node.try_command(&["GET", "a"]).is_none());
        assert_eq!(moved.count(), 2, "one node has the slot");
    }
}
