//! The rules of Redis Cluster: the slot of a key, the key of a command, the slots of each node, and redirects.

use redis::{Arg, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, Value};

const SLOTS: u16 = 16384;

/// A node, as `host:port`.
pub(crate) type Address = String;

/// Which primary has which slots, as `CLUSTER SLOTS` answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots(Vec<(u16, u16, Address)>);

/// An answer that names another node. The command was not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// The slot has moved to this node.
    Moved(u16, Address),
    /// The slot is being moved, and this key may already be on this node.
    Ask(Address),
}

impl Slots {
    /// Parses the answer of the host `sender`. Errors: it is not an answer to `CLUSTER SLOTS`.
    pub(crate) fn read(answer: Value, sender: &str) -> Result<Self, RedisError> {
        let ranges: Vec<Vec<Value>> = Vec::from_redis_value(answer)?;
        let ranges = ranges.into_iter().map(|range| read_range(range, sender));
        let mut ranges: Vec<_> = ranges.collect::<Result<_, RedisError>>()?;
        ranges.sort_unstable();
        Ok(Self(ranges))
    }

    pub(crate) fn owner(&self, slot: u16) -> Option<&str> {
        let range = self
            .0
            .iter()
            .rev()
            .find(|(from, to, _)| (*from..=*to).contains(&slot));
        range.map(|(_, _, address)| address.as_str())
    }

    /// Overrides the owner of a slot until the next answer.
    pub(crate) fn set(&mut self, slot: u16, address: &str) {
        self.0.push((slot, slot, address.to_owned()));
    }

    /// Every node that has a slot, without duplicates.
    pub(crate) fn primaries(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self
            .0
            .iter()
            .map(|(_, _, address)| address.as_str())
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn read_range(range: Vec<Value>, sender: &str) -> Result<(u16, u16, Address), RedisError> {
    let mut parts = range.into_iter();
    let (Some(from), Some(to), Some(Value::Array(primary))) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Err((ErrorKind::UnexpectedReturnType, "CLUSTER SLOTS").into());
    };
    let mut primary = primary.into_iter();
    let host: Option<String> = read(primary.next())?;
    let port: u16 = read(primary.next())?;
    // A node that does not know its own name sends none, or "?".
    let host = host.filter(|host| !host.is_empty() && host != "?");
    let host = host.unwrap_or_else(|| sender.to_owned());
    Ok((
        u16::from_redis_value(from)?,
        u16::from_redis_value(to)?,
        format!("{host}:{port}"),
    ))
}

fn read<T: FromRedisValue>(value: Option<Value>) -> Result<T, RedisError> {
    Ok(T::from_redis_value(value.unwrap_or(Value::Nil))?)
}

/// Splits a node's name into host and port; IPv6 addresses contain colons.
pub(crate) fn host_and_port(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    Some((host.trim_matches(['[', ']']), port.parse().ok()?))
}

impl Redirect {
    /// The redirect in an error from the host `sender`. None: the error is not a redirect.
    pub(crate) fn of(error: &RedisError, sender: &str) -> Option<Self> {
        let (address, slot) = error.redirect_node()?;
        let kind = match error.kind() {
            ErrorKind::Server(ServerErrorKind::Ask) => "ASK",
            _ => "MOVED",
        };
        Self::parse(&format!("{kind} {slot} {address}"), sender)
    }

    /// Parses `MOVED 3999 host:port` or `ASK 3999 host:port`, sent by the host `sender`. None: another error.
    pub(crate) fn parse(text: &str, sender: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (kind, slot, address) = (words.next()?, words.next()?, words.next()?);
        // A node that does not know its own name sends none, or "?".
        let address = match address.strip_prefix(':').or(address.strip_prefix("?:")) {
            Some(port) => format!("{sender}:{port}"),
            None => address.to_owned(),
        };
        host_and_port(&address)?;
        match kind {
            "MOVED" => Some(Self::Moved(slot.parse().ok()?, address)),
            "ASK" => Some(Self::Ask(address)),
            _ => None,
        }
    }

