//! The Lua scripts: one file per atomic transition. Each begins with the list of the shared files that it includes, see
//! [`super::assembly`].

use std::sync::LazyLock;

use redis::Script;

use super::assembly::assemble;

macro_rules! shared {
    ($($file:literal)*) => {
        /// The shared files by name.
        const SHARED: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../lua/shared/", $file, ".lua")))),*];
    };
}
macro_rules! scripts {
    ($($name:ident = $file:literal;)*) => {
        $(pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| load($file, include_str!(concat!("../lua/", $file, ".lua"))));)*

        #[cfg(test)]
        const SCRIPTS: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../lua/", $file, ".lua")))),*];
    };
}

shared! {
    "answers"
    "aside"
    "bots"
    "bots_fill"
    "checkpoints"
    "clock"
    "closed"
    "collect"
    "colors"
    "countdown"
    "deadlines"
    "disarm"
    "emit"
    "emit_text"
    "entry"
    "entry_join"
    "fleet"
    "game_settings"
    "gathering"
    "gathering_close"
    "gathering_messages"
    "group"
    "group_dequeue"
    "group_gather"
    "group_most"
    "group_seat"
    "groups_close"
    "hash"
    "is_bot"
    "keys"
    "kicked"
    "lane_key"
    "lanes_add"
    "lanes_due"
    "late"
    "late_face"
    "late_until"
    "lease_flags"
    "leases_check"
    "listed"
    "listed_change"
    "listed_entry"
    "listed_save"
    "listing"
    "match_find"
    "match_messages"
    "members"
    "outbox_add"
    "player"
    "player_alive"
    "player_exit"
    "poll_gap"
    "pool"
    "position"
    "region"
    "relay_pick"
    "relays_due"
    "rematch"
    "replays"
    "requeue"
    "room"
    "room_by_code"
    "room_deadline"
    "room_dispose"
    "room_end"
    "room_find"
    "room_give"
    "room_is_full"
    "room_messages"
    "room_open"
    "room_save"
    "room_start"
    "roster"
    "seat_all"
    "seat_order"
    "seat_save"
    "seated"
    "seats_take"
    "seats_take_late"
    "settings"
    "settle"
    "team_count"
    "team_late"
    "team_next"
    "teams"
    "texts"
    "ticket_mint"
    "touch"
    "unseat"
    "wake"
    "whole"
}

scripts! {
    ASSIGN = "assign";
    AWAY = "away";
    BRIDGE = "bridge";
    CHECK = "check";
    CHECKPOINT = "checkpoint";
    CLAIM_RELEASE = "claim_release";
    CLAIM_ROOM = "claim_room";
    CLAIM_TAKE = "claim_take";
    CODE_KEEP = "code_keep";
    CODE_MISS = "code_miss";
    CODE_RELEASE = "code_release";
    CODE_TAKE = "code_take";
    CODE_VIEW = "code_view";
    DELIVER = "deliver";
    DELIVER_ACK = "deliver_ack";
    EXPIRE_DUE = "expire_due";
    EXPIRE_PLAYER = "expire_player";
    EXPIRE_RELAY = "expire_relay";
    EXPIRE_ROOM = "expire_room";
    FEEDBACK = "feedback";
    FORFEIT = "forfeit";
    HAND_OVER = "hand_over";
    LANES = "lanes";
    LEADERBOARD = "leaderboard";
    MATCH_FINISH = "match_finish";
    MATCH_PICK = "match_pick";
    MATCH_REPORT = "match_report";
    ME = "me";
    ME_UPDATE = "me_update";
    MEMBERSHIP = "membership";
    PLAYER_DETAIL = "player_detail";
    PLAYER_REMOVE = "player_remove";
    POLL = "poll";
    POOL_COUNTS = "pool_counts";
    QUEUE_JOIN = "queue_join";
    QUEUE_LEAVE = "queue_leave";
    REGION_LIST = "region_list";
    RECORDING = "recording";
    RELAY_CANDIDATES = "relay_candidates";
    RELAY_FOR_WATCHER = "relay_for_watcher";
    RELAY_LIST = "relay_list";
    RELAY_REMOVE = "relay_remove";
    RELAY_RENEW = "relay_renew";
    RELAY_TAKEOVER = "relay_takeover";
    RELAYS_FORGET = "relays_forget";
    RELAY_LIVE = "relay_live";
    RELAYS_OVERDUE = "relays_overdue";
    RELAYS_REPAIR = "relays_repair";
    REPAIR_CLAIMS = "repair_claims";
    REPAIR_ENTITIES = "repair_entities";
    REPLAY = "replay";
    REPORTS_FORGET = "reports_forget";
    REQUEST_OPEN = "request_open";
    ROOM_CLOSE = "room_close";
    ROOM_CODES = "room_codes";
    ROOM_CREATE = "room_create";
    ROOM_DETAIL = "room_detail";
    ROOM_JOIN = "room_join";
    ROOM_LIST = "room_list";
    ROOM_REMATCH = "room_rematch";
    ROOM_TOUCH = "room_touch";
    ROOM_UPDATE = "room_update";
    ROOM_VIEW = "room_view";
    ROOM_WATCH = "room_watch";
    ROOMS_PAGE = "rooms_page";
    SEAT_OPEN = "seat_open";
    SEAT_REDEEM = "seat_redeem";
    SEAT_RETURN = "seat_return";
    SEATS_OFFER = "seats_offer";
    SESSION_CLOSE = "session_close";
    SETTINGS_CHANGE = "settings_change";
    TOUCH = "touch";
    UNWATCH_ROOMS = "unwatch_rooms";
    WATCH_DUE = "watch_due";
    WATCH_ROOMS = "watch_rooms";
    WATCH_SENT = "watch_sent";
}

