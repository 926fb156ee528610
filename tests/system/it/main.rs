//! End-to-end tests of the whole system: real Redis, functions, sockets and front door. The tests in `outside` use
//! only the front door; the others inspect or break parts, or need their own settings.

mod bots;
mod browser;
mod canary;
mod chaos;
mod counts;
mod docs;
mod features;
mod front_door;
mod front_door_load;
mod games;
mod imports;
mod nginx;
mod one_function;
mod outside;
mod overload;
mod resume;
mod security;
mod security_door;
mod security_tls;
mod threat_model;
mod traces;
mod up;
