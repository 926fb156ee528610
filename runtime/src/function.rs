//! One function: its queued calls in order of arrival, and its running calls.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::call::{Answer, Call, CallError, Names};
use crate::{FUNCTIONS_MAX, Limits, QUEUED_BYTES_MAX, QUEUED_MAX};

/// All functions that were called or that fetched a call.
#[derive(Default)]
pub(crate) struct Functions(Mutex<BTreeMap<String, Arc<Function>>>);

impl Functions {
    /// The function with this name. None: the name is invalid, or there are too many functions.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Function>> {
        let mut all = lock(&self.0);
        if let Some(function) = all.get(name) {
            return Some(Arc::clone(function));
        }
        if !is_name(name) || all.len() >= FUNCTIONS_MAX {
            return None;
        }
        let function = Arc::new(Function::new(name));
        all.insert(name.to_owned(), Arc::clone(&function));
        Some(function)
    }

    /// The state of each function, by name.
    pub(crate) fn status(&self) -> BTreeMap<String, Status> {
        let all = lock(&self.0);
        all.iter()
            .map(|(name, function)| (name.clone(), function.status()))
            .collect()
    }
}

/// The characters and the length that Lambda allows.
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=64).contains(&name.len()) && name.chars().all(allowed)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A function's entry in `/status`.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Status {
    /// Queued calls.
    pub(crate) queued: usize,
    /// Running calls.
    pub(crate) running: usize,
    /// How long an answer has been outstanding: since the oldest call began, or, with an upstream, since its last
    /// answer.
    pub(crate) oldest_running_ms: u64,
    /// Processes of the function, idle and busy; 0 with an upstream, because it does not report them.
    pub(crate) pollers: usize,
}

pub(crate) struct Function {
    pub(crate) name: String,
    state: Mutex<State>,
    work: Notify,
}

#[derive(Default)]
struct State {
    queued: VecDeque<Call>,
    queued_bytes: usize,
    /// Running calls by id.
    running: BTreeMap<String, Running>,
    /// Processes that wait for a call.
    waiting: usize,
    /// Processes that run a call.
    working: usize,
    /// The time of the upstream's last answer.
    answered: Option<Instant>,
}

struct Running {
    since: Instant,
    answer: oneshot::Sender<Answer>,
    /// Whether its time is over and the upstream has not answered.
    overdue: bool,
}

/// A call that has been taken out of the queue.
pub(crate) struct Started {
    pub(crate) id: String,
    pub(crate) trace_id: String,
    pub(crate) event: Bytes,
    pub(crate) deadline: Instant,
}

impl State {
    fn start(&mut self) -> Option<Started> {
        loop {
            let call = self.queued.pop_front()?;
            self.queued_bytes -= call.event.len();
            if call.answer.is_closed() {
                continue;
            }
            let running = Running {
                since: Instant::now(),
                answer: call.answer,
                overdue: false,
            };
            self.running.insert(call.id.clone(), running);
            return Some(Started {
                id: call.id,
                trace_id: call.trace_id,
                event: call.event,
                deadline: call.deadline,
            });
        }
    }
}

impl Function {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            state: Mutex::default(),
            work: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Queues a call. Returns its pending answer.
    pub(crate) fn call(
        self: &Arc<Self>,
        names: Names,
        event: Bytes,
        limits: &Limits,
    ) -> Result<Pending, CallError> {
        let (sender, answer) = oneshot::channel();
        let now = Instant::now();
        let mut state = self.state();
        if state.queued.len() >= QUEUED_MAX || state.queued_bytes + event.len() > QUEUED_BYTES_MAX {
            return Err(CallError::Full);
        }
        let pending = Pending {
            function: Arc::clone(self),
            id: names.id.clone(),
            answer,
            taken_by: now + limits.queued,
            deadline: now + limits.call,
        };
        state.queued_bytes += event.len();
        state.queued.push_back(Call {
            id: names.id,
            trace_id: names.trace_id,
            event,
            deadline: pending.deadline,
            answer: sender,
        });
        drop(state);
        self.work.notify_one();
        Ok(pending)
    }

