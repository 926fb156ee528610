//! The listener: accepts connections, routes requests, and closes every connection at shutdown.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::invoke::Invoker;
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::respond::{self, Answer};
use crate::shared::Shared;
use crate::{Config, Error, handshake, management};

/// A gateway that listens but does not serve yet.
pub struct Gateway {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Gateway {
    /// Checks the configuration and starts to listen.
    pub async fn bind(config: Config) -> Result<Self, Error> {
        let Config {
            listen,
            invoke_url,
            routes,
            limits,
        } = config;
        for name in [&routes.connect, &routes.disconnect, &routes.default] {
            check_function_name(name)?;
        }
        let invoker = Invoker::new(&invoke_url, limits.integration, limits.invocations)?;
        let refused = |source| Error::Listen {
            address: listen,
            source,
        };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let shared = Shared {
            routes,
            limits,
            invoker,
            connections: Registry::default(),
            metrics: Metrics::new(),
            stopping: CancellationToken::new(),
            places: Arc::new(Semaphore::new(limits.sockets)),
            connections_free: Arc::new(Semaphore::new(limits.connections)),
            sessions: TaskTracker::new(),
        };
        tracing::info!(%address, invoke_url, "listening");
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

    /// Serves until `shutdown` completes; then closes every connection (1001) and waits, within
    /// [`crate::Limits::drain`], until the `$disconnect` of each was handled.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let Self {
            listener, shared, ..
        } = self;
        let stop = async {
            shutdown.await;
            tracing::info!(connections = shared.connections.len(), "closing");
            shared.stopping.cancel();
            shared.sessions.close();
            if tokio::time::timeout(shared.limits.drain, shared.sessions.wait())
                .await
                .is_err()
            {
                tracing::warn!(
                    sessions = shared.sessions.len(),
                    "not all connections ended in time"
                );
            }
        };
        let serve = |stream, peer| serve_stream(Arc::clone(&shared), stream, peer);
        // Still accepts during the drain, because the last functions still push, and must get 410.
        tokio::select! {
            () = stop => {}
            () = edge::accept(&listener, &shared.connections_free, serve) => {}
        }
    }
}

/// The characters that Lambda allows; the name becomes part of a path.
fn check_function_name(name: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(Error::FunctionName(name.to_owned()));
    }
    Ok(())
}

async fn serve_stream(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    let handshake = shared.limits.handshake;
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(route(&shared, peer, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(handshake)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection ended");
    }
}

async fn route(shared: &Arc<Shared>, peer: SocketAddr, request: Request<Incoming>) -> Answer {
    if let Some(id) = management::connection_id(request.uri().path()) {
        return management::handle(shared, &id, request).await;
    }
    if handshake::is_upgrade(&request) {
        return handshake::handle(shared, peer, request).await;
    }
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/healthz") => {
            respond::json(StatusCode::OK, &serde_json::json!({ "status": "ok" }))
        }
        (&Method::GET, "/metrics") => {
            let text = shared.metrics.render(shared.connections.len());
            respond::with_body(
                StatusCode::OK,
                "text/plain; version=0.0.4",
                Bytes::from(text),
            )
        }
        _ => respond::message(
            StatusCode::NOT_FOUND,
            "Open a WebSocket, or call /@connections/{id}",
        ),
    }
}