fn load(name: &str, text: &str) -> Script {
    let text = assemble(text);
    #[cfg(feature = "mutate")]
    let text = crate::mutate::mutated(name, &text);
    #[cfg(not(feature = "mutate"))]
    let _ = name;
    Script::new(&text)
}

/// A file that does not exist counts as empty; a test checks that every named file exists.
pub(super) fn shared(name: &str) -> &'static str {
    let file = SHARED.iter().find(|(other, _)| *other == name);
    file.map_or("", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::assembly::{deferred, required};
    use super::*;

    /// The names used in a text's code: without comments, string literals, fields after a dot, and names that are
    /// assigned to.
    fn names(text: &str) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for line in text.lines() {
            // Every second piece is a string literal.
            let pieces = line.split('\'').step_by(2);
            for piece in pieces.take_while(|piece| !piece.starts_with("--")) {
                let code = piece.split("--").next().unwrap_or(piece);
                let is_name = |c: char| c.is_alphanumeric() || c == '_';
                for word in code
                    .split(|c: char| !is_name(c))
                    .filter(|it| !it.is_empty())
                {
                    let at = word.as_ptr() as usize - code.as_ptr() as usize;
                    let (before, after) = (&code[..at], code[at + word.len()..].trim_start());
                    let is_field = before.ends_with('.') && !before.ends_with("..");
                    let is_assigned = after.starts_with('=') && !after.starts_with("==");
                    if !is_field && !is_assigned {
                        names.insert(word);
                    }
                }
            }
        }
        names
    }

    /// The names that a shared file defines: `local function NAME(`, `local NAME, NAME`.
    fn defined(text: &str) -> BTreeSet<&str> {
        let locals = text.lines().filter_map(|line| line.strip_prefix("local "));
        let names = locals.flat_map(|rest| {
            let rest = rest.strip_prefix("function ").unwrap_or(rest);
            let names = rest.split(" =").next().unwrap_or(rest);
            let names = names.split('(').next().unwrap_or(names);
            names.split(", ")
        });
        names.collect()
    }

    #[test]
    fn every_file_includes_what_it_uses_and_nothing_else() {
        let mut wrong = Vec::new();
        for (file, text) in SCRIPTS.iter().chain(SHARED) {
            let used = names(text);
            let own: BTreeSet<&str> = text.lines().filter_map(required).collect();
            for name in &own {
                if !SHARED.iter().any(|(other, _)| other == name) {
                    wrong.push(format!("{file} includes {name}, which does not exist"));
                }
            }
            for (shared, shared_text) in SHARED.iter().filter(|(shared, _)| shared != file) {
                let mut found = &defined(shared_text) & &used;
                found.retain(|name| !defined(text).contains(name));
                let is_deferred = text.lines().any(|line| deferred(line) == Some(*shared));
                let is_more = is_deferred && found != BTreeSet::from([*shared]);
                if found.is_empty() == own.contains(shared) || is_more {
                    wrong.push(format!("{file} uses {found:?} of {shared}"));
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }
}
