//! Distributed traces: W3C trace contexts, spans, and their export over OTLP/HTTP as JSON.
//!
//! [`Traces::start`] starts a task on the current runtime, which sends the spans of this process in batches. Recording
//! a span never waits: a span that finds the queue full is dropped. A collector that is away costs spans and a line in
//! the log, and nothing else.

mod context;
mod export;
mod settings;
mod span;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

pub use context::TraceContext;
use export::{Export, Message};
pub use settings::{SettingsError, TraceSettings};
pub use span::{Kind, Span};

/// The most spans that wait for their export.
const WAITING_MAX: usize = 2048;

/// Records the spans of this process. Cheap to clone. The default records none.
#[derive(Clone, Default)]
pub struct Traces {
    queue: Option<Queue>,
}

#[derive(Clone)]
struct Queue {
    messages: mpsc::Sender<Message>,
    state: Arc<State>,
}

/// What the task and the recorders share.
#[derive(Default)]
struct State {
    /// Spans that found the queue full, since the last line in the log.
    dropped: AtomicU64,
    /// Whether the collector did not accept the last batch, or not in time.
    fails: AtomicBool,
}

impl Traces {
    /// Exports to the collector of these settings, on the current tokio runtime; None: records nothing. `service`: the
    /// name of this program in traces, unless the settings have one.
    pub fn start(settings: Option<&TraceSettings>, service: &str) -> Self {
        let Some(settings) = settings else {
            return Self::default();
        };
        let (messages, incoming) = mpsc::channel(WAITING_MAX);
        let state = Arc::new(State::default());
        let export = Export::new(settings, service, state.clone());
        tokio::spawn(export.run(incoming));
        Self {
            queue: Some(Queue { messages, state }),
        }
    }

    /// Whether spans are exported.
    pub fn is_on(&self) -> bool {
        self.queue.is_some()
    }

    /// The context of the call that this `traceparent` came with, for a child. None: nothing is exported, the text is
    /// not a `traceparent`, or the caller does not record its trace.
    pub fn parent(&self, traceparent: &str) -> Option<TraceContext> {
        let context = TraceContext::parse(traceparent).filter(TraceContext::is_sampled);
        context.filter(|_| self.is_on())
    }

    /// The context of a call's span, and of its caller's span if the caller has one. Without a valid `traceparent`, a
    /// new trace begins. None: nothing is exported, or the caller does not record its trace.
    pub fn enter(&self, traceparent: Option<&str>) -> Option<(TraceContext, Option<TraceContext>)> {
        if !self.is_on() {
            return None;
        }
        match traceparent.and_then(TraceContext::parse) {
            None => Some((TraceContext::begin(), None)),
            Some(caller) if caller.is_sampled() => Some((caller.child(), Some(caller))),
            Some(_) => None,
        }
    }

    /// Queues a span for its export.
    pub fn record(&self, span: Span) {
        let Some(queue) = &self.queue else { return };
        if queue.messages.try_send(Message::Span(span)).is_err() {
            queue.state.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until the spans recorded so far are exported, for at most this time. Does not wait while the collector
    /// fails.
    pub async fn flush(&self, limit: Duration) {
        let Some(queue) = &self.queue else { return };
        if queue.state.fails.load(Ordering::Relaxed) {
            return;
        }
        let (done, exported) = oneshot::channel();
        if queue.messages.try_send(Message::Flush(done)).is_ok()
            && tokio::time::timeout(limit, exported).await.is_err()
        {
            queue.state.fails.store(true, Ordering::Relaxed);
        }
    }
}
