//! [`Push`]: the transport that carries a notification to a lobby socket.

/// The transport of notifications.
pub trait Push: Send + Sync {
    /// Why a push failed; the next delivery tries it again.
    type Error: std::error::Error + Send + Sync + 'static;
    /// Sends one text message to a connection.
    fn push(
        &self,
        connection: &str,
        body: &str,
    ) -> impl Future<Output = Result<Pushed, Self::Error>> + Send;
}

/// The outcome of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The transport accepted it.
    Delivered,
    /// 410: the connection is gone. The lobby removes it if it is still the player's.
    Gone,
}
