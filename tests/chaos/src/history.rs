//! The history of each room as Redis executed it. It checks that every transition happens once and not early, that
//! only the relay that owns the room writes to it, and that groups stay together.

mod codes;
mod groups;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::history::codes::Codes;
use crate::history::groups::Groups;
use crate::table::Table;

const SEATS_MAX: usize = 5;
/// Maximum number of printed errors of each kind.
const LINES_MAX: usize = 12;
/// Tolerance between a script's clock and the witness's.
const CLOCK_MS: f64 = 5.0;

/// A script and its writes.
pub(crate) struct Seen<'a> {
    pub(crate) at_ms: f64,
    pub(crate) arguments: &'a [String],
    pub(crate) done: &'a [Vec<String>],
}

/// The history of all rooms, checked while it is recorded.
#[derive(Default)]
pub(crate) struct History {
    /// Rooms by key, `{pool}:room:<room>`.
    rooms: BTreeMap<String, Room>,
    codes: Codes,
    groups: Groups,
    decisions: usize,
    writes: usize,
    /// Transitions that happened twice or before the deadline.
    early: Vec<String>,
    /// Writes of game servers that had lost the room.
    stale: Vec<String>,
    /// Players who were out before the end of their match, as pairs of room and player.
    pub(crate) out: Vec<(String, String)>,
}

/// The observed state of one room.
#[derive(Clone, Debug, Default)]
struct Room {
    epoch: Option<u64>,
    deadline_ms: Option<f64>,
    /// The epoch in which its relay has offered seats.
    offered: Option<u64>,
    /// Whether a player made it: then the host starts it, at any time.
    is_made: bool,
}

impl History {
    /// Called when the witness missed commands: the observed states may be wrong.
    pub(crate) fn forget(&mut self) {
        self.rooms.clear();
        self.codes.forget();
        self.groups.forget();
    }

    /// Adds one complete script.
    pub(crate) fn see(&mut self, seen: &Seen<'_>) {
        let ends = seen.done.iter().any(|write| is_finish(write));
        for write in seen.done {
            self.judge_entry(seen, write, ends);
            self.judge_write(seen, write);
            self.stale.extend(self.codes.judge(seen, write));
        }
        for write in seen.done {
            self.learn(seen, write);
        }
        self.groups.see(seen);
    }

    pub(crate) fn add_to(&self, table: &mut Table) {
        // In a short run with many restarts of Redis, no room may have been observed completely.
        table.info("decisions seen", self.decisions);
        table.must("writes of game servers seen", self.writes, self.writes > 0);
        table.zero("decisions made twice, or early", self.early.len());
        table.zero("writes of servers that had lost the room", self.stale.len());
        self.groups.add_to(table);
    }

