//! Parser for Redis's answers on a journal's connection: ids, numbers and errors.

/// Longer than any expected answer.
const REPLY_BYTES_MAX: usize = 1024;

/// One answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply<'a> {
    /// A bulk string: the id of an entry.
    Id(&'a str),
    /// A number, or a plain `OK`.
    Number,
    /// An error, with Redis's text.
    Error(&'a str),
}

/// Buffers received bytes; the buffer is reused.
#[derive(Debug, Default)]
pub(super) struct Replies {
    bytes: Vec<u8>,
    read: usize,
}

impl Replies {
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.read);
        self.read = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next complete answer, if there is one. Errors: the bytes are not an expected answer.
    pub(super) fn next(&mut self) -> Result<Option<Reply<'_>>, String> {
        let unread = &self.bytes[self.read..];
        let wrong = || Err("unexpected answer from Redis".to_owned());
        let Some(end) = unread.windows(2).position(|pair| pair == b"\r\n") else {
            return if unread.len() > REPLY_BYTES_MAX {
                wrong()
            } else {
                Ok(None)
            };
        };
        let Ok(line) = std::str::from_utf8(&unread[..end]) else {
            return wrong();
        };
        let after = end + 2;
        let (kind, rest) = line.split_at(line.len().min(1));
        match kind {
            "+" | ":" => {
                self.read += after;
                Ok(Some(Reply::Number))
            }
            "-" => {
                self.read += after;
                Ok(Some(Reply::Error(rest)))
            }
            "$" => {
                let length = rest.parse().ok().filter(|n| *n <= REPLY_BYTES_MAX);
                let Some(length) = length else { return wrong() };
                let Some(text) = unread.get(after..after + length + 2) else {
                    return Ok(None);
                };
                let Ok(id) = std::str::from_utf8(&text[..length]) else {
                    return wrong();
                };
                self.read += after + length + 2;
                Ok(Some(Reply::Id(id)))
            }
            _ => wrong(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(replies: &mut Replies, out: &mut Vec<String>) {
        loop {
            match replies.next() {
                Ok(Some(reply)) => out.push(format!("{reply:?}")),
                Ok(None) => return,
                Err(why) => return out.push(why),
            }
        }
    }

    fn check(bytes: &[u8], expected: &[&str]) {
        let mut replies = Replies::default();
        replies.feed(bytes);
        let mut out = Vec::new();
        read(&mut replies, &mut out);
        assert_eq!(out, expected);

        let (mut dripped, mut out) = (Replies::default(), Vec::new());
        for byte in bytes {
            dripped.feed(&[*byte]);
            read(&mut dripped, &mut out);
            if out
                .last()
                .is_some_and(|text| text.starts_with("unexpected"))
            {
                break;
            }
        }
        assert_eq!(out, expected, "byte by byte");
    }

    #[test]
    fn answers_are_parsed_at_once_and_byte_by_byte() {
        check(
            b"$3\r\n1-0\r\n:1\r\n+OK\r\n-OOM no\r\n$15\r\n1526919030474-0\r\n$3\r\n1-",
            &[
                r#"Id("1-0")"#,
                "Number",
                "Number",
                r#"Error("OOM no")"#,
                r#"Id("1526919030474-0")"#,
            ],
        );
        let wrong = "unexpected answer from Redis";
        check(b"*1\r\n", &[wrong]);
        check(b"$-1\r\n", &[wrong]);
        check(b"$99999\r\n", &[wrong]);
        check(b"\xff\r\n", &[wrong]);
        check(b"\r\n", &[wrong]);
        check(&[b'x'; 1025], &[wrong]);
    }
}
