//! Compares the deployments with the source, without deploying anything.

mod access;
mod functions;
mod kubernetes;
mod lint;
mod machine;
mod monitoring;
mod nginx;
mod observe;
mod redis;
mod relays;
mod roles;
mod source;
mod template;
mod webtransport;
