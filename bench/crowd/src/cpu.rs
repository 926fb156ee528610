//! CPU time of a process, as the kernel's scheduler counts it for each thread.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};

/// The CPU time of a process since its start, by thread.
#[derive(Clone, Debug)]
pub struct Used {
    at: Instant,
    threads: HashMap<OsString, Ran>,
}

/// The times of a thread, in seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Ran {
    /// Running on a core.
    ran: f64,
    /// Runnable, but without a core.
    waited: f64,
}

/// The CPU time of a process between two readings.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    /// The time between the readings, in seconds.
    pub seconds: f64,
    /// CPU time of all threads, in seconds.
    pub cpu: f64,
    /// The share of its runnable time that the busiest thread waited for a core, 0 to 1. Contention makes the figures
    /// look better, because a waiting server handles more per wake-up. Only the busiest thread is considered: the
    /// other threads of a server with one core wait for it, which is expected.
    pub waited: f64,
}

impl Used {
    /// Reads the CPU time of this process.
    pub fn of(process_id: u32) -> Result<Self> {
        let mut threads = HashMap::new();
        for task in fs::read_dir(format!("/proc/{process_id}/task"))
            .context("the measured process has ended")?
        {
            let task = task?;
            // A thread may end in the meantime.
            let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            let mut seconds = text
                .split_whitespace()
                .map(|ns| ns.parse().unwrap_or(0.0) / 1e9);
            let mut next = || seconds.next().unwrap_or(0.0);
            let (ran, waited) = (next(), next());
            threads.insert(task.file_name(), Ran { ran, waited });
        }
        Ok(Self {
            at: Instant::now(),
            threads,
        })
    }

    /// The CPU time since `before`. The time of a thread that has ended in between is not included.
    pub fn since(&self, before: &Self) -> Use {
        let since = |(id, now): (&OsString, &Ran)| {
            let before = before.threads.get(id).copied().unwrap_or_default();
            (now.ran - before.ran, now.waited - before.waited)
        };
        let threads: Vec<(f64, f64)> = self.threads.iter().map(since).collect();
        let busiest = threads.iter().max_by(|a, b| a.0.total_cmp(&b.0));
        let (ran, waited) = busiest.copied().unwrap_or_default();
        Use {
            seconds: (self.at - before.at).as_secs_f64(),
            cpu: threads.iter().map(|(ran, _)| ran).sum(),
            waited: waited / (ran + waited).max(1e-9),
        }
    }
}
