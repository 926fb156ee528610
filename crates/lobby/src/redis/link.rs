//! [`Link`]: the client of one Redis server or a cluster. It finds the node of a key and follows redirects.
//!
//! It never repeats a command that may have been applied: an error means *maybe applied*. A redirect means that
//! nothing was applied, so it is followed. The cluster client of the `redis` crate does not fit: with retries, it
//! sends a command again after its connection broke; without them, it follows no redirect. While it connects to one
//! node, commands for the others wait. It also does not expose which node has a key, which blocking reads and
//! notifications need.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use futures_util::future::select_ok;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{
    Cmd, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo, Pipeline, RedisError,
    RedisFuture, RedisResult, ScriptInvocation, ServerErrorKind, Value,
};

use super::node::{Held, Node, addr_of, means_lost};
use super::slots::{Address, Redirect, Slots, key_of, slot_of};
use crate::error::{Error, Result};

/// How many redirects of one command are followed.
const REDIRECTS_MAX: u32 = 5;
/// The minimum time between two requests of `CLUSTER SLOTS`; every command to an unreachable node asks for a new
/// answer.
const SLOTS_AGE_MIN: Duration = Duration::from_millis(100);
/// How long an answer waits for the replicas when [`Link::waiting_for`] requires it; less than the caller's timeout.
const REPLICAS_WAIT_MS: u64 = 250;

/// Cheap to clone; clones share the connections.
#[derive(Clone)]
pub(crate) struct Link {
    shared: Arc<Shared>,
    replicas: u32,
}

struct Shared {
    /// The configured nodes. Connections to other nodes use the settings of the first one.
    seeds: Vec<(ConnectionInfo, Node)>,
    timeout: Duration,
    nodes: Mutex<HashMap<Address, Node>>,
    /// None: a single server.
    slots: RwLock<Option<Arc<Slots>>>,
    /// When the slots were last requested; locked during a request.
    requested_at: tokio::sync::Mutex<Option<Instant>>,
    is_cluster: AtomicBool,
    is_stale: AtomicBool,
}

impl Link {
    /// `urls`: one URL, or the nodes of a Redis Cluster separated by commas. A single server that answers with a
    /// redirect is treated as a cluster too. Does not connect yet. `timeout` applies to connecting and to each
    /// answer.
    pub(crate) fn new(urls: &str, timeout: Duration) -> Result<Self> {
        let wrong = |error: RedisError| Error::Config(format!("REDIS_URL: {error}"));
        let seeds = urls.split(',').map(|url| {
            let info = url.trim().into_connection_info()?;
            let node = Node::new(&info, timeout)?;
            Ok((info, node))
        });
        let seeds: Vec<_> = seeds.collect::<RedisResult<_>>().map_err(wrong)?;
        let is_cluster = AtomicBool::new(seeds.len() > 1);
        Ok(Self {
            shared: Arc::new(Shared {
                seeds,
                timeout,
                is_cluster,
                nodes: Mutex::default(),
                slots: RwLock::default(),
                requested_at: tokio::sync::Mutex::default(),
                is_stale: AtomicBool::new(true),
            }),
            replicas: 0,
        })
    }

    /// The same link, on which a script's answer waits until this number of replicas have its writes.
    pub(crate) fn waiting_for(&self, replicas: u32) -> Self {
        Self {
            replicas,
            ..self.clone()
        }
    }

