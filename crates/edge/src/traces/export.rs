//! [`Export`]: the task that sends spans to the collector, in batches.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::warn;

use super::span::request;
use super::{Span, State, TraceSettings};
use crate::{error_chain, tls, tls_client_config};

/// How long a span waits for others.
const INTERVAL: Duration = Duration::from_millis(500);
/// The most spans of a batch.
const BATCH_MAX: usize = 256;
/// The timeout of a request to the collector.
const TIMEOUT: Duration = Duration::from_secs(3);
/// The answer's size; a collector that refuses spans says so in a short text.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Interval between lines in the log about a collector that fails.
const WARN_INTERVAL: Duration = Duration::from_mins(1);

/// What recorders send to the task.
pub(super) enum Message {
    Span(Span),
    /// Export at once, and answer then.
    Flush(oneshot::Sender<()>),
}

/// The task's client and settings.
pub(super) struct Export {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    settings: TraceSettings,
    service: String,
    state: Arc<State>,
    /// Spans that the collector did not accept, since the last line in the log.
    lost: u64,
    warned: Option<Instant>,
}

impl Export {
    pub(super) fn new(settings: &TraceSettings, service: &str, state: Arc<State>) -> Self {
        let service = settings.service.as_deref().unwrap_or(service);
        let is_https = settings.url.scheme_str() == Some("https");
        Self {
            client: Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .build(connector(is_https)),
            settings: settings.clone(),
            service: service.to_owned(),
            state,
            lost: 0,
            warned: None,
        }
    }

    /// Runs until every recorder is gone.
    pub(super) async fn run(mut self, mut incoming: mpsc::Receiver<Message>) {
        let (mut spans, mut flushes) = (Vec::new(), Vec::new());
        while let Some(first) = incoming.recv().await {
            let due = Instant::now() + INTERVAL;
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Span(span) => spans.push(span),
                    Message::Flush(done) => flushes.push(done),
                }
                let is_due = spans.len() >= BATCH_MAX || !flushes.is_empty();
                next = if is_due {
                    None
                } else {
                    timeout_at(due, incoming.recv()).await.ok().flatten()
                };
            }
            self.export(&spans).await;
            spans.clear();
            for done in flushes.drain(..) {
                // Fails only if nobody waits any more.
                let _ = done.send(());
            }
        }
    }

    /// Sends a batch. A batch that is not accepted is lost: the next ones are as useful, and the queue is bounded.
    async fn export(&mut self, spans: &[Span]) {
        if spans.is_empty() {
            return;
        }
        let sent = timeout(TIMEOUT, self.send(spans)).await;
        let sent = sent.unwrap_or_else(|_| Err("the collector does not answer".to_owned()));
        self.state.fails.store(sent.is_err(), Ordering::Relaxed);
        if let Err(error) = sent {
            self.lost += spans.len() as u64;
            self.warn(&error);
        }
    }

    async fn send(&self, spans: &[Span]) -> Result<(), String> {
        let body = Bytes::from(request(&self.service, spans));
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.settings.url.clone();
        *request.headers_mut() = self.settings.headers.clone();
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| error_chain(&error))?;
        let status = answer.status();
        // A connection is used again only after its answer was read.
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect();
        body.await.map_err(|error| error.to_string())?;
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("the collector answers {status}"))
        }
    }

    fn warn(&mut self, error: &str) {
        if self
            .warned
            .is_some_and(|warned| warned.elapsed() < WARN_INTERVAL)
        {
            return;
        }
        let lost = std::mem::take(&mut self.lost) + self.state.dropped.swap(0, Ordering::Relaxed);
        warn!(error, lost, "traces not exported");
        self.warned = Some(Instant::now());
    }
}

/// Root certificates are read only if they are used.
fn connector(is_https: bool) -> HttpsConnector<HttpConnector> {
    let tls = if is_https {
        tls_client_config()
    } else {
        tls::with_roots(RootCertStore::empty())
    };
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
    builder.https_or_http().enable_http1().build()
}
