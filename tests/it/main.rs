//! Stories of the whole system, told from outside: real Redis, real functions, real sockets, one front door.

mod bad_input;
mod bots;
mod browser;
mod canary;
mod chaos;
mod docs;
mod imports;
mod join;
mod leaderboard;
mod matches;
mod nginx;
mod rejoin;
mod resume;
mod seating;
mod security;
mod security_door;
mod sockets;
mod stranger;
mod up;
