//! A worker's current call into a room, in atomics that the watchdog reads.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// The state of one worker. Writing it costs the worker no system call, no lock and no clock read.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Odd while the worker is in a room. Each call into a room has a different number.
    call: AtomicU64,
    /// The room of that call, by its key in the journal.
    room: AtomicU64,
    /// The room's tick when the call began.
    tick: AtomicU32,
    /// Number of a call that exceeded its budget.
    over_budget: AtomicU64,
    /// Set if the worker does not return: its rooms are given to other relays.
    lost: AtomicBool,
    cpu: OnceLock<CpuTime>,
}

impl Watch {
    /// Must be called on the watched thread.
    pub(crate) fn begin(&self) {
        // Without the thread's CPU time, only a very long call is noticed.
        if let Ok(cpu) = CpuTime::of_this_thread() {
            let _ = self.cpu.set(cpu);
        }
    }

    /// Records the beginning of a call into a room.
    pub(crate) fn enter(&self, room: u64, tick: u32) {
        self.room.store(room, Ordering::Relaxed);
        self.tick.store(tick, Ordering::Relaxed);
        let call = self.call.load(Ordering::Relaxed) + 1;
        self.call.store(call, Ordering::Release);
    }

    /// Records that the call returned. Returns false if it exceeded its budget.
    pub(crate) fn leave(&self) -> bool {
        let call = self.call.load(Ordering::Relaxed);
        self.call.store(call + 1, Ordering::Release);
        self.over_budget.load(Ordering::Relaxed) != call
    }

    /// Counts calls: by one when a call begins, and by one when it returns.
    pub(crate) fn calls(&self) -> u64 {
        self.call.load(Ordering::Relaxed)
    }

    /// The number of the current call.
    pub(crate) fn call(&self) -> Option<u64> {
        let call = self.call.load(Ordering::Acquire);
        (!call.is_multiple_of(2)).then_some(call)
    }

    pub(crate) fn room(&self) -> u64 {
        self.room.load(Ordering::Relaxed)
    }

    pub(crate) fn tick(&self) -> u32 {
        self.tick.load(Ordering::Relaxed)
    }

    pub(crate) fn set_over_budget(&self, call: u64) {
        self.over_budget.store(call, Ordering::Relaxed);
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    pub(crate) fn set_lost(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// CPU time of the worker's thread; None if the system does not report it.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        self.cpu.get()?.used().ok()
    }
}

/// CPU time of one thread, readable from every thread of the process.
#[derive(Debug)]
struct CpuTime(File);

impl CpuTime {
    fn of_this_thread() -> io::Result<Self> {
        File::open("/proc/thread-self/schedstat").map(Self)
    }

    /// The first number of the file, in ns. The kernel generates the text at each read from offset 0.
    fn used(&self) -> io::Result<Duration> {
        let mut text = [0; 64];
        let length = self.0.read_at(&mut text, 0)?;
        let text = String::from_utf8_lossy(&text[..length]);
        let ns = text.split_whitespace().next().and_then(|n| n.parse().ok());
        ns.map(Duration::from_nanos)
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// Set when a game's code never returns on a thread of this process.
#[derive(Debug, Default)]
pub(crate) struct Hung {
    is_set: AtomicBool,
    waiting: Notify,
}

impl Hung {
    pub(crate) fn set(&self) {
        self.is_set.store(true, Ordering::Relaxed);
        self.waiting.notify_one();
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Relaxed)
    }

    /// Returns once it is set.
    pub(crate) async fn wait(&self) {
        while !self.is_set() {
            self.waiting.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_visible_while_it_runs_and_checked_when_it_returns() {
        let watch = Watch::default();
        assert_eq!(watch.call(), None);
        watch.enter(7, 40);
        let call = watch.call().expect("under way");
        assert_eq!((watch.room(), watch.tick()), (7, 40));
        assert!(watch.leave());
        assert_eq!(watch.call(), None);
        watch.enter(7, 41);
        let next = watch.call().expect("under way");
        assert_ne!(next, call);
        watch.set_over_budget(next);
        assert!(!watch.leave());
        watch.enter(7, 42);
        assert!(watch.leave());
    }
}
