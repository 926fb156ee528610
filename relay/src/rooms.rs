//! The rooms of this server: how they come here, how their state is saved, and how they leave.

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
