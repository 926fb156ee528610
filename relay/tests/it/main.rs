//! The game server as players, the lobby and an operator meet it: real Redis, real sockets, real threads, and a stand-in for
//! Lambda only.

mod abuse;
mod bridge;
mod door;
mod play;
mod rooms;
mod seats;
mod support;
