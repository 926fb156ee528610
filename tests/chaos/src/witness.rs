//! Records every command that Redis executes (MONITOR), grouped by script; history.rs checks them.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::history::{History, Seen};

/// The pause before a new attempt, because Redis may be unreachable.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A running witness.
pub(crate) struct Witness {
    shared: Arc<Shared>,
    thread: JoinHandle<History>,
}

#[derive(Default)]
struct Shared {
    is_over: Mutex<bool>,
    connection: Mutex<Option<TcpStream>>,
}

/// One line of MONITOR.
#[derive(Debug, PartialEq)]
struct Line {
    at_ms: f64,
    /// Whether a script sent it, and not a client.
    is_lua: bool,
    words: Vec<String>,
}

impl Witness {
    /// Connects to the Redis at this address without a proxy.
    pub(crate) fn begin(url: &str) -> Self {
        let shared = Arc::<Shared>::default();
        let of_thread = shared.clone();
        let address = url.trim_start_matches("redis://").to_owned();
        let thread = thread::spawn(move || {
            let mut history = History::default();
            while !*lock(&of_thread.is_over) {
                // An error means that Redis is unreachable.
                let _ = watch(&of_thread, &address, &mut history);
                // Commands in between were missed.
                history.forget();
                thread::sleep(AGAIN_AFTER);
            }
            history
        });
        Self { shared, thread }
    }

    /// The recorded history.
    pub(crate) fn end(self) -> History {
        *lock(&self.shared.is_over) = true;
        if let Some(connection) = &*lock(&self.shared.connection) {
            let _ = connection.shutdown(Shutdown::Both);
        }
        self.thread.join().unwrap_or_default()
    }
}

/// Records until the connection ends.
fn watch(shared: &Shared, address: &str, history: &mut History) -> io::Result<()> {
    let mut connection = TcpStream::connect(address)?;
    connection.write_all(b"MONITOR\r\n")?;
    *lock(&shared.connection) = Some(connection.try_clone()?);
    let mut call: Option<Call> = None;
    for line in BufReader::with_capacity(1 << 20, connection).lines() {
        let line = line?;
        if *lock(&shared.is_over) {
            break;
        }
        if !is_of_interest(&line) {
            continue;
        }
        let Some(line) = Line::read(&line) else {
            continue;
        };
        if line.is_lua {
            if let Some(call) = &mut call {
                call.done.push(line.words);
            }
        } else {
            judge(call.take(), history);
            call = Some(Call::new(line));
        }
    }
    judge(call, history);
    Ok(())
}

fn judge(call: Option<Call>, history: &mut History) {
    if let Some(call) = call
        && !call.done.is_empty()
    {
        history.see(&Seen {
            at_ms: call.at_ms,
            arguments: &call.arguments,
            done: &call.done,
        });
    }
}

/// A script and its writes.
struct Call {
    at_ms: f64,
    arguments: Vec<String>,
    done: Vec<Vec<String>>,
}

impl Call {
    fn new(line: Line) -> Self {
        let keys: usize = line.words.get(2).and_then(|n| n.parse().ok()).unwrap_or(0);
        Self {
            at_ms: line.at_ms,
            arguments: line.words.into_iter().skip(3 + keys).collect(),
            done: Vec::new(),
        }
    }
}

/// Whether a line is relevant. Most are not: journals, reads, lookups of scripts.
fn is_of_interest(line: &str) -> bool {
    let Some(at) = line.find("] \"") else {
        return false;
    };
    let (source, command) = (&line[..at], &line[at + 3..]);
    if source.ends_with(" lua") {
        let writes = [
            "XADD\"", "ZADD\"", "HSET\"", "SET\"", "DEL\"", "SADD\"", "SREM\"",
        ];
        return writes.iter().any(|write| command.starts_with(write));
    }
    command.starts_with("EVALSHA\"")
}

impl Line {
    /// Parses `+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"`.
    fn read(line: &str) -> Option<Self> {
        let (at, rest) = line.strip_prefix('+')?.split_once(' ')?;
        let (source, words) = rest.split_once("] ")?;
        Some(Self {
            at_ms: at.parse::<f64>().ok()? * 1000.0,
            is_lua: source.ends_with(" lua"),
            words: words_of(words),
        })
    }
}

/// Quoted words with Redis's escapes. Bytes that are not text are dropped.
fn words_of(text: &str) -> Vec<String> {
    let (mut words, mut word, mut is_in) = (Vec::new(), String::new(), false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (is_in, letter) {
            (false, '"') => is_in = true,
            (false, _) => {}
            (true, '"') => {
                words.push(std::mem::take(&mut word));
                is_in = false;
            }
            (true, '\\') => match letters.next() {
                Some('n') => word.push('\n'),
                Some('r') => word.push('\r'),
                Some('t') => word.push('\t'),
                Some('a' | 'b') | None => {}
                Some('x') => {
                    let _ = (letters.next(), letters.next());
                }
                Some(other) => word.push(other),
            },
            (true, letter) => word.push(letter),
        }
    }
    words
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_monitor_is_parsed_with_its_escapes() {
        let line =
            r#"+1339518083.107412 [0 lua] "XADD" "{main}:outbox" "{\"a\":\"b\\\\c\"}" "\x00z""#;
        assert!(is_of_interest(line));
        assert_eq!(
            Line::read(line),
            Some(Line {
                at_ms: 1_339_518_083_107.412,
                is_lua: true,
                words: vec![
                    "XADD".to_owned(),
                    "{main}:outbox".to_owned(),
                    r#"{"a":"b\\c"}"#.to_owned(),
                    "z".to_owned(),
                ],
            })
        );
    }

    #[test]
    fn reads_are_skipped() {
        assert!(!is_of_interest(r#"+1.5 [0 lua] "HGETALL" "{main}:room:a""#));
        assert!(!is_of_interest(
            r#"+1.5 [0 127.0.0.1:1] "XADD" "journal:a""#
        ));
        assert!(!is_of_interest("+OK"));
        assert!(is_of_interest(r#"+1.5 [0 127.0.0.1:1] "EVALSHA" "5" "0""#));
    }
}
