//! Accepts QUIC connections, and admits or refuses the session of each one within the time limit of a handshake.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;
use web_transport_quinn::Request;
use web_transport_quinn::quinn::Incoming;

use crate::net::answer::Problem;
use crate::net::handshake::{Seated, admit_player};
use crate::net::webtransport::pipe::Pipe;
use crate::net::webtransport::task;
use crate::shared::Shared;
use crate::worker::messages::{NewConnection, NewTransport, ToWorker};

/// Maximum number of handshakes in progress; further ones are refused.
const HANDSHAKES_MAX: usize = 1024;
/// From this number of handshakes in progress, a new client must first prove that it receives at its address (Retry).
const UNVALIDATED_MAX: usize = 64;
/// How long a refused client may take to read the status.
const REFUSED: Duration = Duration::from_secs(1);

/// Accepts until the task is aborted.
pub(crate) async fn accept(shared: Arc<Shared>) {
    let Some(webtransport) = &shared.webtransport else {
        return;
    };
    let permits = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    while let Some(incoming) = webtransport.endpoint.accept().await {
        let in_progress = HANDSHAKES_MAX - permits.available_permits();
        if in_progress >= UNVALIDATED_MAX
            && incoming.may_retry()
            && !incoming.remote_address_validated()
        {
            shared.metrics.webtransport_retries.inc();
            // Fails only if it may not be retried.
            let _ = incoming.retry();
            continue;
        }
        let Ok(permit) = permits.clone().try_acquire_owned() else {
            shared.metrics.refused("busy");
            incoming.refuse();
            continue;
        };
        let shared = shared.clone();
        tokio::spawn(async move {
            let limit = shared.config.limits.handshake;
            let admitted = timeout(limit, admit(incoming, &shared)).await;
            drop(permit);
            match admitted {
                Ok(Ok(Some(session))) => session.run(&shared).await,
                Ok(Ok(None)) => {}
                Ok(Err(reason)) => shared.metrics.refused(reason),
                Err(_) => shared.metrics.refused("timeout"),
            }
        });
    }
}

/// A session on its worker; None: it was refused. An error is the label of the counter.
async fn admit(incoming: Incoming, shared: &Shared) -> Result<Option<task::Running>, &'static str> {
    let connection = incoming.await.map_err(|error| {
        tracing::debug!(%error, "no QUIC connection");
        "malformed"
    })?;
    let request = Request::accept(connection).await.map_err(|error| {
        tracing::debug!(%error, "not WebTransport");
        "malformed"
    })?;
    match admit_request(&request, shared).await {
        Ok((seated, place)) => {
            let host = request.url.host_str().unwrap_or_default().to_owned();
            let session = request.ok().await.map_err(|_| "lost")?;
            let (send, receive) = session.accept_bi().await.map_err(|_| "lost")?;
            let pipe = Arc::new(Pipe::new(session, host));
            let worker = seated.placed.worker;
            hand_over(seated, &pipe, shared).ok_or("lost")?;
            Ok(Some(task::Running {
                pipe,
                send,
                receive,
                worker,
                _place: place,
            }))
        }
        Err(problem) => {
            tracing::debug!(reason = problem.reason(), "refused");
            shared.metrics.refused(problem.reason());
            let connection = request.conn().clone();
            if request.reject(problem.status()).await.is_ok() {
                // The client closes the connection.
                let _ = timeout(REFUSED, connection.closed()).await;
            }
            connection.close(0u32.into(), b"");
            Ok(None)
        }
    }
}

type Admitted = (Seated, tokio::sync::OwnedSemaphorePermit);

async fn admit_request(request: &Request, shared: &Shared) -> Result<Admitted, Problem> {
    let path = request.url.path();
    if path.strip_prefix("/game/") != Some(&shared.config.relay_id) {
        return Err(Problem::NotFound);
    }
    admit_player(shared, request.url.query().unwrap_or_default()).await
}

fn hand_over(seated: Seated, pipe: &Arc<Pipe>, shared: &Shared) -> Option<()> {
    let Seated {
        placed,
        player_id,
        encoding,
        origin,
        trace,
    } = seated;
    let connection = NewConnection {
        key: placed.key,
        player_id,
        encoding,
        origin,
        transport: NewTransport::WebTransport(pipe.clone()),
        first_tick: trace.map(|ticket| ticket.first_tick(shared)),
    };
    let worker = shared.directory.workers().get(placed.worker)?;
    worker
        .mailbox
        .offer(ToWorker::Connect(connection))
        .then_some(())
}
