//! The check at the end of a run: compares Redis with what the players received.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use lobby::check;

use crate::ledger::Entries;
use crate::system::System;
use crate::table::Table;

type Board = BTreeMap<String, i64>;

/// Whether every match was counted exactly once.
pub(crate) struct Scores {
    /// Matches whose end a player saw.
    seen: usize,
    /// Matches in the leaderboards.
    counted: usize,
    /// Seen by a player, but not counted.
    uncounted: usize,
    /// Counted with other scores than the players received.
    different: usize,
    /// Players whose sum over all matches differs from the pool's leaderboard.
    sums_wrong: usize,
    /// All points of all matches.
    points: i64,
    /// The violations as text.
    pub(crate) wrong: Vec<String>,
}

/// Compares what the players received with the leaderboards of these pools.
pub(crate) fn scores(system: &System, pools: &[&str], entries: &Entries) -> Result<Scores> {
    let mut scores = Scores {
        seen: entries.over.len(),
        counted: 0,
        uncounted: 0,
        different: 0,
        sums_wrong: 0,
        points: 0,
        wrong: Vec::new(),
    };
    let mut counted = BTreeMap::new();
    for pool in pools {
        let rooms = room_boards(system, pool)?;
        scores.add_pool(
            pool,
            &rooms,
            &board(system, &format!("{{{pool}}}:leaderboard"))?,
        );
        counted.extend(rooms);
    }
    for (room, seen) in &entries.over {
        match counted.get(room) {
            None => {
                scores.uncounted += 1;
                scores.wrong.push(format!("{room} is in no leaderboard"));
            }
            Some(board) if !is_counted(&entries.forfeited, room, seen, board) => {
                scores.different += 1;
                scores
                    .wrong
                    .push(format!("{room}: players saw {seen:?}, counted {board:?}"));
            }
            Some(_) => {}
        }
    }
    Ok(scores)
}

/// Whether a match was counted with the scores that its players received; a player who forfeited may be missing.
fn is_counted(
    forfeited: &BTreeSet<(String, String)>,
    room: &str,
    seen: &Board,
    counted: &Board,
) -> bool {
    let stayed = |player: &str| !forfeited.contains(&(room.to_owned(), player.to_owned()));
    let all_in = seen
        .keys()
        .all(|player| counted.contains_key(player) || !stayed(player));
    let all_right = counted
        .iter()
        .all(|(player, score)| seen.get(player) == Some(score));
    all_in && all_right
}

impl Scores {
    fn add_pool(&mut self, pool: &str, rooms: &BTreeMap<String, Board>, all: &Board) {
        let mut sums = Board::new();
        let of_people = rooms.values().flatten().filter(|(id, _)| !is_bot(id));
        for (player, score) in of_people {
            *sums.entry(player.clone()).or_default() += score;
        }
        self.counted += rooms.len();
        self.points += sums.values().sum::<i64>();
        let players = sums.keys().chain(all.keys());
        let wrong = players.filter(|player| sums.get(*player) != all.get(*player));
        let wrong: BTreeSet<_> = wrong.collect();
        self.sums_wrong += wrong.len();
        let words = |player: &&String| {
            let (sum, total) = (sums.get(*player), all.get(*player));
            format!("{pool}: {player} has {total:?}, the matches add up to {sum:?}")
        };
        self.wrong.extend(wrong.iter().map(words));
    }

    pub(crate) fn add_to(&self, table: &mut Table) {
        table.must("matches over, as players saw", self.seen, self.seen > 0);
        table.must(
            "matches in the leaderboards",
            self.counted,
            self.counted >= self.seen,
        );
        table.info("points in them", self.points.to_string());
        table.zero("matches over, not counted", self.uncounted);
        table.zero("matches with other scores than players saw", self.different);
        table.zero(
            "players whose sum is wrong (counted twice)",
            self.sums_wrong,
        );
    }
}

/// The current violations in these pools.
pub(crate) async fn violations(system: &System, pools: &[&str]) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for pool in pools {
        let found = check::violations(&system.lobby, pool).await?;
        wrong.extend(found.into_iter().map(|what| format!("{pool}: {what}")));
    }
    Ok(wrong)
}

/// Keys of rooms and claims that must not exist once every player is out.
pub(crate) fn leftovers(system: &System, pools: &[&str]) -> Result<Vec<String>> {
    let mut left = keys(system, "claim:*")?;
    for pool in pools {
        for kind in ["room:*", "rooms:*", "projectile:*", "checkpoint:*"] {
            let keys = keys(system, &format!("{{{pool}}}:{kind}"))?;
            // A shadow without a deadline is a violation.
            for key in keys.into_iter().filter(|key| !key.ends_with(":ttl")) {
                if !is_empty_gathering(system, &key)? {
                    left.push(key);
                }
            }
        }
        for line in ["players_queue", "players_aside"] {
            left.extend(board(system, &format!("{{{pool}}}:{line}"))?.into_keys());
        }
    }
    Ok(left)
}

fn room_boards(system: &System, pool: &str) -> Result<BTreeMap<String, Board>> {
    let prefix = format!("{{{pool}}}:leaderboard:");
    let rooms = keys(system, &format!("{prefix}*"))?;
    let boards = rooms.into_iter().map(|key| {
        let board = board(system, &key)?;
        let room = key.strip_prefix(&prefix).unwrap_or_default();
        Ok((room.to_owned(), board))
    });
    boards.collect()
}

fn keys(system: &System, pattern: &str) -> Result<Vec<String>> {
    let mut keys = redis_cli(system, &format!("KEYS {pattern}"))?;
    let lists = [":rooms:available", ":rooms:late"];
    keys.retain(|key| !lists.iter().any(|list| key.ends_with(list)));
    Ok(keys)
}

fn board(system: &System, key: &str) -> Result<Board> {
    let lines = redis_cli(system, &format!("ZRANGE {key} 0 -1 WITHSCORES"))?;
    let rows = lines.chunks_exact(2).map(|row| {
        let score: f64 = row[1].parse()?;
        Ok((row[0].clone(), score as i64))
    });
    rows.collect()
}

/// Whether the player is a bot of the relay, which is not in the pool's leaderboard.
fn is_bot(player: &str) -> bool {
    player.as_bytes().get(14) == Some(&b'8')
}

/// Whether this is the record of a room that players made and left. Such a room closes after a time, or has closed
/// since the keys were read.
fn is_empty_gathering(system: &System, key: &str) -> Result<bool> {
    let state = redis_cli(system, &format!("HGET {key} state"))?;
    let seats = redis_cli(
        system,
        &format!("EXISTS {}", key.replacen(":room:", ":rooms:", 1)),
    )?;
    let is_gone = state.is_empty();
    Ok(is_gone || (state == ["gathering"] && seats == ["0"]))
}

/// The lines of Redis's answer, read without a proxy.
fn redis_cli(system: &System, command: &str) -> Result<Vec<String>> {
    let mut client = Command::new("redis-cli")
        .args(["-u", &system.stack.redis_url, "--raw"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("redis-cli is missing")?;
    let input = client.stdin.take();
    input
        .context("it has an input")?
        .write_all(command.as_bytes())?;
    let output = client.wait_with_output()?;
    if !output.status.success() {
        bail!("redis does not answer {command}");
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(text
        .lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}
