//! The receiving end of a channel that returns messages in batches, so that the task does not wake for each message.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Messages that arrive within this time of the first one are returned with it.
const GATHER: Duration = Duration::from_millis(100);

/// The receiving end. While it gathers, sending another message makes no system call.
pub(crate) struct Gathering<T> {
    incoming: mpsc::Receiver<T>,
    /// The first message of the current batch, and the time at which the batch is complete.
    first: Option<(T, Instant)>,
}

impl<T> Gathering<T> {
    pub(crate) fn new(incoming: mpsc::Receiver<T>) -> Self {
        Self {
            incoming,
            first: None,
        }
    }

    /// A batch, oldest message first. Dropping this future loses no message.
    pub(crate) async fn next(&mut self) -> Vec<T> {
        if self.first.is_none() {
            match self.incoming.recv().await {
                Some(first) => self.first = Some((first, Instant::now() + GATHER)),
                // All senders are gone.
                None => std::future::pending().await,
            }
        }
        if let Some((_, until)) = &self.first {
            sleep_until(*until).await;
        }
        self.take()
    }

    /// Takes every message that has arrived.
    pub(crate) fn take(&mut self) -> Vec<T> {
        let first = self.first.take().map(|(first, _)| first);
        let rest = std::iter::from_fn(|| self.incoming.try_recv().ok());
        first.into_iter().chain(rest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_that_arrive_together_are_returned_together_and_none_is_lost() {
        let (sender, incoming) = mpsc::channel(10);
        let mut gathering = Gathering::new(incoming);
        sender.try_send(1).expect("room");
        let given_up = tokio::time::timeout(Duration::ZERO, gathering.next()).await;
        assert!(given_up.is_err(), "{given_up:?}");
        sender.try_send(2).expect("room");
        sender.try_send(3).expect("room");
        assert_eq!(gathering.next().await, [1, 2, 3]);
        sender.try_send(4).expect("room");
        assert_eq!(gathering.take(), [4]);
        assert!(gathering.take().is_empty());
    }
}
