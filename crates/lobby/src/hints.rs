//! [`Hints`]: hints that pools have work, from the queues' events and Redis's `expired`
//! notifications. A poll finds the work of a lost hint.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use redis::streams::StreamReadReply;
use redis::{PushInfo, PushKind, RedisResult, Value};
use tokio::sync::{Notify, mpsc};
use tokio::task::{AbortHandle, JoinSet};

use crate::keys::{PoolKeys, split_pool_key};
use crate::redis::link::Link;
use crate::redis::node::Node;
use crate::redis::slots::Address;
use crate::store::Stores;

const EXPIRED_PATTERN: &str = "__keyevent@*__:expired";
/// A blocking read ends after this time without an event, and is repeated.
const BLOCK_MS: u64 = 5000;
const SLACK: Duration = Duration::from_secs(2);
const RETRY_PAUSE: Duration = Duration::from_millis(250);
/// The time after which a new node of a cluster gets a listener.
const NODES_PAUSE: Duration = Duration::from_secs(1);
/// The capacity of the queue of hints; further hints are dropped.
const WAITING_MAX: usize = 1024;

/// A reason to invoke a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The pool's queue has work (`assign`).
    Queue {
        /// The pool's name.
        pool: String,
    },
    /// A shadow key expired (`expire`).
    Expired {
        /// The pool's name.
        pool: String,
    },
}

/// A stream of hints about the followed pools. Dropping it closes its connections.
pub struct Hints {
    link: Link,
    sender: mpsc::Sender<Hint>,
    receiver: mpsc::Receiver<Hint>,
    readers: JoinSet<()>,
    /// The reader of each followed pool's events.
    queues: BTreeMap<String, AbortHandle>,
    /// The reader of `expired` notifications; None while no pool is followed.
    expired: Option<AbortHandle>,
}

impl Hints {
    /// Follows no pool yet.
    pub(crate) fn new(stores: &Stores) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        Self {
            link: stores.link.clone(),
            sender,
            receiver,
            readers: JoinSet::new(),
            queues: BTreeMap::new(),
            expired: None,
        }
    }

    /// Replaces the set of followed pools. Reads `{pool}:events` and `expired` notifications on separate connections:
    /// one per pool, because a read over two pools would span two slots, and one per node with keys, because each
    /// node only reports its own keys. Reconnects and resubscribes automatically. Redis sends each event to every
    /// reader, so follow only the pools that you act on.
    pub fn follow(&mut self, pools: &BTreeSet<String>) {
        self.queues.retain(|pool, reader| {
            let stays = pools.contains(pool);
            if !stays {
                reader.abort();
            }
            stays
        });
        for pool in pools {
            if !self.queues.contains_key(pool) {
                let reader = read_events(self.link.clone(), self.sender.clone(), pool.clone());
                self.queues.insert(pool.clone(), self.readers.spawn(reader));
            }
        }
        match (&self.expired, pools.is_empty()) {
            (Some(reader), true) => {
                reader.abort();
                self.expired = None;
            }
            (None, false) => {
                let reader = listen_to_all(self.link.clone(), self.sender.clone());
                self.expired = Some(self.readers.spawn(reader));
            }
            _ => {}
        }
        while self.readers.try_join_next().is_some() {}
    }

    /// Waits for the next hint. A hint of a pool that was followed before may still arrive.
    pub async fn next(&mut self) -> Hint {
        match self.receiver.recv().await {
            Some(hint) => hint,
            // `self` holds a sender, so the channel never closes.
            None => std::future::pending().await,
        }
    }
}

async fn read_events(link: Link, sender: mpsc::Sender<Hint>, pool: String) {
    loop {
        let result = events(&link, &sender, &pool).await;
        pause(link.note(result)).await;
    }
}

async fn pause(result: RedisResult<()>) {
    if let Err(error) = result {
        tracing::debug!(%error, "hints interrupted");
    }
    tokio::time::sleep(RETRY_PAUSE).await;
}

/// Runs a listener for each node. Dropping the future ends all of them.
async fn listen_to_all(link: Link, sender: mpsc::Sender<Hint>) {
    let mut listeners = JoinSet::new();
    let mut nodes: HashMap<Address, AbortHandle> = HashMap::new();
    loop {
        match link.primaries().await {
            Err(error) => tracing::debug!(%error, "hints interrupted"),
            Ok(primaries) => {
                nodes.retain(|address, listener| {
                    let stays = primaries.iter().any(|(other, _)| other == address);
                    if !stays {
                        listener.abort();
                    }
                    stays
                });
                for (address, node) in primaries {
                    nodes
                        .entry(address)
                        .or_insert_with(|| listeners.spawn(listen_to(node, sender.clone())));
                }
            }
        }
        while listeners.try_join_next().is_some() {}
        tokio::time::sleep(NODES_PAUSE).await;
    }
}

async fn listen_to(node: Node, sender: mpsc::Sender<Hint>) {
    loop {
        pause(expired(&node, &sender).await).await;
    }
}

/// Reads a pool's events until the connection ends.
async fn events(link: &Link, sender: &mpsc::Sender<Hint>, pool: &str) -> RedisResult<()> {
    let key = PoolKeys::new(pool).events();
    let mut connection = link
        .dedicated(&key, Duration::from_millis(BLOCK_MS) + SLACK)
        .await?;
    // One hint covers all events before the connection.
    sender
        .try_send(Hint::Queue {
            pool: pool.to_owned(),
        })
        .ok();
    let mut last = "$".to_owned();
    loop {
        let mut read = redis::cmd("XREAD");
        read.arg("BLOCK")
            .arg(BLOCK_MS)
            .arg("STREAMS")
            .arg(&key)
            .arg(&last);
        let reply: Option<StreamReadReply> = read.query_async(&mut connection).await?;
        let ids = reply
            .into_iter()
            .flat_map(|reply| reply.keys)
            .flat_map(|stream| stream.ids);
        if let Some(newest) = ids.last() {
            last = newest.id;
            sender
                .try_send(Hint::Queue {
                    pool: pool.to_owned(),
                })
                .ok();
        }
    }
}

/// Listens to a node's expired keys until the connection ends.
async fn expired(node: &Node, sender: &mpsc::Sender<Hint>) -> RedisResult<()> {
    let ended = Arc::new(Notify::new());
    let (end, sender) = (ended.clone(), sender.clone());
    let mut connection = node
        .dedicated(SLACK, move |push| match push.kind {
            PushKind::Disconnection => end.notify_one(),
            PushKind::PMessage => {
                if let Some(pool) = expired_pool(&push) {
                    sender.try_send(Hint::Expired { pool }).ok();
                }
            }
            _ => {}
        })
        .await?;
    connection.psubscribe(EXPIRED_PATTERN).await?;
    ended.notified().await;
    Ok(())
}

/// The pool whose shadow key expired. A push message consists of pattern, channel and key.
fn expired_pool(push: &PushInfo) -> Option<String> {
    let key = match push.data.last()? {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok()?,
        Value::SimpleString(text) => text,
        _ => return None,
    };
    let (pool, rest) = split_pool_key(key)?;
    rest.ends_with(":ttl").then(|| pool.to_owned())
}
