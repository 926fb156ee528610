//! Accepts connections, and answers or upgrades each one within the time limit of a handshake.
//!
//! hyper parses HTTP, because health checks and metrics arrive through proxies that use all of HTTP/1.1. Its upgrade
//! returns the plain stream, which then moves to its worker.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::net::answer::{Answer, Problem, pong, text};
use crate::net::handshake::{Admission, Admitted, Seated, admit};
use crate::shared::Shared;
use crate::watch;
use crate::worker::messages::{NewConnection, NewTransport, ToWorker};

/// Maximum size of a request's head. The front door allows 32 KiB and adds some headers.
const HEAD_BYTES_MAX: usize = 40 * 1024;
const HEADERS_MAX: usize = 64;
/// Maximum number of handshakes in progress; others wait in the kernel's queue.
const HANDSHAKES_MAX: usize = 4096;

/// Accepts until the task is aborted.
pub(crate) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let permits = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    edge::accept(&listener, &permits, |stream, _| {
        serve(stream, shared.clone())
    })
    .await;
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let is_ping = AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        let shared = shared.clone();
        is_ping.store(is_ping_of(request.uri().path(), &shared), Ordering::Relaxed);
        async move { Ok::<_, Infallible>(answer(request, &shared).await) }
    });
    let connection = http1::Builder::new()
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    match tokio::time::timeout(shared.config.limits.handshake, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            shared.metrics.refused("malformed");
            tracing::debug!(%error, "not HTTP");
        }
        // A client that measures its latency leaves the connection open.
        Err(_) if is_ping.load(Ordering::Relaxed) => {}
        Err(_) => shared.metrics.refused("timeout"),
    }
}

async fn answer(mut request: Request<Incoming>, shared: &Arc<Shared>) -> Answer {
    let path = request.uri().path();
    let answered = match path {
        "/healthz" | "/metrics" if request.method() != Method::GET => {
            Err(Problem::MethodNotAllowed)
        }
        _ if is_ping_of(path, shared) => match *request.method() {
            Method::GET | Method::HEAD => Ok(pong()),
            _ => Err(Problem::MethodNotAllowed),
        },
        "/healthz" => Ok(health(shared)),
        "/metrics" => Ok(text(
            StatusCode::OK,
            "text/plain; version=0.0.4; charset=utf-8",
            shared.metrics.render(),
        )),
        #[cfg(feature = "echo")]
        "/echo" => crate::net::session::echo::upgrade(&mut request),
        _ if path.strip_prefix("/game/") != Some(&shared.config.relay_id) => Err(Problem::NotFound),
        _ if request.method() != Method::GET => Err(Problem::MethodNotAllowed),
        _ => upgrade(&mut request, shared).await,
    };
    answered.unwrap_or_else(|problem| {
        shared.metrics.refused(problem.reason());
        problem.answer()
    })
}

fn is_ping_of(path: &str, shared: &Shared) -> bool {
    path.strip_prefix("/ping/") == Some(&shared.config.relay_id)
}

async fn upgrade(request: &mut Request<Incoming>, shared: &Arc<Shared>) -> Result<Answer, Problem> {
    let mut admitted = admit(shared, request).await?;
    let upgraded = hyper::upgrade::on(request);
    let answer = std::mem::take(&mut admitted.answer);
    let shared = shared.clone();
    tokio::spawn(async move {
        if hand_over(upgraded, admitted, &shared).await.is_none() {
            shared.metrics.refused("lost");
        }
    });
    Ok(answer)
}

/// Serves a watcher, or moves a player's stream from this runtime to its worker. None: the peer or the worker is
/// gone.
async fn hand_over(upgraded: OnUpgrade, admitted: Admitted, shared: &Shared) -> Option<()> {
    let parts = upgraded.await.ok()?.downcast::<TokioIo<TcpStream>>().ok()?;
    let (stream, place) = (parts.io.into_inner(), admitted.place);
    let Seated {
        placed,
        player_id,
        encoding,
        origin,
        trace,
    } = match admitted.to {
        Admission::Seat(seated) => seated,
        Admission::Watch(new) => {
            watch::session::run(shared, new, stream, parts.read_buf, place).await;
            return Some(());
        }
    };
    let socket = stream.into_std().ok()?;
    let connection = NewConnection {
        key: placed.key,
        player_id,
        encoding,
        origin,
        transport: NewTransport::WebSocket {
            socket,
            place: Some(place),
            read: parts.read_buf,
        },
        first_tick: trace.map(|ticket| ticket.first_tick(shared)),
    };
    let worker = shared.directory.workers().get(placed.worker)?;
    worker
        .mailbox
        .offer(ToWorker::Connect(connection))
        .then_some(())
}

/// Status 200 while this server can take players: Redis answers and has its registration.
fn health(shared: &Shared) -> Answer {
    if shared.hung.is_set() {
        Problem::Unavailable("a game step does not return: this process will exit").answer()
    } else if shared.is_registered() && !shared.is_draining() {
        text(
            StatusCode::OK,
            "application/json",
            r#"{"status":"ok"}"#.to_owned(),
        )
    } else {
        Problem::Unavailable("not registered with the lobby").answer()
    }
}
