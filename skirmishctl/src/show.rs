//! Answers as text for people.

use serde_json::Value;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::table::{list, table};

/// Pools, then relays.
pub(crate) fn overview(answer: &Value) -> String {
    let head = [
        "POOL",
        "GAME",
        "QUEUED",
        "GATHERING",
        "OPEN",
        "STARTED",
        "PLAYERS",
        "OUTBOX",
        "OLDEST",
        "CLOSED",
    ];
    let rows = rows(&answer["pools"], |pool| {
        let (rooms, outbox) = (&pool["rooms"], &pool["outbox"]);
        [
            text(&pool["pool"]),
            text(&pool["game"]),
            text(&pool["queued"]),
            text(&rooms["gathering"]),
            text(&rooms["open"]),
            text(&rooms["started"]),
            text(&pool["players"]),
            text(&outbox["length"]),
            format!("{} ms", text(&outbox["oldest_ms"])),
            text(&pool["closed"]),
        ]
    });
    let relays = &answer["relays"];
    let (live, free) = (text(&relays["live"]), text(&relays["rooms_free"]));
    format!("{}\n{live} relays, {free} more rooms\n", table(head, &rows))
}

/// One setting a line, and whether an operator has changed it.
pub(crate) fn settings(answer: &Value) -> String {
    let all = answer["settings"].as_object().into_iter().flatten();
    let rows: Vec<_> = all
        .map(|(name, value)| {
            let is_changed = answer["overrides"].get(name).is_some();
            let changed = if is_changed { "changed" } else { "" };
            [name.clone(), value.to_string(), changed.to_owned()]
        })
        .collect();
    table(["SETTING", "VALUE", ""], &rows)
}

/// One room a line.
pub(crate) fn rooms(answer: &Value) -> String {
    let head = [
        "ROOM", "STATE", "PLAYERS", "RELAY", "EPOCH", "CREATED", "NAME",
    ];
    let rows = rows(&answer["rooms"], |room| {
        [
            text(&room["room"]),
            text(&room["state"]),
            text(&room["players"]),
            text(&room["relay"]),
            text(&room["epoch"]),
            at(&room["created_ms"]),
            text(&room["name"]),
        ]
    });
    let more = if answer["cursor"].is_null() {
        ""
    } else {
        "there are more: --limit\n"
    };
    table(head, &rows) + more
}

/// A room and its members.
pub(crate) fn room(room: &Value) -> String {
    let made = &room["made"];
    let saved = match room["saved_tick"].as_u64() {
        Some(tick) => format!(
            "tick {tick}, {} ms ago, {} bytes",
            text(&room["saved_age_ms"]),
            text(&room["saved_bytes"])
        ),
        None => String::new(),
    };
    let about = list(&[
        ("room", text(&room["room"])),
        ("state", text(&room["state"])),
        ("created", at(&room["created_ms"])),
        ("ends", at(&room["ends_ms"])),
        ("relay", text(&room["relay"])),
        ("region", text(&room["region"])),
        ("epoch", text(&room["epoch"])),
        ("saved", saved),
        ("bots", text(&room["bots"])),
        ("match", text(&room["match"])),
        ("groups", text(&room["groups"])),
        ("free", text(&room["free"])),
        ("name", text(&made["name"])),
        ("code", text(&made["code"])),
        ("host", text(&made["host"])),
        ("visibility", text(&made["visibility"])),
        ("kicked", text(&made["kicked"])),
    ]);
    let head = [
        "PLAYER", "NAME", "STATE", "SEAT", "TEAM", "ONLINE", "JOINED",
    ];
    let rows = rows(&room["members"], |member| {
        [
            text(&member["player_id"]),
            text(&member["name"]),
            text(&member["state"]),
            text(&member["seat"]),
            text(&member["team"]),
            yes(&member["online"]),
            at(&member["joined_ms"]),
        ]
    });
    format!("{about}\n{}", table(head, &rows))
}

/// One relay a line.
pub(crate) fn relays(answer: &Value) -> String {
    let head = [
        "RELAY", "LIVE", "ROOMS", "CAPACITY", "DRAINING", "REGION", "LEASE", "URL",
    ];
    let rows = rows(&answer["relays"], |relay| {
        [
            text(&relay["relay"]),
            yes(&relay["live"]),
            text(&relay["rooms"]),
            text(&relay["capacity"]),
            yes(&relay["draining"]),
            text(&relay["region"]),
            format!("{} ms", text(&relay["lease_ms"])),
            text(&relay["url"]),
        ]
    });
    table(head, &rows)
}

