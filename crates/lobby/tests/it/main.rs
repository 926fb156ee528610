//! The lobby on a real redis-server: a one-node cluster, so a script that leaves its slot is
//! refused.

mod away;
mod checkpoints;
mod claims;
mod clock;
mod complaints;
mod end_to_end;
mod handover;
mod journal;
mod late;
mod late_joins;
mod leaderboard;
mod leases;
mod outbox;
mod players;
mod queue;
mod races;
mod redis_cluster;
mod redis_failover;
mod redis_itself;
mod redis_tls;
mod relays;
mod repairs;
mod rooms;
mod settings;
mod world;