    pub(crate) fn address(&self) -> &str {
        match self {
            Self::Moved(_, address) | Self::Ask(address) => address,
        }
    }
}

/// The key that determines the node of a command; a pattern counts as a key with its hash tag. None: any node.
pub(crate) fn key_of(command: &Cmd) -> Option<Vec<u8>> {
    let mut words = command.args_iter().map(|arg| match arg {
        Arg::Simple(word) => word,
        _ => b"",
    });
    let mut after = |word: &[u8]| {
        words.find(|other| other.eq_ignore_ascii_case(word))?;
        words.next()
    };
    let key = match command.args_iter().next()? {
        Arg::Simple(b"EVALSHA" | b"EVAL") => words.nth(3),
        Arg::Simple(b"XREAD") => after(b"STREAMS"),
        Arg::Simple(b"SCAN") => after(b"MATCH"),
        Arg::Simple(b"PING" | b"SCRIPT" | b"CLUSTER") => None,
        _ => words.nth(1),
    };
    key.map(<[u8]>::to_vec)
}

/// The slot of a key: of the text in its first braces, if it has any.
pub(crate) fn slot_of(key: &[u8]) -> u16 {
    let tag = || {
        let open = key.iter().position(|byte| *byte == b'{')? + 1;
        let length = key[open..].iter().position(|byte| *byte == b'}')?;
        (length > 0).then(|| &key[open..open + length])
    };
    crc16(tag().unwrap_or(key)) % SLOTS
}

/// CRC-16/XMODEM, as in the cluster specification.
fn crc16(bytes: &[u8]) -> u16 {
    let bit = |crc: u16, _| (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 };
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_match_the_specification() {
        for (key, slot) in [
            ("123456789", 12739),
            ("foo", 12182),
            ("{user1000}.following", slot_of(b"user1000")),
            ("foo{}{bar}", slot_of(b"foo{}{bar}")),
            ("foo{{bar}}zap", slot_of(b"{bar")),
            ("{main}:outbox", slot_of(b"main")),
            ("{open", slot_of(b"{open")),
        ] {
            assert_eq!(slot_of(key.as_bytes()), slot, "{key}");
        }
    }

    fn check_key(words: &str, key: Option<&str>) {
        let mut command = Cmd::new();
        for word in words.split(' ') {
            command.arg(word);
        }
        assert_eq!(
            key_of(&command).as_deref(),
            key.map(str::as_bytes),
            "{words}"
        );
    }

    #[test]
    fn a_command_is_routed_by_its_key() {
        check_key("GET a", Some("a"));
        check_key("EVALSHA abc 2 k1 k2 x", Some("k1"));
        check_key("XREAD COUNT 5 BLOCK 9 STREAMS s $", Some("s"));
        check_key("SCAN 0 MATCH {main}:* COUNT 9", Some("{main}:*"));
        check_key("ZSCAN z 0 COUNT 9", Some("z"));
        check_key("PING", None);
        check_key("SCRIPT LOAD x", None);
    }

    #[test]
    fn a_redirect_names_a_node() {
        let check = |text: &str, expected: Option<Redirect>| {
            assert_eq!(Redirect::parse(text, "asked"), expected, "{text}");
        };
        let moved = |address: &str| Some(Redirect::Moved(3999, address.to_owned()));
        check("MOVED 3999 127.0.0.1:6381", moved("127.0.0.1:6381"));
        check("MOVED 3999 :6381", moved("asked:6381"));
        check("MOVED 3999 ?:6381", moved("asked:6381"));
        let ask = Redirect::Ask("[::1]:6381".to_owned());
        assert_eq!(host_and_port(ask.address()), Some(("::1", 6381)));
        check("ASK 3999 [::1]:6381", Some(ask));
        check("MOVED 3999", None);
        check("MOVED 3999 host", None);
        check("READONLY You can't write against a replica: x", None);
    }

    #[test]
    fn the_newest_owner_of_a_slot_is_used() {
        let node = |host: &str, port: i64| {
            Value::Array(vec![Value::BulkString(host.into()), Value::Int(port)])
        };
        let answer = Value::Array(vec![
            Value::Array(vec![Value::Int(101), Value::Int(16383), node("", 2)]),
            Value::Array(vec![Value::Int(0), Value::Int(100), node("a", 1)]),
        ]);
        let mut slots = Slots::read(answer, "asked").expect("slots");
        assert_eq!(
            (slots.owner(100), slots.owner(101)),
            (Some("a:1"), Some("asked:2"))
        );
        slots.set(100, "c:3");
        assert_eq!(
            (slots.owner(99), slots.owner(100)),
            (Some("a:1"), Some("c:3"))
        );
        assert_eq!(slots.primaries(), ["a:1", "asked:2", "c:3"]);
        assert!(Slots::read(Value::Int(1), "x").is_err());
    }
}