    pub(crate) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        Ok(command.query_async(&mut self.route()).await?)
    }

    pub(crate) async fn script<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T> {
        let mut route = self.route();
        let answer = script.invoke_async(&mut route).await?;
        route.wait_for_replicas().await?;
        Ok(answer)
    }

    /// Sends commands of one slot in one round trip; atomic if the pipeline is a transaction.
    pub(crate) async fn pipeline(&self, pipeline: &Pipeline) -> Result<()> {
        Ok(pipeline.query_async(&mut self.route()).await?)
    }

    /// A separate connection to the node of a key, for blocking reads.
    pub(crate) async fn dedicated(
        &self,
        key: &str,
        response_timeout: Duration,
    ) -> RedisResult<MultiplexedConnection> {
        let node = self.node_of(Some(key.as_bytes())).await?;
        let result = node.dedicated(response_timeout, |_| ()).await;
        self.note(result)
    }

    /// Every node that has keys, by address. Each node only reports and scans its own keys.
    pub(crate) async fn primaries(&self) -> RedisResult<Vec<(Address, Node)>> {
        match self.slots().await? {
            None => Ok(vec![(Address::new(), self.seed())]),
            Some(slots) => {
                let named = |address: &str| Ok((address.to_owned(), self.node(address)?));
                slots.primaries().into_iter().map(named).collect()
            }
        }
    }

    /// Updates the known slots if an error on a separate connection shows that slots may have moved.
    pub(crate) fn note<T>(&self, result: RedisResult<T>) -> RedisResult<T> {
        if let Err(error) = &result {
            self.learn(error, "");
        }
        result
    }

    fn route(&self) -> Route<'_> {
        Route {
            link: self,
            last: None,
        }
    }

    fn seed(&self) -> Node {
        // There is at least one: splitting a text gives at least one part.
        self.shared.seeds[0].1.clone()
    }

    async fn node_of(&self, key: Option<&[u8]>) -> RedisResult<Node> {
        let Some(slots) = self.slots().await? else {
            return Ok(self.seed());
        };
        let owner = match key {
            Some(key) => slots.owner(slot_of(key)),
            None => slots.primaries().into_iter().next(),
        };
        let no_owner =
            || RedisError::from((ErrorKind::ClusterConnectionNotFound, "no node has the slot"));
        self.node(owner.ok_or_else(|| {
            self.shared.is_stale.store(true, Ordering::Relaxed);
            no_owner()
        })?)
    }

    /// The node at this address, with the settings of the first configured node.
    fn node(&self, address: &str) -> RedisResult<Node> {
        let mut nodes = self
            .shared
            .nodes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = nodes.get(address) {
            return Ok(node.clone());
        }
        let info = &self.shared.seeds[0].0;
        let info = info.clone().set_addr(addr_of(info.addr(), address)?);
        let node = Node::new(&info, self.shared.timeout)?;
        nodes.insert(address.to_owned(), node.clone());
        Ok(node)
    }

    /// The slots of all nodes; None outside a cluster. Requests them only if there is a reason.
    async fn slots(&self) -> RedisResult<Option<Arc<Slots>>> {
        if !self.shared.is_cluster.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let known = self.known();
        if known.is_some() && !self.shared.is_stale.load(Ordering::Relaxed) {
            return Ok(known);
        }
        let mut requested_at = self.shared.requested_at.lock().await;
        let known = self.known();
        let is_recent = requested_at.is_some_and(|at| at.elapsed() < SLOTS_AGE_MIN);
        if known.is_some() && (is_recent || !self.shared.is_stale.load(Ordering::Relaxed)) {
            return Ok(known);
        }
        let answer = self.request_slots().await;
        *requested_at = Some(Instant::now());
        match answer {
            Ok(slots) => {
                let slots = Arc::new(slots);
                self.forget_others(&slots);
                self.set(slots.clone());
                self.shared.is_stale.store(false, Ordering::Relaxed);
                Ok(Some(slots))
            }
            // No node answered, so no command would succeed either.
            Err(error) => Err(error),
        }
    }

    /// Requests the slots from all known nodes concurrently; the first answer is used.
    async fn request_slots(&self) -> RedisResult<Slots> {
        let all = self.all_nodes();
        let requests = all.into_iter().map(|node| {
            Box::pin(async move {
                let mut held = node.held().await?;
                let answer = held.send(&[], redis::cmd("CLUSTER").arg("SLOTS")).await?;
                Slots::read(answer, &held.host)
            })
        });
        select_ok(requests).await.map(|(slots, _)| slots)
    }

    fn all_nodes(&self) -> Vec<Node> {
        let seeds = self.shared.seeds.iter().map(|(_, node)| node);
        let nodes = self
            .shared
            .nodes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        seeds.chain(nodes.values()).cloned().collect()
    }

    fn known(&self) -> Option<Arc<Slots>> {
        let slots = self.shared.slots.read();
        slots.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, slots: Arc<Slots>) {
        let held = self.shared.slots.write();
        *held.unwrap_or_else(PoisonError::into_inner) = Some(slots);
    }

    fn forget_others(&self, slots: &Slots) {
        let primaries = slots.primaries();
        let mut nodes = self
            .shared
            .nodes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        nodes.retain(|address, _| primaries.contains(&address.as_str()));
    }

    /// Updates the known slots after an error.
    fn learn(&self, error: &RedisError, host: &str) {
        if let Some(Redirect::Moved(slot, address)) = Redirect::of(error, host) {
            self.shared.is_cluster.store(true, Ordering::Relaxed);
            if let Some(known) = self.known() {
                let mut slots = Slots::clone(&known);
                slots.set(slot, &address);
                self.set(Arc::new(slots));
            }
        }
        let server = [
            ServerErrorKind::Moved,
            ServerErrorKind::ClusterDown,
            ServerErrorKind::TryAgain,
        ];
        if means_lost(error) || server.into_iter().any(|kind| has_kind(error, kind)) {
            self.shared.is_stale.store(true, Ordering::Relaxed);
        }
    }
}

