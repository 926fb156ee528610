//! `cargo xtask up` as a child process, and the processes it starts.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use devstack::builds;
use testkit::{eventually, free_port};

/// A running `up`.
pub(super) struct Up {
    pub(super) child: Child,
    printed: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
}

impl Up {
    pub(super) fn start(data: &Path, flags: &[&str]) -> Self {
        let mut child = up_command(data)
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let printed = Arc::<Mutex<String>>::default();
        let errors = child.stderr.take().expect("its errors");
        let listener = thread::spawn({
            let printed = printed.clone();
            move || listen(errors, &printed)
        });
        Self {
            child,
            printed,
            listener: Some(listener),
        }
    }

    /// Starts `up` on a free port, and waits until it is ready. Returns it with its URL.
    pub(super) fn ready_with(data: &Path, flags: &[&str]) -> (Self, String) {
        let port = free_port().to_string();
        let mut up = Self::start(data, &[&["--port", port.as_str()], flags].concat());
        up.ready();
        (up, format!("http://127.0.0.1:{port}"))
    }

    /// The single line on stdout.
    pub(super) fn ready(&mut self) -> String {
        let mut line = String::new();
        let out = self.child.stdout.take().expect("its output");
        let mut out = BufReader::new(out);
        out.read_line(&mut line).expect("a line");
        assert!(!line.is_empty(), "it ended: {}", self.errors());
        // The pipe stays open, so that processes can still write to it.
        self.child.stdout = Some(out.into_inner());
        line.trim_end().to_owned()
    }

    /// Its output on stderr so far.
    pub(super) fn stderr(&self) -> String {
        let printed = self.printed.lock();
        printed.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has printed this text on stderr.
    pub(super) fn expect_stderr(&self, text: &str) {
        let ready = || self.stderr().contains(text).then_some(());
        let waited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            eventually(&format!("up prints {text:?}"), ready);
        }));
        assert!(waited.is_ok(), "{text:?} is not in:\n{}", self.stderr());
    }

    /// Its complete output on stderr, after it has ended.
    pub(super) fn errors(&mut self) -> String {
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        self.stderr()
    }

    pub(super) fn signal(&self, signal: &str) {
        kill(self.child.id(), signal);
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            kill(self.child.id(), "TERM");
            let _ = self.child.wait();
        }
    }
}

pub(super) fn up_command(data: &Path) -> Command {
    let mut command = Command::new(builds::binaries().expect("programs").join("xtask"));
    command
        .args(["up", "--no-install", "--no-build", "--data"])
        .arg(data);
    command
}

/// Every process that this one started, directly or indirectly, as id and name.
pub(super) fn descendants(parent: u32) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let file = PathBuf::from(format!("/proc/{parent}/task/{parent}/children"));
    let children = std::fs::read_to_string(file).unwrap_or_default();
    for child in children
        .split_whitespace()
        .filter_map(|text| text.parse().ok())
    {
        let name = std::fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
        found.push((child, name.trim().to_owned()));
        found.extend(descendants(child));
    }
    found
}

/// False for a process that has ended, even before its parent notices.
pub(super) fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

pub(super) fn kill(pid: u32, signal: &str) {
    let status = Command::new("kill")
        .args(["-s", signal, &pid.to_string()])
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{pid} cannot be sent {signal}"
    );
}

/// The process id of a part, from its file in the run folder.
pub(super) fn process_of(data: &Path, part: &str) -> u32 {
    let file = data.join(format!("run/{part}.pid"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{part}: {error}"));
    text.trim().parse().expect("a process id")
}

fn listen(mut errors: ChildStderr, printed: &Mutex<String>) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = errors.read(&mut bytes) {
        let text = String::from_utf8_lossy(&bytes[..count]);
        printed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_str(&text);
    }
}
