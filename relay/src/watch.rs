//! Watchers of running matches. They get the match's replay file from Redis, as its checkpoints
//! write it, so the room and its worker do nothing for them, and a watcher of a room may be at any
//! relay. If the game hides something, they get a filtered recording, which is made from the file.
//!
//! [`rooms`] counts the watchers. `reader` reads the file once for all watchers of a room, `file`
//! filters and splits it, and `recording` decides when a part may be sent. [`session`] is one watcher's
//! connection, a task of the control threads.

mod file;
pub(crate) mod filter;
mod reader;
mod recording;
pub(crate) mod rooms;
pub(crate) mod session;
