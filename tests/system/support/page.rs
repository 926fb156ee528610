//! The page in headless Chromium, driven by a node script of `tests/external/browser`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};

use devstack::{builds, command};

/// Concurrent browsers. They draw with the processor, so more of them would be late.
const BROWSERS_MAX: u32 = 2;

static BROWSERS: Mutex<u32> = Mutex::new(0);
static BROWSER_ENDED: Condvar = Condvar::new();

/// Runs a script that needs no actions.
pub fn run(name: &str, url: &str) {
    run_with(name, &[], url, |request| {
        panic!("{name} asks for {request}")
    });
}

/// Runs a script with these arguments. `act` performs the actions on the system that the script requests with `please
/// …`.
pub fn run_with(name: &str, words: &[&str], url: &str, mut act: impl FnMut(&str)) {
    let _browser = Browser::wait();
    let chromium = command::find("chromium").expect("chromium");
    let mut node = Command::new("node")
        .args(["stories.mjs", name, url])
        .args(words)
        .current_dir(builds::workspace().join("tests/external/browser"))
        .env("CHROMIUM", chromium)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut answers = node.stdin.take().expect("an input");
    let lines = BufReader::new(node.stdout.take().expect("an output")).lines();
    let mut errors = node.stderr.take().expect("an output for errors");
    let errors = std::thread::spawn(move || {
        let mut printed = String::new();
        let _ = errors.read_to_string(&mut printed);
        printed
    });
    let mut printed = String::new();
    for line in lines.map_while(Result::ok) {
        match line.strip_prefix("please ") {
            Some(request) => {
                act(request);
                writeln!(answers, "done").expect("the script reads");
            }
            None => printed = printed + &line + "\n",
        }
    }
    let status = node.wait().expect("node ends");
    let errors = errors.join().unwrap_or_default();
    assert!(status.success(), "{name}: {errors}{printed}");
}

/// A permit for one of the concurrent browsers.
struct Browser;

impl Browser {
    fn wait() -> Self {
        let running = BROWSERS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running = BROWSER_ENDED
            .wait_while(running, |running| *running == BROWSERS_MAX)
            .unwrap_or_else(PoisonError::into_inner);
        *running += 1;
        Self
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        *BROWSERS.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        BROWSER_ENDED.notify_one();
    }
}
