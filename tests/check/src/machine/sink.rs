//! [`Sink`]: the transport of the differential test, which may die in the middle of a delivery.

use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lobby::{Push, Pushed};
use tokio::sync::Notify;

/// Records pushes: player, sequence number, type. The push after which the delivery dies never returns.
pub(super) struct Sink {
    pub(super) pushed: Mutex<Vec<(String, u64, String)>>,
    pub(super) count: AtomicUsize,
    pub(super) dies_after: Option<usize>,
    pub(super) died: Notify,
}

impl Sink {
    pub(super) fn new(dies_after: Option<usize>) -> Self {
        Self {
            pushed: Mutex::default(),
            count: AtomicUsize::new(0),
            dies_after,
            died: Notify::new(),
        }
    }
}

impl Push for Sink {
    type Error = Infallible;
    async fn push(&self, connection: &str, body: &str) -> Result<Pushed, Infallible> {
        if self
            .dies_after
            .is_some_and(|most| self.count.fetch_add(1, Ordering::Relaxed) >= most)
        {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
        let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let seq = body["seq"].as_u64().unwrap_or(0);
        let kind = body["type"].as_str().unwrap_or_default().to_owned();
        if let Ok(mut pushed) = self.pushed.lock() {
            pushed.push((connection.to_owned(), seq, kind));
        }
        Ok(Pushed::Delivered)
    }
}
