//! Log follower of `up`: prints new errors and panics of each part in the terminal, as plain text.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use devstack::Stack;
use devstack::log_line::LogLine;

/// Third-party programs, whose output does not contain errors of this project.
const OTHERS: [&str; 3] = ["cargo-lambda", "nginx", "redis"];
/// The limits of one read of a log, in bytes and in shown lines, so that a part that logs without end does not flood
/// the terminal.
const BYTES_MAX: u64 = 256 * 1024;
const LINES_MAX: usize = 100;

/// The read position in each log.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    read: BTreeMap<String, u64>,
}

impl Follower {
    /// Prints new lines.
    pub(crate) fn poll(&mut self, stack: &Stack) {
        for process in stack.processes() {
            if OTHERS.contains(&process.name.as_str()) {
                continue;
            }
            let at = self.read.entry(process.name.clone()).or_default();
            let lines = shown(&whole_lines(&process.log, at));
            for line in lines.iter().take(LINES_MAX) {
                eprintln!("{}: {line}", process.name);
            }
            if lines.len() > LINES_MAX {
                let (more, log) = (lines.len() - LINES_MAX, process.log.display());
                eprintln!("{}: {more} more lines are in {log}", process.name);
            }
        }
    }
}

/// The complete lines after `at`, which is advanced. A log that became shorter counts as new.
fn whole_lines(log: &Path, at: &mut u64) -> String {
    let Ok(mut file) = File::open(log) else {
        return String::new();
    };
    let length = file.metadata().map_or(0, |data| data.len());
    if length < *at {
        *at = 0;
    }
    let mut bytes = Vec::new();
    let read = file
        .seek(SeekFrom::Start(*at))
        .and_then(|_| file.take(BYTES_MAX).read_to_end(&mut bytes));
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    let whole = match end {
        // No line is as long as the limit of one read.
        None if bytes.len() as u64 == BYTES_MAX => bytes.len(),
        _ => end.map_or(0, |end| end + 1),
    };
    if read.is_err() {
        return String::new();
    }
    *at += whole as u64;
    String::from_utf8_lossy(&bytes[..whole]).into_owned()
}

/// The lines to show: errors, and output that is not a log entry, such as a panic with its file, line and backtrace.
fn shown(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .filter_map(|line| match LogLine::read(line) {
            LogLine::Error(text) | LogLine::Printed(text) => Some(text),
            LogLine::Other(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_and_errors_are_shown_and_lower_levels_are_not() {
        let text = "{\"level\":\"INFO\",\"message\":\"listening\"}\n\n\
                    thread 'worker-0' (7) panicked at games/tag/src/lib.rs:42:9:\n\
                    index out of bounds\n\
                    {\"level\":\"ERROR\",\"message\":\"the room failed\",\"room\":\"r1\"}\n";
        let expected = [
            "thread 'worker-0' (7) panicked at games/tag/src/lib.rs:42:9:",
            "index out of bounds",
            "ERROR the room failed (room=r1)",
        ];
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn each_complete_line_is_read_once_and_a_new_log_from_its_beginning() {
        let log = std::env::temp_dir().join(format!("skirmish-follow-{}", std::process::id()));
        let mut at = 0;
        let mut after = |text: &str| {
            std::fs::write(&log, text).expect("a file");
            whole_lines(&log, &mut at)
        };
        assert_eq!(after("one\ntw"), "one\n");
        assert_eq!(after("one\ntwo\nthree\n"), "two\nthree\n");
        assert_eq!(after("one\ntwo\nthree\n"), "");
        assert_eq!(after("new\n"), "new\n");
        let _ = std::fs::remove_file(&log);
    }
}
