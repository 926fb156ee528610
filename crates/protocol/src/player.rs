//! The players of a match and their scores.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use game::{Member, Ranking, Roster, Seat};
use serde::Deserialize;

/// A player whom the lobby has seated. The index in a list of players is the seat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Player {
    /// UUID text.
    pub player_id: String,
    /// The display name.
    pub name: String,
    /// `#rrggbb`, distinct in the room.
    pub colors: Vec<String>,
    /// The team, from 0; None: the pool has no teams.
    pub team: Option<u8>,
    /// Whether it is a bot.
    pub is_bot: bool,
    /// The claim `game` of the player's token; empty without one. At most
    /// [`game::GAME_TEXT_BYTES_MAX`] bytes.
    pub game: String,
}

/// The roster that a game gets of these players.
pub fn roster(players: &[Player]) -> Roster {
    let seated = Seat::all().zip(players);
    seated.map(|(seat, player)| member(seat, player)).collect()
}

/// A player of a roster.
pub(crate) fn member(seat: Seat, player: &Player) -> Member {
    Member {
        seat,
        player_id: player.player_id.clone(),
        name: player.name.clone(),
        team: player.team,
        is_bot: player.is_bot,
        game: player.game.clone(),
    }
}

/// The result of a player.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Score {
    /// UUID text.
    pub player_id: String,
    /// The display name.
    pub name: String,
    /// The score that the leaderboard adds.
    pub score: u32,
    /// 1 is the best. Players with equal scores share a rank, unless the game orders them.
    pub rank: u32,
    /// The stats by name, as [`game::Game::STATS`] declares them. Empty for a game without stats.
    #[serde(default)]
    pub stats: BTreeMap<String, i32>,
}

/// The scores of every player who was seated, best first, without stats.
pub fn scores(ranking: &Ranking, players: &[Player]) -> Vec<Score> {
    let placed = ranking.places.iter().zip(players);
    let mut scores: Vec<_> = placed
        .filter_map(|(place, player)| {
            let (rank, score) = (*place)?;
            Some(Score {
                player_id: player.player_id.clone(),
                name: player.name.clone(),
                score,
                rank: rank.into(),
                stats: BTreeMap::new(),
            })
        })
        .collect();
    scores.sort_by_key(|score| score.rank);
    scores
}
