//! Stories of the whole system: real Redis, real functions, real sockets, one front door. Those of `outside` want no more than that
//! door; the others look inside, break parts, or want settings of their own.

mod bots;
mod browser;
mod canary;
mod chaos;
mod counts;
mod docs;
mod front_door;
mod front_door_load;
mod imports;
mod nginx;
mod one_function;
mod outside;
mod overload;
mod resume;
mod security;
mod security_door;
mod up;
