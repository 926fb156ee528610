//! The final ranking of a match.

use alloc::vec;
use alloc::vec::Vec;

use crate::{SLOTS_MIN, Seat, Seats};

/// The maximum number of stats in a player's result.
pub const STATS_MAX: usize = 8;

/// The standing of a player in a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The sort key: greater is better, and equal ones share a rank. Usually the score, with tie-breakers
    /// in lower digits.
    pub order: u64,
    /// The score that the leaderboard adds up.
    pub score: u32,
}

impl Standing {
    /// A standing by score. Players who gave up their seat rank behind all others.
    pub const fn of_score(score: u32, has_left: bool) -> Self {
        Self {
            order: (!has_left as u64) << 32 | score as u64,
            score,
        }
    }
}

/// A match's result, by seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// (rank, score) of every seat that played. Rank 1 is best. Equal standings share a rank, and the next
    /// rank is skipped. At least [`SLOTS_MIN`] seats.
    pub places: Vec<Option<(u8, u32)>>,
}

impl Ranking {
    /// Ranks these seats by their standing.
    pub fn of(seats: Seats, standing: impl Fn(Seat) -> Standing) -> Self {
        let mut standings = vec![None; seats.span().max(SLOTS_MIN)];
        for seat in seats.iter() {
            standings[seat.index()] = Some(standing(seat));
        }
        Self::of_all(&standings)
    }

    fn of_all(standings: &[Option<Standing>]) -> Self {
        let place = |own: Standing| {
            let others = standings.iter().flatten();
            let better = others.filter(|other| other.order > own.order).count();
            (better as u8 + 1, own.score)
        };
        Self {
            places: standings.iter().map(|own| own.map(place)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_standings_share_a_rank() {
        let orders = [5, 9, 5, 1, 100];
        let ranking = Ranking::of(Seats::first(4), |seat| Standing {
            order: orders[seat.index()],
            score: seat.index() as u32,
        });
        assert_eq!(
            ranking.places,
            [Some((2, 0)), Some((1, 1)), Some((2, 2)), Some((4, 3)), None]
        );
    }
}
