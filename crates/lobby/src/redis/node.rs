//! [`Node`]: one Redis server. Its connection is shared, multiplexed and reopened after a loss;
//! while the server is away, commands fail at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, Pipeline,
    ProtocolVersion, PushInfo, PushKind, RedisError, RedisResult, ServerErrorKind, Value,
};
use tokio::sync::Mutex;

use super::slots::host_and_port;
use super::version;

/// Cheap to clone; clones share the connection.
#[derive(Clone)]
pub(crate) struct Node {
    host: Arc<str>,
    client: Client,
    timeout: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// The last failure to connect. Callers that waited for that attempt share its error instead of connecting one
    /// after the other.
    failed: Option<(Instant, RedisError)>,
}

/// An open connection.
#[derive(Clone)]
pub(crate) struct Held {
    /// The host name of the node.
    pub(crate) host: Arc<str>,
    connection: MultiplexedConnection,
    /// Set by the driver when the connection ends, and after an error that implies it.
    lost: Arc<AtomicBool>,
}

impl Node {
    /// Does not connect yet. `timeout` applies to connecting and to each answer.
    pub(crate) fn new(info: &ConnectionInfo, timeout: Duration) -> RedisResult<Self> {
        // With RESP3 the driver reports the end of a connection, and notifications can share one.
        let redis = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP3);
        let host = match info.addr() {
            ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host.as_str(),
            _ => "",
        };
        Ok(Self {
            host: host.into(),
            client: Client::open(info.clone().set_redis_settings(redis))?,
            timeout,
            state: Arc::default(),
        })
    }

    /// A separate connection, for blocking reads and subscriptions. `pushes` gets the server's push
    /// messages.
    pub(crate) async fn dedicated(
        &self,
        response_timeout: Duration,
        pushes: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(response_timeout))
            .set_push_sender(move |push: PushInfo| {
                pushes(push);
                Ok::<(), ()>(())
            });
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    /// The shared connection, reopened if it was lost.
    pub(crate) async fn held(&self) -> RedisResult<Held> {
        let since = Instant::now();
        let mut state = self.state.lock().await;
        if let Some(held) = &state.held
            && !held.is_lost()
        {
            return Ok(held.clone());
        }
        if let Some((at, error)) = &state.failed
            && *at >= since
        {
            return Err(error.clone());
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
                Err(error)
            }
        }
    }

    async fn open(&self) -> RedisResult<Held> {
        let lost = Arc::new(AtomicBool::new(false));
        let seen = lost.clone();
        let connection = self
            .dedicated(self.timeout, move |push| {
                if push.kind == PushKind::Disconnection {
                    seen.store(true, Ordering::Relaxed);
                }
            })
            .await
            .map_err(version::explain)?;
        let mut held = Held {
            host: self.host.clone(),
            connection,
            lost,
        };
        version::check(held.send(&[], &redis::cmd("HELLO")).await?)?;
        Ok(held)
    }
}

impl Held {
    /// Sends one command directly after those in `before`, with no other command in between. Returns that command's
    /// answer.
    pub(crate) async fn send(&mut self, before: &[Cmd], command: &Cmd) -> RedisResult<Value> {
        let result = if before.is_empty() {
            self.connection.send_packed_command(command).await
        } else {
            let mut pipeline = redis::pipe();
            for command in before {
                pipeline.add_command(command.clone());
            }
            pipeline.add_command(command.clone());
            let last = self
                .connection
                .send_packed_commands(&pipeline, before.len(), 1);
            last.await
                .map(|values| values.into_iter().next().unwrap_or(Value::Nil))
        };
        self.note(result.and_then(Value::extract_error))
    }

    /// Sends commands in one round trip.
    pub(crate) async fn send_all(
        &mut self,
        pipeline: &Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        let sent = self
            .connection
            .send_packed_commands(pipeline, offset, count);
        let result = sent.await;
        self.note(result)
    }

    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    fn note<T>(&self, result: RedisResult<T>) -> RedisResult<T> {
        if let Err(error) = &result
            && means_lost(error)
        {
            self.lost.store(true, Ordering::Relaxed);
        }
        result
    }
}

/// Whether an error means that the connection is unusable. After a read-only error the primary is another server,
/// which only a new connection can find.
pub(crate) fn means_lost(error: &RedisError) -> bool {
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

/// The address of a node as a connection address, with the TLS settings of another one.
pub(crate) fn addr_of(like: &ConnectionAddr, address: &str) -> RedisResult<ConnectionAddr> {
    let wrong = || {
        RedisError::from((
            ErrorKind::Client,
            "not a node's address",
            address.to_owned(),
        ))
    };
    let (host, port) = host_and_port(address).ok_or_else(wrong)?;
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
