//! The result of a finished match.

use game::Ranking;

use crate::{Player, Score};

/// The ranking of a finished match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Every player who was ever seated, best first.
    pub scores: Vec<Score>,
}

impl Outcome {
    pub(crate) fn new(ranking: &Ranking, players: &[Player]) -> Self {
        Self {
            scores: protocol::scores(ranking, players),
        }
    }
}
