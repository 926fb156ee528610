//! The listener: accepts connections, routes requests, and fails the calls of functions that disconnect during a
//! call.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::call::{Answer as Outcome, CallError, Names};
use crate::function::{Function, Functions, Pending};
use crate::metrics::Metrics;
use crate::respond::{self, Answer};
use crate::runtime_api::Held;
use crate::upstream::Upstream;
use crate::{Backend, Config, Error, Limits, function_url, invoke_api, runtime_api};

/// Maximum number of connections beyond the limit whose requests get a refusal. Further ones wait in the listener's
/// queue.
const REFUSED_MAX: usize = 32;

/// A runtime that listens but does not serve yet.
pub struct Runtime {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// The state that every request uses.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) functions: Functions,
    pub(crate) metrics: Metrics,
    /// Permits for connections.
    places: Semaphore,
    /// None: functions fetch their calls from this process.
    pub(crate) upstream: Option<Arc<Upstream>>,
}

impl Shared {
    /// Runs a function. Counts the call, and logs it if it fails.
    pub(crate) async fn call(
        &self,
        function: &Arc<Function>,
        names: Names,
        event: Bytes,
    ) -> Outcome {
        match self.enqueue(function, names, event) {
            Ok(pending) => self.outcome(function, pending).await,
            Err(refused) => Err(refused),
        }
    }

    /// Runs a function without waiting for its answer.
    pub(crate) fn begin(
        self: &Arc<Self>,
        function: &Arc<Function>,
        names: Names,
        event: Bytes,
    ) -> Result<(), CallError> {
        let pending = self.enqueue(function, names, event)?;
        let (shared, function) = (Arc::clone(self), Arc::clone(function));
        tokio::spawn(async move { shared.outcome(&function, pending).await.map(drop) });
        Ok(())
    }

    fn enqueue(
        &self,
        function: &Arc<Function>,
        names: Names,
        event: Bytes,
    ) -> Result<Pending, CallError> {
        let enqueued = function.call(names, event, &self.limits);
        match (&enqueued, &self.upstream) {
            (Ok(_), Some(upstream)) => upstream.pump(function),
            (Ok(_), None) => {}
            (Err(error), _) => self.failed(function, error, Duration::ZERO),
        }
        enqueued
    }

    async fn outcome(&self, function: &Function, pending: Pending) -> Outcome {
        let arrived = Instant::now();
        let outcome = pending.answer().await;
        let took = arrived.elapsed();
        match &outcome {
            Ok(_) => self.metrics.count(&function.name, "answered", took),
            Err(error) => self.failed(function, error, took),
        }
        outcome
    }

    fn failed(&self, function: &Function, error: &CallError, took: Duration) {
        self.metrics.count(&function.name, error.label(), took);
        tracing::warn!(function = function.name, %error, "call failed");
    }
}

impl Runtime {
    /// Checks the configuration and starts to listen.
    pub async fn bind(config: Config) -> Result<Self, Error> {
        let Config {
            listen,
            backend,
            limits,
        } = config;
        let upstream = match &backend {
            Backend::Own => None,
            Backend::Upstream(url) => Some(Arc::new(Upstream::new(url)?)),
        };
        let refused = |source| Error::Listen {
            address: listen,
            source,
        };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let shared = Shared {
            places: Semaphore::new(limits.connections),
            limits,
            functions: Functions::default(),
            metrics: Metrics::new(),
            upstream,
        };
        tracing::info!(%address, ?backend, "listening");
        Ok(Self {
            listener,
            address,
            shared: Arc::new(shared),
        })
    }

    /// The address that it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` completes. Running calls are abandoned.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let connections = self.shared.limits.connections.saturating_add(REFUSED_MAX);
        let connections = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
        let serve = |stream, peer| serve_stream(Arc::clone(&self.shared), stream, peer);
        tokio::select! {
            () = shutdown => {}
            () = edge::accept(&self.listener, &connections, serve) => {}
        }
    }
}

async fn serve_stream(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    let idle = shared.limits.idle;
    let owner = Arc::clone(&shared);
    let place = owner.places.try_acquire();
    let is_admitted = place.is_ok();
    // Fails the calls that the connection holds when it ends, because their function has died.
    let held = Arc::new(Held::default());
    let service = service_fn(move |request| {
        let (shared, held) = (Arc::clone(&shared), Arc::clone(&held));
        async move {
            Ok::<_, Infallible>(if is_admitted {
                route(&shared, &held, peer, request).await
            } else {
                refuse()
            })
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .keep_alive(is_admitted)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection ended");
    }
}

fn refuse() -> Answer {
    let text = "This process has no connection free. The request was not applied.";
    let status = StatusCode::SERVICE_UNAVAILABLE;
    respond::soon(respond::problem(status, "unavailable", "Unavailable", text))
}

async fn route(
    shared: &Arc<Shared>,
    held: &Held,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Answer {
    let path = request.uri().path().to_owned();
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("2015-03-31"), Some("functions")) => invoke_api::handle(shared, parts, request).await,
        (Some("lambda-url"), Some(name)) => function_url::handle(shared, name, peer, request).await,
        (Some(".rt"), Some(name)) if shared.upstream.is_none() => {
            runtime_api::handle(shared, held, name, parts, request).await
        }
        (Some(about), None) if *request.method() == Method::GET => describe(shared, about),
        _ => not_found(),
    }
}

fn describe(shared: &Shared, about: &str) -> Answer {
    match about {
        "healthz" => respond::json(StatusCode::OK, &json!({ "status": "ok" })),
        "status" => {
            let functions = shared.functions.status();
            respond::json(StatusCode::OK, &json!({ "functions": functions }))
        }
        "metrics" => {
            let is_own = shared.upstream.is_none();
            let text = shared.metrics.render(&shared.functions.status(), is_own);
            respond::with_body(StatusCode::OK, "text/plain; version=0.0.4", text.into())
        }
        _ => not_found(),
    }
}

pub(crate) fn not_found() -> Answer {
    respond::exception(
        StatusCode::NOT_FOUND,
        "ResourceNotFoundException",
        "Nothing is at this path",
    )
}
