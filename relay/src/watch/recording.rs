//! The replay file of a watched room in parts, and when each part may be sent.

use std::time::Duration;

use bytes::Bytes;
use protocol::CloseCode;
use tokio::time::Instant;

/// A part of the file: the header line, or whole records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The offset of its end in the file, in bytes.
    pub(super) end: u64,
    pub(super) bytes: Bytes,
    /// The latest time at which the tick of its last record was played. None: it is sent without a delay.
    pub(super) played: Option<Instant>,
}

/// The file, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Recording {
    parts: Vec<Part>,
    /// The close code, after the last read.
    end: Option<CloseCode>,
}

/// What a watcher gets next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Send(Bytes),
    /// Wait until this time, or until the recording changes.
    Wait(Option<Instant>),
    Close(CloseCode),
}

impl Recording {
    pub(super) fn extend(&mut self, parts: Vec<Part>) {
        self.parts.extend(parts);
    }

    /// Sets the close code: nothing more will be read. The code of this server's own end is not replaced.
    pub(super) fn end(&mut self, code: CloseCode) {
        if self.end != Some(CloseCode::Moved) {
            self.end = Some(code);
        }
    }

    /// What a watcher with this delay gets after the first `from` bytes. After the end of the match, the watcher gets
    /// everything; after another end, nothing.
    pub(super) fn next(&self, from: u64, delay: Duration, now: Instant) -> Next {
        if let Some(code) = self.end
            && code != CloseCode::MatchOver
        {
            return Next::Close(code);
        }
        let next = self.parts.partition_point(|part| part.end <= from);
        let Some(part) = self.parts.get(next) else {
            return self.end.map_or(Next::Wait(None), Next::Close);
        };
        let due = part.played.map(|played| played + delay);
        if due.is_some_and(|due| now < due) {
            return Next::Wait(due);
        }
        let rest = (part.end - from).min(part.bytes.len() as u64) as usize;
        Next::Send(part.bytes.slice(part.bytes.len() - rest..))
    }
}

/// The latest time at which a tick was played: the file was read at `read`, when the match's newest tick was `newest`.
pub(super) fn played(read: Instant, newest: u32, tick: u32, ticks_per_second: u32) -> Instant {
    let ticks = u64::from(newest.saturating_sub(tick));
    let ago = Duration::from_millis(ticks * 1_000 / u64::from(ticks_per_second.max(1)));
    read.checked_sub(ago).unwrap_or(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Duration = Duration::from_secs(10);

    /// A file of 8 bytes that was read at `read` up to tick 120: a header line of 2 bytes, the ticks up to 60, those up
    /// to 120.
    fn recording(read: Instant) -> Recording {
        let part = |end, bytes: &'static [u8], tick| Part {
            end,
            bytes: Bytes::from_static(bytes),
            played: (tick > 0).then(|| played(read, 120, tick, 60)),
        };
        let mut recording = Recording::default();
        recording.extend(vec![
            part(2, b"{}", 0),
            part(5, b"abc", 60),
            part(8, b"def", 120),
        ]);
        recording
    }

    fn sent(bytes: &'static [u8]) -> Next {
        Next::Send(Bytes::from_static(bytes))
    }

    #[test]
    fn without_a_delay_everything_is_sent_at_once() {
        let read = Instant::now();
        let recording = recording(read);
        let next = |from| recording.next(from, Duration::ZERO, read);
        assert_eq!(next(0), sent(b"{}"));
        assert_eq!(next(2), sent(b"abc"));
        assert_eq!(next(5), sent(b"def"));
        assert_eq!(next(8), Next::Wait(None));
    }

    #[test]
    fn a_part_is_sent_the_delay_after_its_last_tick_was_played() {
        let read = Instant::now();
        let recording = recording(read);
        let at = |from, after_ms| {
            let now = read + Duration::from_millis(after_ms);
            recording.next(from, DELAY, now)
        };
        let due = |after_s| Next::Wait(Some(read + Duration::from_secs(after_s)));
        assert_eq!(at(0, 0), sent(b"{}"));
        assert_eq!(at(2, 8_999), due(9));
        assert_eq!(at(2, 9_000), sent(b"abc"));
        assert_eq!(at(5, 9_000), due(10));
        assert_eq!(at(5, 10_000), sent(b"def"));
    }

    #[test]
    fn a_watcher_goes_on_at_any_byte() {
        let read = Instant::now();
        let recording = recording(read);
        let next = |from| recording.next(from, Duration::ZERO, read);
        assert_eq!(next(1), sent(b"}"));
        assert_eq!(next(3), sent(b"bc"));
        assert_eq!(next(7), sent(b"f"));
        assert_eq!(next(9), Next::Wait(None));
    }

    #[test]
    fn a_match_that_is_over_is_sent_to_its_end_and_a_lost_one_is_not() {
        let read = Instant::now();
        let mut over = recording(read);
        over.end(CloseCode::MatchOver);
        assert_eq!(over.next(5, Duration::ZERO, read), sent(b"def"));
        assert_eq!(over.next(8, DELAY, read), Next::Close(CloseCode::MatchOver));
        let due = Next::Wait(Some(read + DELAY));
        assert_eq!(over.next(5, DELAY, read), due);
        for code in [CloseCode::RoomFailed, CloseCode::Moved] {
            let mut ended = recording(read);
            ended.end(code);
            assert_eq!(ended.next(5, Duration::ZERO, read), Next::Close(code));
        }
        over.end(CloseCode::Moved);
        over.end(CloseCode::MatchOver);
        let moved = Next::Close(CloseCode::Moved);
        assert_eq!(over.next(5, Duration::ZERO, read), moved);
    }

    #[test]
    fn a_tick_was_played_as_long_ago_as_the_ticks_after_it_took() {
        let read = Instant::now();
        let check = |newest, tick, ticks_per_second, ago_ms| {
            let ago = Duration::from_millis(ago_ms);
            assert_eq!(played(read, newest, tick, ticks_per_second), read - ago);
        };
        check(120, 120, 60, 0);
        check(120, 119, 60, 16);
        check(120, 0, 60, 2_000);
        check(120, 60, 20, 3_000);
        // The records may be newer than the checkpoint.
        check(100, 120, 60, 0);
    }
}
