//! The rooms of this server: claiming and resuming them, saving their state, and handing them over.

pub(crate) mod checkpoint;
pub(crate) mod checkpointer;
pub(crate) mod claim;
pub(crate) mod directory;
pub(crate) mod drain;
pub(crate) mod gathering;
pub(crate) mod late;
pub(crate) mod persist;
pub(crate) mod resume;
pub(crate) mod verify;