/// The route of one call. `SCRIPT LOAD` after `EVALSHA` has no key, and must go to the same node.
struct Route<'a> {
    link: &'a Link,
    last: Option<Held>,
}

impl Route<'_> {
    async fn start(&mut self, command: Option<&Cmd>) -> RedisResult<Held> {
        let key = command.and_then(key_of);
        if key.is_none()
            && let Some(last) = &self.last
        {
            return Ok(last.clone());
        }
        let node = self.link.node_of(key.as_deref()).await?;
        self.link.note(node.held().await)
    }

    async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        let mut held = self.start(Some(command)).await?;
        let mut before = Vec::new();
        for _ in 0..REDIRECTS_MAX {
            let result = held.send(&before, command).await;
            let Err(error) = &result else {
                self.last = Some(held);
                return result;
            };
            self.link.learn(error, &held.host);
            let (address, asking) = match Redirect::of(error, &held.host) {
                None => {
                    self.last = Some(held);
                    return result;
                }
                Some(Redirect::Moved(_, address)) => (address, None),
                Some(Redirect::Ask(address)) => (address, Some(redis::cmd("ASKING"))),
            };
            before = asking.into_iter().collect();
            held = self.link.note(self.link.node(&address)?.held().await)?;
        }
        Err((ErrorKind::Client, "too many redirects").into())
    }

    async fn send_all(
        &mut self,
        pipeline: &Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        let mut tries = if pipeline.is_transaction() {
            REDIRECTS_MAX
        } else {
            1
        };
        loop {
            let mut held = self.start(pipeline.cmd_iter().next()).await?;
            let result = held.send_all(pipeline, offset, count).await;
            tries -= 1;
            let Err(error) = &result else { return result };
            self.link.learn(error, &held.host);
            // A transaction that contains a redirect was not started.
            if tries == 0 || !has_kind(error, ServerErrorKind::Moved) {
                return result;
            }
        }
    }

    /// An error means that the write was applied, but a failover may lose it.
    async fn wait_for_replicas(&mut self) -> RedisResult<()> {
        let replicas = self.link.replicas;
        let (Some(held), 1..) = (&mut self.last, replicas) else {
            return Ok(());
        };
        let mut wait = redis::cmd("WAIT");
        wait.arg(replicas).arg(REPLICAS_WAIT_MS);
        let reached = u32::from_redis_value(held.send(&[], &wait).await?)?;
        if reached >= replicas {
            return Ok(());
        }
        let text = format!("{reached} of {replicas} replicas confirmed the write");
        Err((ErrorKind::Client, "not replicated", text).into())
    }
}

impl ConnectionLike for Route<'_> {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(self.send(command))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(self.send_all(pipeline, offset, count))
    }

    fn get_db(&self) -> i64 {
        0
    }
}

/// Whether an error, or one of a pipeline's errors, is of this kind.
fn has_kind(error: &RedisError, kind: ServerErrorKind) -> bool {
    let all = error.clone().into_server_errors();
    error.kind() == ErrorKind::Server(kind)
        || all.is_some_and(|all| all.iter().any(|(_, error)| error.kind() == Some(kind)))
}
