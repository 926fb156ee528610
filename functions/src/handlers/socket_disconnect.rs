//! socket-disconnect: the `$disconnect` route of the lobby socket.

use crate::app::App;
use crate::socket::{self, SocketAnswer, SocketEvent};

/// Removes the connection if it is still its player's. API Gateway ignores the answer.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    socket::remove(app, &event.request_context.connection_id).await;
    SocketAnswer::ok()
}
