//! Connections of players: accepting, handshakes, sessions over WebSocket and WebTransport, and
//! readiness of their sockets.

pub(crate) mod accept;
pub(crate) mod answer;
pub(crate) mod closing;
pub(crate) mod handshake;
pub(crate) mod poller;
pub(crate) mod session;
pub(crate) mod socket;
pub(crate) mod traces;
pub(crate) mod webtransport;
