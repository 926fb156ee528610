//! The address of a running match, with a ticket for its seat.

use protocol::WebTransport;
use serde::Deserialize;

/// How to reach a running match: the ticket is good once, for 30 s.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GameTicket {
    /// `ws://host:port/game/<relay>`, without the ticket.
    pub url: String,
    /// The same over WebTransport, if the game server has that.
    #[serde(default)]
    pub webtransport: Option<WebTransport>,
    /// Appended as `?ticket=`.
    pub ticket: String,
    /// The game server's id.
    pub relay: String,
    /// Rises when the room moves to another game server.
    pub epoch: u64,
}
