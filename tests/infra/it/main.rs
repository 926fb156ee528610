//! What the templates say, held against the source: nothing is deployed to find out.

mod access;
mod functions;
mod lint;
mod machine;
mod monitoring;
mod nginx;
mod redis;
mod roles;
mod source;
mod template;
