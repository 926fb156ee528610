//! Matches for tests: brings players into one and opens their game sockets.

use serde_json::{Value, json};

use crate::player::Player;
use crate::socket::Socket;

/// The subprotocol of tools and third-party clients.
pub const PROTOCOL: &str = "skirmish.json.v1";

/// A player in a match.
pub struct InMatch {
    /// The player.
    pub player: Player,
    /// The player's lobby socket.
    pub lobby: Socket,
    /// The player's game socket, which has received a `welcome`.
    pub game: Socket,
    /// The message `welcome`.
    pub welcome: Value,
    /// The message `match_started`.
    pub started: Value,
}

/// Brings this number of new guests into one match of this pool.
pub fn start(url: &str, pool: &str, count: usize) -> Vec<InMatch> {
    start_some(url, pool, count, count)
}

/// Like `start`, but only `come` players open their game sockets.
pub fn start_some(url: &str, pool: &str, count: usize, come: usize) -> Vec<InMatch> {
    let guests = (0..count).map(|n| Player::guest(url, &format!("guest-{n}")));
    start_with(pool, guests.collect(), come)
}

/// Like `start_some`, with these players.
pub fn start_with(pool: &str, players: Vec<Player>, come: usize) -> Vec<InMatch> {
    let waiting: Vec<(Player, Socket)> = players
        .into_iter()
        .map(|player| {
            let lobby = player.lobby();
            let answer = player.join(pool);
            assert_eq!(answer.status, 202, "{}", answer.text());
            (player, lobby)
        })
        .collect();
    waiting
        .into_iter()
        .take(come)
        .map(|(player, lobby)| enter(player, lobby))
        .collect()
}

/// Waits for `match_started` and opens the game socket.
pub fn enter(player: Player, mut lobby: Socket) -> InMatch {
    let started = lobby.expect("match_started");
    let (game, welcome) = open(&started["game"]);
    InMatch {
        player,
        lobby,
        game,
        welcome,
        started,
    }
}

/// Opens the game socket of a `game` and waits for the `welcome`.
pub fn open(game: &Value) -> (Socket, Value) {
    open_url(&url(game))
}

/// Like `open`, with a URL that contains the ticket.
pub fn open_url(url: &str) -> (Socket, Value) {
    let mut socket = Socket::open(url, &[PROTOCOL]).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let welcome = socket.expect("welcome");
    (socket, welcome)
}

/// The URL of a `game`, with its ticket.
pub fn url(game: &Value) -> String {
    let text = |name: &str| {
        game[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} in {game}"))
    };
    format!("{}?ticket={}", text("url"), text("ticket"))
}

/// An input that stands still and does not fire.
pub fn idle() -> Value {
    json!({ "type": "input", "move": [0, 0], "aim": 0, "fire": false })
}
