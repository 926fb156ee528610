//! Breaks scripts on purpose: what `MUTATION` names is done to their text as they are loaded, so that the checkers can show
//! that they find it. Only with the feature `mutate`, which no build of what ships turns on.

use std::env;

/// `old` stands in each of the scripts, and `new` takes its place.
struct Change {
    mutation: &'static str,
    scripts: &'static [&'static str],
    old: &'static str,
    new: &'static str,
}

const CHANGES: [Change; 4] = [
    // One call takes players from the queue, the next seats them; what the first took is known to its caller alone, who
    // lives for 50 ms here.
    Change {
        mutation: "two-step-seating",
        scripts: &["assign"],
        old: "local queued, unfit = redis.call('ZRANGEBYSCORE', QUEUE, '-inf', whole(now), 'LIMIT', '0', ARGV[5]), {}",
        new: "local queued, unfit = redis.call('LRANGE', TAG .. 'popped', 0, -1), {}
redis.call('DEL', TAG .. 'popped')
if #queued == 0 then
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
        old: "if #queued > 0 then redis.call('ZREMRANGEBYRANK', QUEUE, '0', whole(#queued - 1)) end",
        new: "",
    },
    // An event that comes twice, or late, decides again.
    Change {
        mutation: "second-decision",
        scripts: &["room_decide"],
        old: "meta.generation ~= tonumber(ARGV[4]) or not due('room:' .. room)",
        new: "false",
    },
    // A relay that was given the room before writes as if it still had it.
    Change {
        mutation: "no-epoch-check",
        scripts: &["claim_room", "checkpoint", "hand_over", "match_finish", "room_touch"],
        old: " or meta.epoch ~= tonumber(ARGV[5])",
        new: "",
    },
];

/// The text of a script as `MUTATION` wants it. Panics when that names nothing, or when the script does not say any more
/// what is to be replaced: a mutation that changes nothing would be found by nobody.
pub(crate) fn mutated(script: &str, text: &str) -> String {
    let Ok(mutation) = env::var("MUTATION") else {
        return text.to_owned();
    };
    assert!(
        CHANGES.iter().any(|change| change.mutation == mutation),
        "MUTATION={mutation} names nothing"
    );
    let mut text = text.to_owned();
    for change in CHANGES {
        if change.mutation == mutation && change.scripts.contains(&script) {
            assert!(
                text.contains(change.old),
                "{script}.lua has nothing for MUTATION={mutation} to replace"
            );
            text = text.replace(change.old, change.new);
        }
    }
    text
}
