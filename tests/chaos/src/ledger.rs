//! The record of what all players received: how matches ended, and what went wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bots::{Error, Score};

use crate::dice::Dice;

/// Written by the players, read at the end.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Entries>);

/// How many codes of rooms, and of rooms of groups, players remember.
const CODES_MAX: usize = 6;
const GROUP_CODES_MAX: usize = 3;

/// The records.
#[derive(Clone, Default)]
pub(crate) struct Entries {
    /// The scores of each match whose end a player saw, by room.
    pub(crate) over: BTreeMap<String, BTreeMap<String, i64>>,
    /// Players who left a match before its end, as pairs of room and player. Once they are in another membership,
    /// their result is not counted.
    pub(crate) forfeited: BTreeSet<(String, String)>,
    /// Matches whose end a player did not receive, by reason.
    pub(crate) ended: BTreeMap<String, usize>,
    /// Failed requests by kind; faults cause some.
    pub(crate) failures: BTreeMap<String, usize>,
    /// Errors.
    pub(crate) wrong: Vec<String>,
    /// How many players returned to the room of their group after a match.
    pub(crate) met_again: usize,
    /// The codes of the rooms that players made last.
    codes: Vec<String>,
    /// The codes of rooms of groups that are in the queue.
    group_codes: Vec<String>,
}

/// The outcome of a player's last match.
pub(crate) enum Last {
    Played,
    /// It was played and recorded before its start was announced to the player.
    Missed,
    /// No match started, because too few players were left.
    Alone,
    Failed(String),
}

impl Ledger {
    /// A match ended with these scores.
    pub(crate) fn over(&self, room: &str, scores: &[Score]) {
        let received: BTreeMap<String, i64> = scores
            .iter()
            .map(|score| (score.player_id.clone(), i64::from(score.score)))
            .collect();
        let mut entries = self.entries();
        let known = entries.over.entry(room.to_owned());
        let known = known.or_insert_with(|| received.clone()).clone();
        if known != received {
            let wrong = format!("{room} ended with {known:?} and with {received:?}");
            entries.wrong.push(wrong);
        }
    }

    /// A player forfeits a match.
    pub(crate) fn forfeited(&self, room: &str, player: &str) {
        let who = (room.to_owned(), player.to_owned());
        self.entries().forfeited.insert(who);
    }

    /// A match ended for a player who did not receive its scores.
    pub(crate) fn ended(&self, reason: &str) {
        *self.entries().ended.entry(reason.to_owned()).or_default() += 1;
    }

    /// A request failed.
    pub(crate) fn failure(&self, what: &str, error: &Error) {
        let kind = match error {
            Error::Problem(problem) => format!("{} {}", problem.status, problem.slug()),
            Error::Unreachable(_) => "unreachable".to_owned(),
            Error::Unexpected(what) => format!("unexpected: {what}"),
            other => other.to_string(),
        };
        let kind = format!("{what} {kind}").trim().to_owned();
        *self.entries().failures.entry(kind).or_default() += 1;
    }

    /// Shares the code of a room with other players.
    pub(crate) fn share_code(&self, code: &str) {
        share(&mut self.entries().codes, code, CODES_MAX);
    }

    /// One of the newest codes.
    pub(crate) fn shared_code(&self, dice: &mut Dice) -> Option<String> {
        pick(&self.entries().codes, dice)
    }

    /// Shares the code of a group's room with other players.
    pub(crate) fn share_group_code(&self, code: &str) {
        share(&mut self.entries().group_codes, code, GROUP_CODES_MAX);
    }

    /// One of the newest codes of groups' rooms.
    pub(crate) fn shared_group_code(&self, dice: &mut Dice) -> Option<String> {
        pick(&self.entries().group_codes, dice)
    }

    /// Records that a player returned to the room of their group.
    pub(crate) fn met_again(&self) {
        self.entries().met_again += 1;
    }

    /// Records an error.
    pub(crate) fn wrong(&self, what: String) {
        self.entries().wrong.push(what);
    }

    /// All records so far.
    pub(crate) fn read(&self) -> Entries {
        self.entries().clone()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn share(codes: &mut Vec<String>, code: &str, most: usize) {
    codes.push(code.to_owned());
    let forgotten = codes.len().saturating_sub(most);
    codes.drain(..forgotten);
}

fn pick(codes: &[String], dice: &mut Dice) -> Option<String> {
    (!codes.is_empty()).then(|| dice.pick(codes).clone())
}

/// `expired 3, match_over 17`; `-` if there is nothing.
pub(crate) fn counts(counts: &BTreeMap<String, usize>) -> String {
    let words: Vec<String> = counts
        .iter()
        .map(|(name, n)| format!("{name} {n}"))
        .collect();
    if words.is_empty() {
        "-".to_owned()
    } else {
        words.join(", ")
    }
}
