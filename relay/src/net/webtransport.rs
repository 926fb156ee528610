//! WebTransport sessions of players, over QUIC. An endpoint on the runtime admits them as the WebSocket's handshake
//! does; each session has a task, which moves bytes between QUIC and the session's worker.

mod accept;
mod certificate;
pub(crate) mod endpoint;
pub(crate) mod pipe;
mod task;

pub(crate) use accept::accept;
