//! socket-disconnect: the `$disconnect` route of the lobby socket.

use crate::app::App;
use crate::socket::{self, SocketAnswer, SocketEvent};

/// Forgets the connection, if it is still its player's. Nobody hears the answer.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    socket::forget(app, &event.request_context.connection_id).await;
    SocketAnswer::ok()
}
