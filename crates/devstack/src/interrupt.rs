//! Ctrl-C, SIGTERM and SIGHUP, recorded so that waiting code can shut down in an orderly way.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on, these signals no longer end this process.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| REQUESTED.store(true, Ordering::SeqCst))
        .context("cannot listen for signals")
}

/// Whether one of them was received.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// Errors: one of them was received.
pub fn check() -> Result<()> {
    if requested() {
        bail!("interrupted");
    }
    Ok(())
}
