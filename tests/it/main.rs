//! Stories of the whole system, told from outside: real Redis, real functions, real sockets, one front door.

mod bad_input;
mod bots;
mod browser;
mod docs;
mod imports;
mod join;
mod leaderboard;
mod matches;
mod nginx;
mod rejoin;
mod seating;
mod sockets;
mod stranger;
mod up;
