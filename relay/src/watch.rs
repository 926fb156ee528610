//! Watchers of running matches. They get the match's replay file from Redis, as its checkpoints
//! write it, so the room and its worker do nothing for them, and a watcher of a room may be at any
//! relay.
//!
//! [`rooms`] counts the watchers. `reader` reads the file once for all watchers of a room, `file`
//! splits it, and `recording` decides when a part may be sent. [`session`] is one watcher's
//! connection, a task of the control threads.

mod file;
mod reader;
mod recording;
pub(crate) mod rooms;
pub(crate) mod session;
