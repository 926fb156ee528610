//! The relay's inbox: messages from the lobby about players who left or join, and about rooms that another relay owns
//! now.

use std::sync::Arc;
use std::time::Duration;

use lobby::{InboxMessage, Removal};
use nix::sys::signal::{Signal, raise};
use protocol::CloseCode;

use crate::lobby::match_state;
use crate::shared::Shared;
use crate::worker::messages::End;

/// Timeout of one read.
const WAIT: Duration = Duration::from_secs(1);
const BACKOFF: Duration = Duration::from_millis(500);

/// Listens until the task is aborted. Starts at the oldest entry; entries about rooms that this relay does not have
/// are ignored.
pub(crate) async fn listen(shared: Arc<Shared>) {
    let mut inbox = shared.lobby.inbox(&shared.config.relay_id);
    loop {
        match inbox.read(WAIT).await {
            Ok(received) => {
                shared.metrics.inbox_unreadable.inc_by(received.unreadable);
                for message in received.messages {
                    handle(&shared, message).await;
                }
            }
            Err(error) => {
                shared.metrics.redis_failed("inbox");
                tracing::debug!(%error, "the inbox cannot be read");
                tokio::time::sleep(BACKOFF).await;
            }
        }
    }
}

async fn handle(shared: &Arc<Shared>, message: InboxMessage) {
    let directory = &shared.directory;
    match message {
        InboxMessage::Left {
            room,
            epoch,
            player,
            removed,
        } => {
            directory.leave(&room, epoch, player, end_of(removed)).await;
        }
        InboxMessage::Joined {
            room,
            epoch,
            player,
        } => directory.join(&room, epoch, player).await,
        InboxMessage::Moved { room, epoch } => {
            let moved = CloseCode::Moved.into();
            directory.drop_room(&room, epoch, moved).await;
        }
        // After a restart, the message to the previous run is read again.
        InboxMessage::Drain { boot } if boot == shared.boot => shared.drain.notify_one(),
        InboxMessage::Kill { boot } if boot == shared.boot && shared.config.relay_kill => kill(),
        InboxMessage::Drain { .. } | InboxMessage::Kill { .. } => {}
        InboxMessage::State(wanted) => match_state::answer(shared, wanted),
    }
}

/// Ends this process at once, as a crash does.
fn kill() {
    tracing::warn!("an operator kills this relay");
    if let Err(error) = raise(Signal::SIGKILL) {
        tracing::error!(%error, "this relay cannot be killed");
    }
}

/// How the socket of a player who left is closed.
fn end_of(removed: Option<Removal>) -> End {
    let left = CloseCode::Left;
    End::Close(left.code(), removed.map_or(left.reason(), Removal::as_str))
}
