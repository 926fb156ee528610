//! The client against a lobby that fails on purpose.

mod fake;
mod game;
mod http;
mod lobby;

use std::time::Duration;

/// Nothing here takes long; what hangs fails.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what)
        .await
        .expect("it takes too long")
}
