//! The result of a finished match.

use game::{Game, Ranking, Seat};

use crate::{Player, Score};

/// The ranking of a finished match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Every player who was ever seated, best first.
    pub scores: Vec<Score>,
}

impl Outcome {
    pub(crate) fn new<G: Game>(game: &G, ranking: &Ranking, players: &[Player]) -> Self {
        let mut scores = protocol::scores(ranking, players);
        for score in &mut scores {
            let seat = players
                .iter()
                .position(|player| player.player_id == score.player_id);
            if let Some(seat) = seat.and_then(Seat::new) {
                let stats = G::STATS.iter();
                score.stats = stats
                    .map(|&name| (name.to_owned(), game.stat(seat, name)))
                    .collect();
            }
        }
        Self { scores }
    }
}