/// Where the player is.
pub(crate) fn player(player: &Value) -> String {
    let ban = &player["ban"];
    let banned = match (ban.is_null(), ban["until_s"].as_u64()) {
        (true, _) => String::new(),
        (false, Some(until_s)) => {
            format!("until {}: {}", at_ms(until_s * 1000), text(&ban["reason"]))
        }
        (false, None) => format!("without an end: {}", text(&ban["reason"])),
    };
    list(&[
        ("player", text(&player["player_id"])),
        ("name", text(&player["name"])),
        ("state", text(&player["state"])),
        ("reason", text(&player["reason"])),
        ("pool", text(&player["pool"])),
        ("position", text(&player["position"])),
        ("room", text(&player["room"])),
        ("online", yes(&player["online"])),
        ("connected", yes(&player["connected"])),
        ("expires", at(&player["expires_ms"])),
        ("claim", text(&player["claim"])),
        ("banned", banned),
    ])
}

/// One report a line.
pub(crate) fn reports(answer: &Value) -> String {
    let head = ["AT", "ROOM", "TICK", "PLAYER", "NAME", "BY", "REASON", "ID"];
    let rows = rows(&answer["reports"], |report| {
        let reason = report["reason"].as_str().unwrap_or_default();
        let words: Vec<&str> = reason.split_whitespace().collect();
        [
            at(&report["at_ms"]),
            text(&report["room"]),
            text(&report["tick"]),
            text(&report["player_id"]),
            text(&report["name"]),
            text(&report["by_name"]),
            text(&Value::from(words.join(" "))),
            text(&report["id"]),
        ]
    });
    table(head, &rows)
}

/// One entry a line.
pub(crate) fn audit(answer: &Value) -> String {
    let head = [
        "AT", "OPERATOR", "ACTION", "TARGET", "CHANGED", "REASON", "BEFORE", "AFTER",
    ];
    let rows = rows(&answer["entries"], |entry| {
        [
            at(&entry["at_ms"]),
            text(&entry["operator"]),
            text(&entry["action"]),
            text(&entry["target"]),
            yes(&entry["changed"]),
            text(&entry["reason"]),
            text(&entry["before"]),
            text(&entry["after"]),
        ]
    });
    table(head, &rows)
}

/// An entry of the audit in one line.
pub(crate) fn entry(entry: &Value) -> String {
    let changed = if entry["changed"] == true {
        ""
    } else {
        " (no change)"
    };
    format!(
        "{}  {}  {} {}{changed}: {}",
        at(&entry["at_ms"]),
        text(&entry["operator"]),
        text(&entry["action"]),
        text(&entry["target"]),
        text(&entry["reason"]),
    )
}

/// What an act did.
pub(crate) fn done(answer: &Value) -> String {
    if answer["changed"] != true {
        return "nothing to do\n".to_owned();
    }
    let states = list(&[
        ("before", text(&answer["before"])),
        ("after", text(&answer["after"])),
    ]);
    format!("done\n{states}")
}

fn rows<const N: usize>(list: &Value, row: impl Fn(&Value) -> [String; N]) -> Vec<[String; N]> {
    list.as_array().into_iter().flatten().map(row).collect()
}

/// A value without quotes; nothing for null. What players wrote shows no control characters.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.chars().filter(|c| !c.is_control()).collect(),
        other => other.to_string(),
    }
}

fn yes(value: &Value) -> String {
    if value == true { "yes" } else { "" }.to_owned()
}

/// A time in ms since 1970; nothing for null.
fn at(value: &Value) -> String {
    value.as_u64().map(at_ms).unwrap_or_default()
}

fn at_ms(ms: u64) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    let at = i64::try_from(ms / 1000).ok();
    let at = at.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    at.and_then(|at| at.format(format).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_tables() {
        let entry = json!({
            "at_ms": 1_800_000_000_123_u64, "operator": "ada", "action": "kick", "target": "main.a", "reason": "spam\u{1b}[2J",
            "changed": true, "before": { "state": "open" }, "after": null,
        });
        let expected = "AT                    OPERATOR  ACTION  TARGET  CHANGED  REASON   BEFORE            AFTER\n\
                        2027-01-15 08:00:00Z  ada       kick    main.a  yes      spam[2J  {\"state\":\"open\"}\n";
        assert_eq!(audit(&json!({ "entries": [entry] })), expected);
        assert_eq!(
            super::entry(&entry),
            "2027-01-15 08:00:00Z  ada  kick main.a: spam[2J"
        );
        assert_eq!(done(&json!({ "changed": false })), "nothing to do\n");
        let report = json!({ "id": "5-0", "at_ms": 1_800_000_000_123_u64, "room": "main.a", "tick": 7, "player_id": "p", "name": "Bob",
            "by": "q", "by_name": "Ada", "reason": "spam,\n\u{1b}[2J twice" });
        let expected = "AT                    ROOM    TICK  PLAYER  NAME  BY   REASON           ID\n\
                        2027-01-15 08:00:00Z  main.a  7     p       Bob   Ada  spam, [2J twice  5-0\n";
        assert_eq!(reports(&json!({ "reports": [report] })), expected);
        let banned = json!({ "player_id": "p", "state": "out", "online": false, "ban": { "reason": "spam", "until_s": 1_800_000_000 } });
        assert_eq!(
            player(&banned),
            "player     p\nstate      out\nbanned     until 2027-01-15 08:00:00Z: spam\n"
        );
    }
}
