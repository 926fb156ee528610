//! The players of a match and their scores.

use alloc::string::String;
use alloc::vec::Vec;

use game::Ranking;
use serde::Deserialize;

/// A player as seated by the lobby; the index in the list is the seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// UUID text.
    pub player_id: String,
    /// The display name.
    pub name: String,
    /// `#rrggbb`, distinct in the room.
    pub colors: Vec<String>,
}

/// How one player finished.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Score {
    /// UUID text.
    pub player_id: String,
    /// The display name.
    pub name: String,
    /// What the leaderboard adds up.
    pub score: u32,
    /// 1 is best; equal scores that nothing else orders share a rank.
    pub rank: u32,
}

/// A ranking by name: every player who was ever seated, best first.
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
            })
        })
        .collect();
    scores.sort_by_key(|score| score.rank);
    scores
}
