//! Hints that there is work: events of the pools' queues and `expired` notifications. A hint lost is found by looking.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use redis::streams::StreamReadReply;
use redis::{PushInfo, PushKind, RedisResult, Value};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use crate::error::Result;
use crate::keys::{PoolKeys, split_pool_key};
use crate::link::Link;
use crate::lobby::Lobby;
use crate::node::Node;
use crate::slots::Address;

const EXPIRED_PATTERN: &str = "__keyevent@*__:expired";
/// A read that found nothing for so long is begun anew.
const BLOCK_MS: u64 = 5000;
const SLACK: Duration = Duration::from_secs(2);
const AGAIN_AFTER: Duration = Duration::from_millis(250);
/// How soon a node that is new in a cluster is listened to.
const NODES_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Hints that wait to be read; more are dropped.
const WAITING_MAX: usize = 1024;

/// Why a function should be called.
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

/// A stream of hints. Dropped, its connections close.
#[derive(Debug)]
pub struct Hints {
    receiver: mpsc::Receiver<Hint>,
    _readers: JoinSet<()>,
}

impl Hints {
    /// The next hint. Waits as long as it takes.
    pub async fn next(&mut self) -> Hint {
        match self.receiver.recv().await {
            Some(hint) => hint,
            // The readers end only with this struct.
            None => std::future::pending().await,
        }
    }
}

impl Lobby {
    /// Hints that there is work: `{pool}:events` entries and `expired` notifications, on connections of its own: one a pool
    /// (a read over two pools would leave its slot), and one a node that has keys (each tells of its own keys only).
    /// Ends never: it reconnects and subscribes anew by itself; a hint lost is found by [`crate::Pool::look`].
    #[allow(
        clippy::unused_async,
        reason = "the outside is asynchronous: a later version may wait for the subscription"
    )]
    pub async fn hints(&self) -> Result<Hints> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let mut readers = JoinSet::new();
        for pool in self.all_pools() {
            let (link, sender) = (self.link.clone(), sender.clone());
            readers.spawn(async move {
                loop {
                    let result = events(&link, &sender, pool.name()).await;
                    pause(link.note(result)).await;
                }
            });
        }
        readers.spawn(expired_anywhere(self.link.clone(), sender));
        Ok(Hints {
            receiver,
            _readers: readers,
        })
    }
}

async fn pause(result: RedisResult<()>) {
    if let Err(error) = result {
        tracing::debug!(%error, "hints pause");
    }
    tokio::time::sleep(AGAIN_AFTER).await;
}

/// A listener for each node there is. Dropped, all of them end.
async fn expired_anywhere(link: Link, sender: mpsc::Sender<Hint>) {
    let mut listeners = JoinSet::new();
    let mut nodes: HashMap<Address, tokio::task::AbortHandle> = HashMap::new();
    loop {
        match link.primaries().await {
            Err(error) => tracing::debug!(%error, "hints pause"),
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
                        .or_insert_with(|| listeners.spawn(expired_for_ever(node, sender.clone())));
                }
            }
        }
        while listeners.try_join_next().is_some() {}
        tokio::time::sleep(NODES_AGAIN_AFTER).await;
    }
}

async fn expired_for_ever(node: Node, sender: mpsc::Sender<Hint>) {
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
    // What came while nobody read: one hint tells it all.
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

/// Hears of a node's expired keys until the connection ends.
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

/// The pool whose shadow key expired. A push holds pattern, channel and key.
fn expired_pool(push: &PushInfo) -> Option<String> {
    let key = match push.data.last()? {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok()?,
        Value::SimpleString(text) => text,
        _ => return None,
    };
    let (pool, rest) = split_pool_key(key)?;
    rest.ends_with(":ttl").then(|| pool.to_owned())
}
