//! The lobby on a real redis-server: a one-node cluster, so a script that leaves its slot is refused.

mod claims;
mod complaints;
mod leases;
mod mending;
mod outbox;
mod players;
mod queue;
mod races;
mod redis_itself;
mod relays;
mod rooms;
mod server;
mod settings;
mod story;
mod walk;
mod world;
