//! The way to Redis, one server or a cluster: finds the node of a key, follows redirects, and nothing else.
//!
//! Never repeats a command that may have been applied: an error means *maybe applied*. A redirect says that nothing was done,
//! so it is followed. The cluster client of the `redis` crate does not fit: with retries it sends a command again whose
//! connection broke, without them it follows no redirect; while it looks for one node, commands for the others wait; and it
//! does not say where a key is, which blocking reads and notifications must know.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use futures_util::future::select_ok;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{
    Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo, Pipeline,
    RedisError, RedisFuture, RedisResult, ScriptInvocation, ServerErrorKind, Value,
};

use crate::error::{Error, Result};
use crate::node::{Held, Node, says_lost};
use crate::slots::{self, Address, Redirect, Slots, key_of, slot_of};

/// A slot that moves on and on is not followed for ever.
const REDIRECTS_MAX: u32 = 5;
/// The slots are not asked for more often: while a node is away, every command finds that out.
const SLOTS_AGE_MIN: Duration = Duration::from_millis(100);
/// How long an answer waits for the replicas, where that is asked for; less than its caller waits for the answer.
const REPLICAS_WAIT_MS: u64 = 250;

/// Cheap to clone; clones share the connections.
#[derive(Clone)]
pub(crate) struct Link {
    shared: Arc<Shared>,
    replicas: u32,
}

struct Shared {
    /// As configured, each with the settings that every node's connection has too.
    seeds: Vec<(ConnectionInfo, Node)>,
    patience: Duration,
    nodes: Mutex<HashMap<Address, Node>>,
    /// None: one server has everything.
    slots: RwLock<Option<Arc<Slots>>>,
    /// When the slots were asked for last; held by who asks.
    asked: tokio::sync::Mutex<Option<Instant>>,
    is_cluster: AtomicBool,
    is_stale: AtomicBool,
}

impl Link {
    /// `urls`: one, or several with commas, which are nodes of a Redis Cluster. A single one that answers with a redirect is
    /// a node of a cluster too. Does not connect yet. `patience`: so long one waits for a connection, and so long for an answer.
    pub(crate) fn new(urls: &str, patience: Duration) -> Result<Self> {
        let wrong = |error: RedisError| Error::Config(format!("REDIS_URL: {error}"));
        let seeds = urls.split(',').map(|url| {
            let info = url.trim().into_connection_info()?;
            let node = Node::new(&info, patience)?;
            Ok((info, node))
        });
        let seeds: Vec<_> = seeds.collect::<RedisResult<_>>().map_err(wrong)?;
        let is_cluster = AtomicBool::new(seeds.len() > 1);
        Ok(Self {
            shared: Arc::new(Shared {
                seeds,
                patience,
                is_cluster,
                nodes: Mutex::default(),
                slots: RwLock::default(),
                asked: tokio::sync::Mutex::default(),
                is_stale: AtomicBool::new(true),
            }),
            replicas: 0,
        })
    }

    /// The same link, on which a script's answer waits until so many replicas have what it wrote.
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

    /// Commands of one slot in one round trip; atomic when the pipeline says so.
    pub(crate) async fn pipeline(&self, pipeline: &Pipeline) -> Result<()> {
        Ok(pipeline.query_async(&mut self.route()).await?)
    }

    /// A connection of its own to the node of a key, for blocking reads.
    pub(crate) async fn dedicated(
        &self,
        key: &str,
        response_timeout: Duration,
    ) -> RedisResult<MultiplexedConnection> {
        let node = self.node_of(Some(key.as_bytes())).await?;
        let result = node.dedicated(response_timeout, |_| ()).await;
        self.note(result)
    }

    /// Every node that has keys, by name: what each notices only it tells.
    pub(crate) async fn primaries(&self) -> RedisResult<Vec<(Address, Node)>> {
        match self.slots().await? {
            None => Ok(vec![(Address::new(), self.seed())]),
            Some(slots) => {
                let named = |address: &str| Ok((address.to_owned(), self.node(address)?));
                slots.primaries().into_iter().map(named).collect()
            }
        }
    }

