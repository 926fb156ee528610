//! Loading the Lua scripts: one file per atomic transition, and before each what it needs of the parts they share.

use std::collections::HashSet;
use std::sync::LazyLock;

use redis::Script;

const SHARED: [&str; 6] = [
    include_str!("lua/shared/base.lua"),
    include_str!("lua/shared/player.lua"),
    include_str!("lua/shared/room.lua"),
    include_str!("lua/shared/match.lua"),
    include_str!("lua/shared/watch.lua"),
    include_str!("lua/shared/replay.lua"),
];

/// The scripts of a pool: with the shared parts, so their `KEYS[1..6]` and `ARGV[1..2]` are what `base.lua` says.
macro_rules! pool_scripts {
    ($($name:ident = $file:literal;)*) => {
        $(pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| with_shared($file, include_str!(concat!("lua/", $file, ".lua"))));)*
    };
}
/// The scripts of a key outside every pool.
macro_rules! plain_scripts {
    ($($name:ident = $file:literal;)*) => {
        $(pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| load($file, include_str!(concat!("lua/", $file, ".lua"))));)*
    };
}

pool_scripts! {
    ASSIGN = "assign";
    AWAY = "away";
    BRIDGE = "bridge";
    CHECK = "check";
    CHECKPOINT = "checkpoint";
    CLAIMS = "claims";
    CLAIM_ROOM = "claim_room";
    DUE = "due";
    FORFEIT = "forfeit";
    HAND_OVER = "hand_over";
    LEADERBOARD = "leaderboard";
    LOOK = "look";
    MATCH_FINISH = "match_finish";
    ME = "me";
    MEND = "mend";
    OUTBOX_ACK = "outbox_ack";
    OUTBOX_TAKE = "outbox_take";
    PLAYER_DECIDE = "player_decide";
    QUEUE_JOIN = "queue_join";
    QUEUE_LEAVE = "queue_leave";
    RELAY_DECIDE = "relay_decide";
    RELAY_LEASE = "relay_lease";
    REPLAY = "replay";
    ROOM_DECIDE = "room_decide";
    ROOM_TOUCH = "room_touch";
    ROOM_VIEW = "room_view";
    SEAT_OPEN = "seat_open";
    SEAT_REDEEM = "seat_redeem";
    STAY = "stay";
    TOUCH = "touch";
}
plain_scripts! {
    CLAIM_RELEASE = "claim_release";
    CLAIM_TAKE = "claim_take";
    FEEDBACK = "feedback";
    REQUEST_OPEN = "request_open";
    SESSION_CLOSE = "session_close";
}

/// `#!lua` must be the first line: the shared parts go after it. Only those that the script needs: making all of their
/// functions anew would be a quarter of what a short call costs.
fn with_shared(name: &str, text: &str) -> Script {
    let (shebang, rest) = text.split_once('\n').unwrap_or((text, ""));
    load(name, &format!("{shebang}\n{}\n{rest}", needed(rest)))
}

/// The blocks of the shared parts that define what `script`, or another such block, names; in their order.
fn needed(script: &str) -> String {
    let all = SHARED.join("\n");
    let blocks: Vec<&str> = all.split("\n\n").map(str::trim).collect();
    let mut named: HashSet<&str> = words(script).collect();
    let mut taken = vec![false; blocks.len()];
    while let Some(next) = (0..blocks.len())
        .find(|&i| !taken[i] && defined(blocks[i]).any(|name| named.contains(name)))
    {
        taken[next] = true;
        named.extend(words(blocks[next]));
    }
    let blocks = blocks.iter().zip(taken).filter(|(_, taken)| *taken);
    blocks
        .map(|(block, _)| *block)
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// The names that a block's outermost lines define: `local function NAME(`, `function key.NAME(`, `local NAME, NAME =`.
fn defined(block: &str) -> impl Iterator<Item = &str> {
    let names = block.lines().filter_map(|line| {
        let function = line
            .strip_prefix("local function ")
            .or(line.strip_prefix("function "));
        let (names, _) = match function {
            Some(rest) => rest.split_once('(')?,
            None => line
                .strip_prefix("local ")?
                .split_once(" =")
                .unwrap_or((&line[6..], "")),
        };
        Some(names.split(", "))
    });
    names.flatten()
}

/// Every name in the code; of `key.player` the whole.
fn words(code: &str) -> impl Iterator<Item = &str> {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"));
    let parts = lines.flat_map(|line| line.split(".."));
    let words =
        parts.flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.'));
    words.flat_map(|word| [word, word.split('.').next().unwrap_or(word)])
}

#[cfg(not(feature = "mutate"))]
fn load(_name: &str, text: &str) -> Script {
    Script::new(text)
}

#[cfg(feature = "mutate")]
fn load(name: &str, text: &str) -> Script {
    Script::new(&crate::mutate::mutated(name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_needed(script: &str, names: &[&str]) {
        let needed = needed(script);
        let found: Vec<&str> = needed.split("\n\n").flat_map(defined).collect();
        assert_eq!(found, names, "{script}");
    }

    #[test]
    fn a_script_gets_what_it_names_and_what_that_names() {
        check_needed("return 1", &[]);
        check_needed("-- hash\nreturn 'TIME'", &[]);
        check_needed(
            "return TAG",
            &[
                "QUEUE",
                "AVAILABLE",
                "DEADLINES",
                "OUTBOX",
                "DIRTY",
                "EVENTS",
                "TAG",
                "POOL",
            ],
        );
        check_needed(
            "return key.shadow('x')",
            &[
                "QUEUE",
                "AVAILABLE",
                "DEADLINES",
                "OUTBOX",
                "DIRTY",
                "EVENTS",
                "TAG",
                "POOL",
                "key",
                "key.shadow",
            ],
        );
        check_needed("return SETTINGS.seats_max", &["SETTINGS"]);
    }
}
