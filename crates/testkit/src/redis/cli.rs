//! Commands to a Redis through redis-cli.

use std::process::{Command, Stdio};

/// The server program: `REDIS_SERVER`, or `redis-server`.
pub fn server() -> String {
    std::env::var("REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned())
}

/// The reply as text; an array has one line per element. None if there is no reply within 3 s, or if it is an error.
pub fn command(url: &str, words: &[&str]) -> Option<String> {
    try_command(url, words).ok()
}

/// Like `command`; the error is what redis-cli printed.
pub(super) fn try_command(url: &str, words: &[&str]) -> Result<String, String> {
    // redis-cli itself waits without a limit for a host that does not answer.
    let output = Command::new("timeout")
        .args([
            "3",
            "redis-cli",
            "-e",
            "--no-auth-warning",
            "--insecure",
            "-u",
            url,
        ])
        .args(words)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&[output.stdout, output.stderr].concat()))
    }
}
