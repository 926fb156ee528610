//! [`Lobby`]: the way in. A connection, the pools, and a clock that is the server's unless a test passes one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use redis::{FromRedisValue, Script};

use crate::error::{Error, Result};
use crate::inbox::InboxReader;
use crate::link::Link;
use crate::pool::{Parts, Pool};
use crate::settings::Pools;

/// So long a caller waits for a connection, and so long for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The lobby over one Redis. Cheap to clone. Reconnects by itself, never retries a command: an error means *maybe applied*.
#[derive(Clone)]
pub struct Lobby {
    pub(crate) link: Link,
    pub(crate) inbox_reader: Arc<InboxReader>,
    pools: Arc<Pools>,
    parts: Arc<BTreeMap<String, Arc<Parts>>>,
    clock_ms: Option<u64>,
}

impl Lobby {
    /// Connects to `redis://host:port`, or to the Redis Cluster of the nodes `redis://a:1,redis://b:2`. A Redis that is away is no error here: the first call that needs it says so.
    /// Errors: [`Error::Config`] for a url that is none.
    pub async fn connect(url: &str, pools: Pools) -> Result<Self> {
        Self::connect_within(url, pools, PATIENCE).await
    }

    /// The same for whoever is waited for himself: a Redis that is away, or hangs, is an error after this time, each time.
    pub async fn connect_within(url: &str, pools: Pools, patience: Duration) -> Result<Self> {
        let link = Link::new(url, patience)?;
        let parts = pools
            .0
            .iter()
            .map(|(name, settings)| Ok((name.clone(), Arc::new(Parts::new(name, settings)?))));
        let lobby = Self {
            parts: Arc::new(parts.collect::<Result<_>>()?),
            inbox_reader: Arc::default(),
            pools: Arc::new(pools),
            clock_ms: None,
            link,
        };
        if let Err(error) = lobby.ping().await {
            tracing::warn!(%error, "redis does not answer yet");
        }
        Ok(lobby)
    }

    /// The same lobby on a clock of the caller's, in ms since 1970, instead of the server's: for tests of time.
    #[must_use]
    pub fn at(&self, clock_ms: u64) -> Self {
        Self {
            clock_ms: Some(clock_ms),
            ..self.clone()
        }
    }

    /// The same lobby, whose transitions are answered only once so many replicas have them (`WAIT`), so that what was
    /// answered outlives the primary. Too few within 250 ms is an error: the transition was made, and a failover may undo it.
    #[must_use]
    pub fn waiting_for(&self, replicas: u32) -> Self {
        Self {
            link: self.link.waiting_for(replicas),
            ..self.clone()
        }
    }

    /// The configuration this lobby was made with.
    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    /// One of its pools. Errors: [`Error::UnknownPool`].
    pub fn pool(&self, name: &str) -> Result<Pool> {
        let parts = self
            .parts
            .get(name)
            .ok_or_else(|| Error::UnknownPool(name.to_owned()))?;
        Ok(Pool::new(self, parts))
    }

    /// Whether Redis answers.
    pub async fn ping(&self) -> Result<()> {
        self.link.command(&redis::cmd("PING")).await
    }

    pub(crate) fn all_pools(&self) -> Vec<Pool> {
        self.parts
            .values()
            .map(|parts| Pool::new(self, parts))
            .collect()
    }

    pub(crate) fn clock(&self) -> String {
        self.clock_ms.map(|ms| ms.to_string()).unwrap_or_default()
    }

    /// A script outside every pool.
    pub(crate) async fn plain<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &str,
        args: &[&str],
    ) -> Result<T> {
        let mut call = script.prepare_invoke();
        call.key(key);
        for arg in args {
            call.arg(*arg);
        }
        self.link.script(&call).await
    }
}

/// Fresh random text: a ticket's id, a drainer's token, what ids and seeds are made from.
pub(crate) fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