    /// For those who read on connections of their own: an error may say that slots are elsewhere now.
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
        // There is one: a text split is at least one text.
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
        let nobody =
            || RedisError::from((ErrorKind::ClusterConnectionNotFound, "no node has the slot"));
        self.node(owner.ok_or_else(|| {
            self.shared.is_stale.store(true, Ordering::Relaxed);
            nobody()
        })?)
    }

    /// A node by its name, with the settings of the first one configured.
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
        let node = Node::new(&info, self.shared.patience)?;
        nodes.insert(address.to_owned(), node.clone());
        Ok(node)
    }

    /// Who has what; None outside a cluster. Asks when there is reason to, else answers with what is known.
    async fn slots(&self) -> RedisResult<Option<Arc<Slots>>> {
        if !self.shared.is_cluster.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let known = self.known();
        if known.is_some() && !self.shared.is_stale.load(Ordering::Relaxed) {
            return Ok(known);
        }
        let mut asked = self.shared.asked.lock().await;
        let known = self.known();
        let is_recent = asked.is_some_and(|at| at.elapsed() < SLOTS_AGE_MIN);
        if known.is_some() && (is_recent || !self.shared.is_stale.load(Ordering::Relaxed)) {
            return Ok(known);
        }
        let answer = self.ask_for_slots().await;
        *asked = Some(Instant::now());
        match answer {
            Ok(slots) => {
                let slots = Arc::new(slots);
                self.forget_others(&slots);
                self.set(slots.clone());
                self.shared.is_stale.store(false, Ordering::Relaxed);
                Ok(Some(slots))
            }
            // Nobody answered: nor would the node of any key.
            Err(error) => Err(error),
        }
    }

    /// Asks every node known at once: the first answer counts.
    async fn ask_for_slots(&self) -> RedisResult<Slots> {
        let all = self.everybody();
        let asked = all.into_iter().map(|node| {
            Box::pin(async move {
                let mut held = node.held().await?;
                let answer = held.send(&[], redis::cmd("CLUSTER").arg("SLOTS")).await?;
                Slots::read(answer, &held.host)
            })
        });
        select_ok(asked).await.map(|(slots, _)| slots)
    }

    fn everybody(&self) -> Vec<Node> {
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

    /// What an error tells about the cluster.
    fn learn(&self, error: &RedisError, asked: &str) {
        if let Some(Redirect::Moved(slot, address)) = slots::redirect(error, asked) {
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
        if says_lost(error) || server.into_iter().any(|kind| says(error, kind)) {
            self.shared.is_stale.store(true, Ordering::Relaxed);
        }
    }
}

/// One call's way: also the second half of a script's, which goes where the first went.
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
            let (address, asking) = match slots::redirect(error, &held.host) {
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
        Err((ErrorKind::Client, "the slot is redirected on and on").into())
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
            // A transaction with a redirect in it was not begun.
            if tries == 0 || !says(error, ServerErrorKind::Moved) {
                return result;
            }
        }
    }

    /// An error says: applied, but a failover could still lose it.
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
        let text = format!("{reached} of {replicas} replicas have it");
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

/// Also of one among a pipeline's errors.
fn says(error: &RedisError, kind: ServerErrorKind) -> bool {
    let all = error.clone().into_server_errors();
    error.kind() == ErrorKind::Server(kind)
        || all.is_some_and(|all| all.iter().any(|(_, error)| error.kind() == Some(kind)))
}

fn addr_of(like: &ConnectionAddr, address: &str) -> RedisResult<ConnectionAddr> {
    let wrong = || RedisError::from((ErrorKind::Client, "no node's address", address.to_owned()));
    let (host, port) = slots::host_and_port(address).ok_or_else(wrong)?;
    Ok(match like {
        ConnectionAddr::TcpTls {
            insecure,
            tls_params,
            ..
        } => ConnectionAddr::TcpTls {
            host: host.to_owned(),
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        _ => ConnectionAddr::Tcp(host.to_owned(), port),
    })
}