    /// The errors as text.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let lists = [&self.early, &self.stale, &self.groups.wrong];
        let lines = lists.iter().flat_map(|list| list.iter().take(LINES_MAX));
        lines.cloned().collect()
    }

    /// Checks an outbox entry, which shows what a script did.
    fn judge_entry(&mut self, seen: &Seen<'_>, write: &[String], is_relays: bool) {
        // An outbox with lanes has further fields. Lane 0 has every entry.
        let [command, outbox, _, _, kind, _, entry, ..] = write else {
            return;
        };
        let Some(pool) = outbox.strip_suffix(":outbox").filter(|_| command == "XADD") else {
            return;
        };
        let entry: Value = serde_json::from_str(entry).unwrap_or_default();
        let room = entry["room"].as_str().unwrap_or_default();
        if matches!(kind.as_str(), "forfeited" | "expired" | "not_connected")
            && let Some(player) = entry["release"][0]["player"].as_str()
        {
            self.out.push((room.to_owned(), player.to_owned()));
        }
        let players = entry["tell"][0]["to"].as_array().map_or(0, Vec::len);
        let known = self.rooms.get(&format!("{pool}:room:{room}"));
        let is_made = known.is_some_and(|known| known.is_made);
        let is_decision = match kind.as_str() {
            "match_started" => players < SEATS_MAX && !is_made,
            // A room that a player made also closes when its last player is out.
            "closed" => !is_made,
            // The room of a group also has such an entry, when the room closes in which the group had seats.
            "requeued" => !is_relays && entry["tell"][0]["message"]["type"] == kind.as_str(),
            "room_failed" => !is_relays,
            "match_unclaimed" => true,
            _ => false,
        };
        if kind == "joined_late"
            && let Some(known) = known
            && let (Some(offered), Some(epoch)) = (known.offered, known.epoch)
            && offered != epoch
        {
            let wrong = format!("{room}: a seat of epoch {offered} is taken in epoch {epoch}");
            self.stale.push(wrong);
        }
        let Some(known) = known.filter(|_| is_decision) else {
            return;
        };
        self.decisions += 1;
        if let Some(deadline_ms) = known.deadline_ms
            && deadline_ms > seen.at_ms + CLOCK_MS
        {
            let by_ms = deadline_ms - seen.at_ms;
            self.early
                .push(format!("{room}: {kind} {by_ms:.0} ms before it was due"));
        }
    }

    /// Checks that a game server's write to a room has the room's epoch.
    fn judge_write(&mut self, seen: &Seen<'_>, write: &[String]) {
        let Some((kind, room, epoch)) = server_write(seen, write) else {
            return;
        };
        let Some(now) = self.rooms.get(&room).and_then(|room| room.epoch) else {
            return;
        };
        self.writes += 1;
        if epoch != now {
            self.stale
                .push(format!("{room}: {kind} of epoch {epoch} in epoch {now}"));
        }
    }

    fn learn(&mut self, seen: &Seen<'_>, write: &[String]) {
        match write {
            [_, key, ..] if key.starts_with("code:") => self.codes.learn(write),
            [command, key, fields @ ..] if command == "HSET" && is_room(key) => {
                let room = self.rooms.entry(key.clone()).or_default();
                if let Some(epoch) = field(fields, "epoch") {
                    room.epoch = epoch.parse().ok();
                }
                room.is_made |= field(fields, "host").is_some();
                if let Some(("offer", _, epoch)) = server_write(seen, write) {
                    room.offered = Some(epoch);
                }
            }
            [command, key, deadlines @ ..] if command == "ZADD" => {
                let Some(pool) = key.strip_suffix(":deadlines") else {
                    return;
                };
                for deadline in deadlines.chunks_exact(2) {
                    if deadline[1].starts_with("room:") {
                        let name = format!("{pool}:{}", deadline[1]);
                        self.rooms.entry(name).or_default().deadline_ms = deadline[0].parse().ok();
                    }
                }
            }
            [command, key, ..] if command == "DEL" && is_room(key) => {
                self.rooms.remove(key);
            }
            _ => {}
        }
    }
}

/// `{pool}:room:<room>`, without its shadow.
fn is_room(key: &str) -> bool {
    key.contains("}:room:") && !key.ends_with(":ttl")
}

fn is_finish(write: &[String]) -> bool {
    matches!(request(write), Some(("finish", ..)))
}

/// `SET {pool}:request:<relay>:<kind>.<room>.<epoch>`: a completed finish or hand-over. Returns kind, room's key and
/// epoch.
fn request(write: &[String]) -> Option<(&str, String, u64)> {
    let [command, key, ..] = write else {
        return None;
    };
    let (pool, request) = key.split_once(":request:").filter(|_| command == "SET")?;
    let (_, what) = request.split_once(':')?;
    let (what, epoch) = what.rsplit_once('.')?;
    let (kind, room) = what.split_once('.')?;
    Some((kind, format!("{pool}:room:{room}"), epoch.parse().ok()?))
}

/// Returns kind, room's key and epoch.
fn server_write<'a>(seen: &Seen<'_>, write: &'a [String]) -> Option<(&'a str, String, u64)> {
    if let Some((kind, room, epoch)) = request(write) {
        return matches!(kind, "finish" | "hand_over").then_some((kind, room, epoch));
    }
    let [command, key, fields @ ..] = write else {
        return None;
    };
    if command != "HSET" || !is_room(key) {
        return None;
    }
    if let Some(epoch) = field(fields, "saved_epoch") {
        return Some(("checkpoint", key.clone(), epoch.parse().ok()?));
    }
    // Arguments: clock, settings, room, relay, epoch, seats. `assign` has no room at that position.
    let is_of_room = seen
        .arguments
        .get(2)
        .is_some_and(|room| key.ends_with(room.as_str()));
    if field(fields, "free").is_some() && is_of_room {
        return Some(("offer", key.clone(), seen.arguments.get(4)?.parse().ok()?));
    }
    // Arguments: clock, settings, room, relay, epoch, boot.
    let is_claim = fields.len() == 2 && field(fields, "boot").is_some();
    let epoch = seen.arguments.get(4).filter(|_| is_claim)?;
    Some(("claim", key.clone(), epoch.parse().ok()?))
}

