//! The connection to Redis: one shared, multiplexed; rebuilt when it is lost; an error at once when Redis is away.
//!
//! Never retries a command: an error means that it may have been applied.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, IntoConnectionInfo, Pipeline,
    ProtocolVersion, PushInfo, PushKind,
};
use redis::{ErrorKind, RedisError, RedisResult, ScriptInvocation, ServerErrorKind};
use tokio::sync::Mutex;

use crate::error::{Error, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Cheap to clone; clones share the connection.
#[derive(Clone)]
pub(crate) struct Link {
    client: Client,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// The last failure to connect: who waited for it meanwhile shares its answer instead of trying in turn.
    failed: Option<(Instant, RedisError)>,
}

#[derive(Clone)]
struct Held {
    connection: MultiplexedConnection,
    /// Set by the driver when the connection ends, and by whoever got an error that says so.
    lost: Arc<AtomicBool>,
}

impl Link {
    /// Does not connect yet.
    pub(crate) fn new(url: &str) -> Result<Self> {
        let wrong = |error: RedisError| Error::Config(format!("REDIS_URL: {error}"));
        let info = url.into_connection_info().map_err(wrong)?;
        // RESP3: the driver says when a connection ends, and notifications may share one.
        let redis = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(redis)).map_err(wrong)?;
        Ok(Self {
            client,
            state: Arc::default(),
        })
    }

    pub(crate) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let mut held = self.held().await?;
        let result = command.query_async(&mut held.connection).await;
        held.done(result)
    }

    pub(crate) async fn script<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T> {
        let mut held = self.held().await?;
        let result = script.invoke_async(&mut held.connection).await;
        held.done(result)
    }

    /// Commands in one round trip; atomic when the pipeline says so, and then of one slot.
    pub(crate) async fn pipeline(&self, pipeline: &Pipeline) -> Result<()> {
        let mut held = self.held().await?;
        let result = pipeline.query_async(&mut held.connection).await;
        held.done(result)
    }

    /// A connection of its own, for blocking reads and subscriptions. `pushes` gets what the server sends unasked.
    pub(crate) async fn dedicated(
        &self,
        response_timeout: Duration,
        pushes: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(response_timeout))
            .set_push_sender(move |push: PushInfo| {
                pushes(push);
                Ok::<(), ()>(())
            });
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    async fn held(&self) -> Result<Held> {
        let since = Instant::now();
        let mut state = self.state.lock().await;
        if let Some(held) = &state.held
            && !held.lost.load(Ordering::Relaxed)
        {
            return Ok(held.clone());
        }
        if let Some((at, error)) = &state.failed
            && *at >= since
        {
            return Err(error.clone().into());
        }
        state.held = None;
        match self.open().await {
            Ok(held) => {
                state.failed = None;
                state.held = Some(held.clone());
                Ok(held)
            }
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                Err(error.into())
            }
        }
    }

    async fn open(&self) -> RedisResult<Held> {
        let lost = Arc::new(AtomicBool::new(false));
        let seen = lost.clone();
        let connection = self
            .dedicated(RESPONSE_TIMEOUT, move |push| {
                if push.kind == PushKind::Disconnection {
                    seen.store(true, Ordering::Relaxed);
                }
            })
            .await?;
        Ok(Held { connection, lost })
    }
}

impl Held {
    fn done<T>(&self, result: RedisResult<T>) -> Result<T> {
        if let Err(error) = &result
            && says_lost(error)
        {
            self.lost.store(true, Ordering::Relaxed);
        }
        Ok(result?)
    }
}

/// A read-only answer means that the primary moved: only a new connection finds it.
fn says_lost(error: &RedisError) -> bool {
    let server = [
        ServerErrorKind::ReadOnly,
        ServerErrorKind::MasterDown,
        ServerErrorKind::BusyLoading,
    ];
    error.is_unrecoverable_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || server
            .into_iter()
            .any(|kind| error.kind() == ErrorKind::Server(kind))
}
