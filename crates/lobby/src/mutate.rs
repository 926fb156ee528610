//! Mutations: bugs that are put into the scripts on purpose, by the name in `MUTATION`, to show that the checkers
//! find them. Only with the feature `mutate`, which no shipped build enables.

#[cfg(feature = "mutate")]
use std::env;

/// Replaces `old` by `new` in each of the scripts.
struct Change {
    mutation: &'static str,
    scripts: &'static [&'static str],
    old: &'static str,
    new: &'static str,
}

const CHANGES: [Change; 8] = [
    // One call takes players from the queue and the next one seats them. In between, the players are in a list that
    // expires after 50 ms, like the memory of a caller that crashes.
    Change {
        mutation: "two-step-seating",
        scripts: &["assign"],
        old: "local queued, unfit = redis.call('ZRANGEBYSCORE', QUEUE, '-inf', whole(now), 'LIMIT', '0', ARGV[5]), {}",
        new: "local queued, unfit = redis.call('LRANGE', TAG .. 'popped', 0, -1), {}
redis.call('DEL', TAG .. 'popped')
if #queued == 0 then
  result.remainder, result.waited_ms = false, 0
  for _, player in ipairs(redis.call('ZRANGEBYSCORE', QUEUE, '-inf', now, 'LIMIT', 0, tonumber(ARGV[5]))) do
    redis.call('ZREM', QUEUE, player)
    redis.call('RPUSH', TAG .. 'popped', player)
    result.remainder = true
  end
  redis.call('PEXPIRE', TAG .. 'popped', 50)
  return cjson.encode(result)
end",
    },
    Change {
        mutation: "two-step-seating",
        scripts: &["assign"],
        old: "if taken < #queued then",
        new: "if true then\nelseif taken < #queued then",
    },
    // An event that arrives twice or late expires the room again.
    Change {
        mutation: "second-decision",
        scripts: &["expire_room"],
        old: "meta.generation ~= tonumber(ARGV[4]) or not is_overdue('room:' .. room)",
        new: "false",
    },
    // A relay that has lost the room writes to it.
    Change {
        mutation: "no-epoch-check",
        scripts: &["claim_room", "checkpoint", "hand_over", "match_finish", "room_touch"],
        old: " or meta.epoch ~= tonumber(ARGV[5])",
        new: "",
    },
    // A release that arrives twice or late releases the code of the room that has it now.
    Change {
        mutation: "code-without-nonce",
        scripts: &["code_release"],
        old: "if not text or string.match(text, ' (%d+)$') ~= ARGV[1] then return 0 end",
        new: "if not text then return 0 end",
    },
    // A late player gets a seat that a relay offered in an earlier epoch: a relay that has lost the match still
    // offers and returns seats of it, and its offer stays when another relay gets the match.
    Change {
        mutation: "late-without-epoch",
        scripts: &["seats_offer", "seat_return"],
        old: " or meta.epoch ~= tonumber(ARGV[5])",
        new: "",
    },
    Change {
        mutation: "late-without-epoch",
        scripts: &["assign", "expire_relay", "expire_room", "hand_over", "relay_takeover", "room_update"],
        old: "late_withdraw(room, meta)\n  if meta.relay ~= ''",
        new: "if meta.relay ~= ''",
    },
    // Those players of a group that fit get seats in the fullest room.
    Change {
        mutation: "group-split",
        scripts: &["assign"],
        old: "into = room_for(#list, true)\n",
        new: "into = room_for(1, true)
while #list - 1 > into.left do table.remove(list) end
into.left = into.left - #list + 1
",
    },
];

/// Whether this run has few codes and rooms close soon, so that codes are reused within minutes.
#[cfg(feature = "mutate")]
pub(crate) fn has_few_codes() -> bool {
    env::var_os("FEW_CODES").is_some()
}

/// The text of a script with the mutation that `MUTATION` names. Panics if there is no such mutation, or if the
/// script does not contain the text to replace: no checker can find a mutation without an effect.
#[cfg(feature = "mutate")]
pub(crate) fn mutated(script: &str, text: &str) -> String {
    let Ok(mutation) = env::var("MUTATION") else {
        return text.to_owned();
    };
    if mutation == "none" {
        return text.to_owned();
    }
    assert!(
        CHANGES.iter().any(|change| change.mutation == mutation),
        "unknown MUTATION={mutation}"
    );
    let mut text = text.to_owned();
    for change in CHANGES {
        if change.mutation == mutation && change.scripts.contains(&script) {
            assert!(
                text.contains(change.old),
                "{script}.lua does not contain what MUTATION={mutation} replaces"
            );
            text = text.replace(change.old, change.new);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::CHANGES;
    use crate::redis::assembly::assemble;

    /// Without this test, only `cargo xtask test --all` would find that a mutation no longer fits a script.
    #[test]
    fn each_mutation_changes_its_scripts() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lua");
        for change in CHANGES {
            for script in change.scripts {
                let text = std::fs::read_to_string(folder.join(format!("{script}.lua")));
                let text = assemble(&text.expect("a script"));
                let fits = text.contains(change.old) && change.old != change.new;
                assert!(fits, "{script}.lua and the mutation {}", change.mutation);
            }
        }
    }
}
