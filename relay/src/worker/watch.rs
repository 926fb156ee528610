//! What a worker is doing, in atomics for the watchdog, written around each call into a room.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// One worker's. The worker writes; it makes no system call, takes no lock and reads no clock for it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Odd while the worker is in a room; each call into a room has a number of its own.
    call: AtomicU64,
    /// The room of that call, by its key in the journal.
    room: AtomicU64,
    /// The room's tick when the call began.
    tick: AtomicU32,
    /// A call that used up its budget.
    over_budget: AtomicU64,
    /// The worker does not come back: its rooms are given to others.
    lost: AtomicBool,
    cpu: OnceLock<CpuTime>,
}

impl Watch {
    /// The thread that calls this is the one that is watched.
    pub(crate) fn begin(&self) {
        // Without it, only a very long call is noticed.
        if let Ok(cpu) = CpuTime::of_this_thread() {
            let _ = self.cpu.set(cpu);
        }
    }

    /// A call into a room begins.
    pub(crate) fn enter(&self, room: u64, tick: u32) {
        self.room.store(room, Ordering::Relaxed);
        self.tick.store(tick, Ordering::Relaxed);
        let call = self.call.load(Ordering::Relaxed) + 1;
        self.call.store(call, Ordering::Release);
    }

    /// It returned. False: it used up its budget.
    pub(crate) fn leave(&self) -> bool {
        let call = self.call.load(Ordering::Relaxed);
        self.call.store(call + 1, Ordering::Release);
        self.over_budget.load(Ordering::Relaxed) != call
    }

    /// The number of the call that is under way.
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

    /// CPU time that the worker's thread has used; None where the system does not say.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        self.cpu.get()?.used().ok()
    }
}

/// The CPU time of one thread, readable from every other one of the process.
#[derive(Debug)]
struct CpuTime(File);

impl CpuTime {
    fn of_this_thread() -> io::Result<Self> {
        File::open("/proc/thread-self/schedstat").map(Self)
    }

    /// The first number of the file, ns. The kernel makes its text at each read from the beginning.
    fn used(&self) -> io::Result<Duration> {
        let mut text = [0; 64];
        let length = self.0.read_at(&mut text, 0)?;
        let text = String::from_utf8_lossy(&text[..length]);
        let ns = text.split_whitespace().next().and_then(|n| n.parse().ok());
        ns.map(Duration::from_nanos)
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// Whether code of a game keeps a thread of this process for good.
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

    /// Returns once it is.
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
    fn a_call_is_known_while_it_runs_and_judged_when_it_returns() {
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
