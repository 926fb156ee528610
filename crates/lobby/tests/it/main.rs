//! The lobby on a real redis-server: a one-node cluster, so a script that leaves its slot is refused.

mod server;
mod story;
mod world;
