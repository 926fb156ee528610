//! Loading the Lua scripts: one file per atomic transition, and the parts they share put before each.

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

/// `#!lua` must be the first line: the shared parts go after it.
fn with_shared(name: &str, text: &str) -> Script {
    let (shebang, rest) = text.split_once('\n').unwrap_or((text, ""));
    load(name, &format!("{shebang}\n{}\n{rest}", SHARED.join("\n")))
}

#[cfg(not(feature = "mutate"))]
fn load(_name: &str, text: &str) -> Script {
    Script::new(text)
}

#[cfg(feature = "mutate")]
fn load(name: &str, text: &str) -> Script {
    Script::new(&crate::mutate::mutated(name, text))
}