    /// Waits for the next call whose caller is still waiting.
    pub(crate) async fn next(&self) -> Started {
        let _waiting = Waiting::new(self);
        loop {
            let work = self.work.notified();
            if let Some(started) = self.start() {
                return started;
            }
            work.await;
        }
    }

    fn start(&self) -> Option<Started> {
        let mut state = self.state();
        let started = state.start();
        state.working += usize::from(started.is_some());
        started
    }

    /// The next call for an upstream, unless the limit of running or of overdue calls is reached.
    pub(crate) fn start_within(&self, running_max: usize, owed_max: usize) -> Option<Started> {
        let mut state = self.state();
        let overdue = state.running.values().filter(|call| call.overdue).count();
        let owed = state.running.len();
        if owed - overdue >= running_max || owed >= owed_max {
            return None;
        }
        state.start()
    }

    /// Records how a call ended, as its process reports, or that the process ended. Returns false if there is no such
    /// call.
    pub(crate) fn finish(&self, id: &str, answer: Answer) -> bool {
        let mut state = self.state();
        let Some(running) = state.running.remove(id) else {
            return false;
        };
        state.working = state.working.saturating_sub(1);
        drop(state);
        // The caller may have disconnected.
        let _ = running.answer.send(answer);
        true
    }

    /// Records the answer of an upstream.
    pub(crate) fn answered(&self, id: &str, answer: Answer) {
        self.state().answered = Some(Instant::now());
        self.finish(id, answer);
    }

    /// Records that an upstream has not answered in time.
    pub(crate) fn overdue(&self, id: &str) {
        if let Some(running) = self.state().running.get_mut(id) {
            running.overdue = true;
        }
    }

    /// Whether the call is running.
    pub(crate) fn is_running(&self, id: &str) -> bool {
        self.state().running.contains_key(id)
    }

    /// Records that a process of the function could not start. If there is no other process, the queued calls fail.
    pub(crate) fn init_failed(&self, why: &Bytes) {
        let mut state = self.state();
        if state.waiting + state.working > 0 {
            return;
        }
        state.queued_bytes = 0;
        for call in state.queued.drain(..) {
            let _ = call.answer.send(Err(CallError::Failed(why.clone())));
        }
    }

    /// Removes a call from the queue. True: it was still queued.
    fn withdraw(&self, id: &str) -> bool {
        let mut state = self.state();
        let Some(at) = state.queued.iter().position(|call| call.id == id) else {
            return false;
        };
        let withdrawn = state.queued.remove(at);
        state.queued_bytes -= withdrawn.map_or(0, |call| call.event.len());
        true
    }

    fn status(&self) -> Status {
        let state = self.state();
        let running = state.running.values().filter(|call| !call.overdue);
        let oldest = running.clone().map(|call| call.since).min();
        let owed = oldest.map(|since| since.max(state.answered.unwrap_or(since)).elapsed());
        Status {
            queued: state.queued.len(),
            running: running.count(),
            oldest_running_ms: owed.map_or(0, |owed| owed.as_millis() as u64),
            pollers: state.waiting + state.working,
        }
    }
}

/// A queued call. On drop, it leaves the queue.
pub(crate) struct Pending {
    function: Arc<Function>,
    id: String,
    answer: oneshot::Receiver<Answer>,
    taken_by: Instant,
    deadline: Instant,
}

impl Pending {
    pub(crate) async fn answer(mut self) -> Answer {
        let over = |_| Err(CallError::Died);
        tokio::select! {
            answer = &mut self.answer => return answer.unwrap_or_else(over),
            () = sleep_until(self.taken_by) => {}
        }
        if self.function.withdraw(&self.id) {
            return Err(CallError::NotTaken);
        }
        tokio::select! {
            answer = &mut self.answer => answer.unwrap_or_else(over),
            () = sleep_until(self.deadline) => Err(CallError::TimedOut),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.function.withdraw(&self.id);
    }
}

/// A process that waits for a call.
struct Waiting<'a>(&'a Function);

impl<'a> Waiting<'a> {
    fn new(function: &'a Function) -> Self {
        function.state().waiting += 1;
        Self(function)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

/// The time until an instant.
pub(crate) fn time_left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
