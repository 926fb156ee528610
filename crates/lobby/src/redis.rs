//! Access to Redis: commands and scripts to one server or a cluster, with redirects and no retries.

pub(crate) mod assembly;
pub(crate) mod link;
pub(crate) mod node;
pub(crate) mod script;
pub(crate) mod slots;
mod version;
