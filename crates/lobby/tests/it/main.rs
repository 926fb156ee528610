//! The lobby on a real redis-server: a one-node cluster, so a script that leaves its slot is refused.

mod away;
mod board;
mod claims;
mod clock;
mod complaints;
mod drain;
mod journal;
mod late;
mod leases;
mod mending;
mod outbox;
mod players;
mod queue;
mod races;
mod redis_cluster;
mod redis_failover;
mod redis_itself;
mod redis_tls;
mod relays;
mod rooms;
mod saved;
mod server;
mod settings;
mod story;
mod world;