fn field<'a>(fields: &'a [String], name: &str) -> Option<&'a str> {
    let pair = fields.chunks_exact(2).find(|pair| pair[0] == name);
    pair.map(|pair| pair[1].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A script at this time with these writes.
    fn see(history: &mut History, at_ms: f64, arguments: &str, writes: &[&str]) {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let done: Vec<_> = writes.iter().map(|write| words(write)).collect();
        history.see(&Seen {
            at_ms,
            arguments: &words(arguments),
            done: &done,
        });
    }

    fn started(to: &str) -> String {
        format!(
            r#"XADD {{a}}:outbox * kind match_started entry {{"room":"a.1","tell":[{{"to":[{to}]}}]}}"#
        )
    }

    const OPEN: [&str; 2] = [
        "HSET {a}:room:a.1 state open epoch 0",
        "ZADD {a}:deadlines 2000 room:a.1",
    ];
    const GIVEN: [&str; 2] = [
        "HSET {a}:room:a.1 state started epoch 1",
        "ZADD {a}:deadlines 5000 room:a.0 9000 room:a.1",
    ];

    fn check(reported: &[String], expected: &[&str]) {
        assert_eq!(reported, expected);
    }

    #[test]
    fn one_expiry_at_its_deadline_is_accepted_and_a_second_one_is_reported() {
        let mut history = History::default();
        see(&mut history, 1000.0, "", &OPEN);
        let start = started(r#""p","q","r""#);
        see(&mut history, 2000.0, "", &[GIVEN[0], GIVEN[1], &start]);
        check(&history.early, &[]);
        let end = r#"XADD {a}:outbox * kind match_unclaimed entry {"room":"a.1"}"#;
        see(&mut history, 2100.0, "", &["DEL {a}:room:a.1", end]);
        check(
            &history.early,
            &["a.1: match_unclaimed 6900 ms before it was due"],
        );
        assert_eq!(history.decisions, 2);
    }

    #[test]
    fn a_full_room_starts_at_once() {
        let mut history = History::default();
        see(&mut history, 1000.0, "", &OPEN);
        let start = started("1,2,3,4,5");
        see(&mut history, 1001.0, "", &[GIVEN[0], GIVEN[1], &start]);
        check(&history.early, &[]);
    }

    #[test]
    fn writes_of_a_relay_that_has_lost_the_room_are_reported() {
        let mut history = History::default();
        see(&mut history, 1000.0, "", &GIVEN);
        let claim = "HSET {a}:room:a.1 boot x";
        see(&mut history, 1100.0, "c s a.1 relay 1 x", &[claim]);
        let save = "HSET {a}:room:a.1 saved_epoch 1 saved_tick 60";
        see(&mut history, 1200.0, "", &[save]);
        check(&history.stale, &[]);
        let again = "HSET {a}:room:a.1 state started epoch 2";
        let moved = "SET {a}:request:relay:hand_over.a.1.1 x";
        see(&mut history, 1300.0, "", &[again, moved]);
        check(&history.stale, &[]);
        see(&mut history, 1400.0, "", &[save]);
        let finish = "SET {a}:request:relay:finish.a.1.1 match_over PX 1";
        see(&mut history, 1500.0, "", &[finish, "DEL {a}:room:a.1"]);
        check(
            &history.stale,
            &[
                "{a}:room:a.1: checkpoint of epoch 1 in epoch 2",
                "{a}:room:a.1: finish of epoch 1 in epoch 2",
            ],
        );
        assert_eq!(history.writes, 5);
    }

    #[test]
    fn late_seats_that_are_taken_in_another_epoch_are_reported() {
        let mut history = History::default();
        see(&mut history, 1000.0, "", &GIVEN);
        let offer = "HSET {a}:room:a.1 free 2,3";
        see(&mut history, 1100.0, "c s a.1 relay 1 2 3", &[offer]);
        let joined = r#"XADD {a}:outbox * kind joined_late entry {"room":"a.1"}"#;
        see(&mut history, 1200.0, "c s [] e 50", &[joined]);
        check(&history.stale, &[]);
        see(
            &mut history,
            1300.0,
            "",
            &["HSET {a}:room:a.1 state started epoch 2"],
        );
        see(&mut history, 1400.0, "c s [] e 50", &[joined]);
        see(&mut history, 1500.0, "c s a.1 relay 1 2 3", &[offer]);
        check(
            &history.stale,
            &[
                "a.1: a seat of epoch 1 is taken in epoch 2",
                "{a}:room:a.1: offer of epoch 1 in epoch 2",
            ],
        );
    }

    #[test]
    fn nothing_is_reported_for_a_time_that_was_not_observed() {
        let mut history = History::default();
        see(&mut history, 1000.0, "", &GIVEN);
        history.forget();
        let end = r#"XADD {a}:outbox * kind closed entry {"room":"a.1"}"#;
        see(&mut history, 1100.0, "", &[end]);
        check(&history.early, &[]);
    }
}
