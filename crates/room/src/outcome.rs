//! Owns what a finished match came to.

use game::Ranking;

use crate::{Player, Score};

/// What a finished match came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Every player who was ever seated, best first.
    pub scores: Vec<Score>,
}

impl Outcome {
    pub(crate) fn new(ranking: &Ranking, players: &[Player]) -> Self {
        let placed = ranking
            .places
            .iter()
            .zip(players)
            .filter_map(|(place, player)| {
                let (rank, score) = (*place)?;
                let Player {
                    player_id, name, ..
                } = player.clone();
                Some(Score {
                    player_id,
                    name,
                    score,
                    rank: rank.into(),
                })
            });
        let mut scores: Vec<_> = placed.collect();
        scores.sort_by_key(|score| score.rank);
        Self { scores }
    }
}
