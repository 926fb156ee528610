//! An `@connections` API that accepts every message, for measuring the functions.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server that runs until it is dropped.
pub(crate) struct Connections {
    /// The value of `CONNECTIONS_URL`.
    pub(crate) url: String,
    calls: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Connections {
    /// Listens on loopback.
    pub(crate) async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let calls = Arc::new(AtomicU64::new(0));
        let count = calls.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let count = count.clone();
                tokio::spawn(async move {
                    let answer = service_fn(|request| take(&count, request));
                    let served = hyper::server::conn::http1::Builder::new();
                    let _ = served.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Ok(Self { url, calls, task })
    }

    /// The number of messages so far.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(
    calls: &AtomicU64,
    request: Request<Incoming>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    if request.method() == hyper::Method::POST {
        calls.fetch_add(1, Ordering::Relaxed);
    }
    let _ = request.into_body().collect().await;
    Ok(Response::new(Empty::new()))
}
