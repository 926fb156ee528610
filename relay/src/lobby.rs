//! The connection to the lobby: this server's lease, its inbox, and the bridge that invokes
//! functions.

mod answers;
pub(crate) mod bridge;
mod credentials;
pub(crate) mod functions;
pub(crate) mod inbox;
pub(crate) mod lease;
pub(crate) mod match_state;
pub(crate) mod settings;
mod turns;
