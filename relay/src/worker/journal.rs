//! A worker's journal: the records of a phase are handed to the kernel before any player sees that tick.
//!
//! The worker never waits. It gets connections that were opened on another thread, and what Redis does not accept in
//! time waits in a bounded ring (`lobby::journal`).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edge::Backoff;
use lobby::journal::{Journal, JournalLink, connect_journal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::metrics::Metrics;
use crate::rooms::checkpoint::Place;
use crate::shared::Shared;
use crate::worker::messages::ToWorker;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);
/// Minimum time between two reads of Redis's replies: about a tick.
const READ_INTERVAL: Duration = Duration::from_millis(15);
/// More unacknowledged entries than this are logged: one second of a worker that uses all phases.
const LAG_ENTRIES: usize = 480;

/// The journal of one worker.
pub(crate) struct Journaling {
    journal: Journal,
    /// The records of the current phase. Reused.
    pub(crate) entry: Vec<u8>,
    worker: usize,
    links: mpsc::UnboundedSender<usize>,
    metrics: Arc<Metrics>,
    is_requested: bool,
    is_lagging: bool,
    /// When Redis's replies were last read.
    read_at: Instant,
    /// Values in the metrics: waiting entries, waiting bytes, dropped entries.
    shown: (usize, usize, u64),
}

impl Journaling {
    pub(crate) fn new(
        relay: &str,
        worker: usize,
        links: mpsc::UnboundedSender<usize>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let mut journaling = Self {
            journal: Journal::new(relay, worker),
            entry: Vec::new(),
            worker,
            links,
            metrics,
            is_requested: false,
            is_lagging: false,
            read_at: Instant::now(),
            shown: (0, 0, 0),
        };
        journaling.request_link();
        journaling
    }

    /// The journal's position, for a checkpoint.
    pub(crate) fn place(&self) -> Place {
        Place {
            stream: self.journal.stream().to_owned(),
            after: self.journal.last_id().to_owned(),
        }
    }

    /// Hands the phase's records to the kernel.
    pub(crate) fn commit(&mut self) {
        if !self.entry.is_empty() {
            self.journal.append(&self.entry);
            self.entry.clear();
        }
        // One system call reads the replies to several phases.
        if self.read_at.elapsed() >= READ_INTERVAL {
            self.poll();
        }
    }

    /// Reads Redis's replies. Returns true while entries are unacknowledged.
    pub(crate) fn poll(&mut self) -> bool {
        self.read_at = Instant::now();
        self.journal.poll();
        self.request_link();
        self.update_metrics();
        self.shown.0 > 0
    }

    pub(crate) fn attach(&mut self, link: JournalLink) {
        self.journal.attach(link);
        self.is_requested = false;
    }

    /// Requests a connection, once.
    fn request_link(&mut self) {
        if !self.is_requested && self.journal.needs_link() {
            // Fails only while the whole server shuts down.
            self.is_requested = self.links.send(self.worker).is_ok();
        }
    }

    fn update_metrics(&mut self) {
        let (entries, bytes) = self.journal.lag();
        let now = (entries, bytes, self.journal.dropped());
        if now == self.shown {
            return;
        }
        let metrics = &self.metrics;
        // The gauges are sums over all workers.
        let more = |now: usize, before: usize| now as i64 - before as i64;
        metrics.journal_entries.add(more(entries, self.shown.0));
        metrics.journal_bytes.add(more(bytes, self.shown.1));
        metrics.journal_dropped.inc_by(now.2 - self.shown.2);
        self.shown = now;
        if !self.is_lagging && entries > LAG_ENTRIES {
            self.is_lagging = true;
            tracing::warn!(worker = self.worker, entries, bytes, "the journal lags");
        } else if self.is_lagging && entries < LAG_ENTRIES / 4 {
            self.is_lagging = false;
            tracing::info!(
                worker = self.worker,
                dropped = now.2,
                "the journal is up to date"
            );
        }
    }
}

/// Connects the workers' journals on request, until the task is aborted.
pub(crate) async fn connect(shared: Arc<Shared>, mut requests: mpsc::UnboundedReceiver<usize>) {
    let mut connected = HashSet::new();
    let mut connecting = JoinSet::new();
    loop {
        tokio::select! {
            Some(worker) = requests.recv() => {
                let is_lost = !connected.insert(worker);
                connecting.spawn(connect_one(shared.clone(), worker, is_lost));
            }
            Some(_) = connecting.join_next() => {}
            else => return,
        }
    }
}

/// Logs the first failure and the recovery. The journal itself logged that it lost its connection.
async fn connect_one(shared: Arc<Shared>, worker: usize, is_lost: bool) {
    let mut backoff = Backoff::new(BACKOFF, BACKOFF_MAX);
    let mut is_first = true;
    let mut has_failed = is_lost;
    if is_lost {
        shared.metrics.redis_failed("journal");
    }
    loop {
        let (url, relay) = (
            shared.config.redis_url.clone(),
            shared.config.relay_id.clone(),
        );
        let connect = move || connect_journal(&url, &relay, worker, CONNECT_TIMEOUT);
        let why = match tokio::task::spawn_blocking(connect).await {
            Ok(Ok(link)) => {
                if has_failed {
                    tracing::info!(worker, "the journal is connected again");
                }
                return shared.directory.send(worker, ToWorker::Link(link)).await;
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        shared.metrics.redis_failed("journal");
        if std::mem::take(&mut is_first) {
            tracing::warn!(worker, why, "the journal is not connected");
        }
        has_failed = true;
        backoff.wait().await;
    }
}
