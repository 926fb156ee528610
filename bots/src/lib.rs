//! The Rust client of a Skirmish lobby: log in as a guest, join the queue, follow the lobby, play
//! the match.
//!
//! ```no_run
//! # async fn play_one() -> Result<(), bots::Error> {
//! use bots::{Client, Join, MatchEvent};
//!
//! let client = Client::guest("http://127.0.0.1:8080", "Ada").await?;
//! let mut lobby = client.lobby();
//! client.join(&Join::default()).await?;
//! let game = loop {
//!     if let Some(game) = lobby.next().await?.game() {
//!         break game.clone();
//!     }
//! };
//! let mut game = client.play(game).await?;
//! while let Some(event) = game.next().await? {
//!     match event {
//!         MatchEvent::Welcome(welcome) => println!("{}, seat {}", welcome.game, welcome.seat),
//!         MatchEvent::Frame(frame) => println!("{} bytes for a NetClient", frame.len()),
//!         MatchEvent::Over(over) => println!("{:?}", over.scores),
//!         _ => {}
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! Every wait has a limit: a request takes at most a few seconds, and a match that cannot be
//! reached ends in an error. Each mutation has an `Idempotency-Key`, so a request without an answer
//! can be repeated.

mod client;
mod error;
mod game_socket;
mod game_ticket;
mod games;
mod http;
mod lobby_message;
mod lobby_socket;
mod lookup;
mod made_room;
mod match_bot;
mod pending_command;
mod simulated_link;
mod socket;
mod tls;
mod webtransport;

pub use client::{Client, Join, Joined, Pool, Rank, RoomPlayer, RoomView};
pub use error::{Error, Problem, Result};
pub use game_socket::{Match, MatchEvent};
pub use game_ticket::GameTicket;
pub use games::BotEntry;
pub use lobby_message::{LobbyMessage, Me, Member, Room, Status};
pub use lobby_socket::{Lobby, next_message};
pub use made_room::{MadeRoom, RoomChange};
pub use match_bot::MatchBot;
/// Messages of a match; the other types are in `protocol`.
pub use protocol::{CommandMessage, CommandResult, ErrorMessage, Over, Score, Welcome};
pub use simulated_link::SimulatedLink;
pub use socket::Transport;
pub use tokio_tungstenite::tungstenite::Bytes;
