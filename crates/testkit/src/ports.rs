//! Free ports on 127.0.0.1. A process returns each port once.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range that Linux uses for outgoing connections, so that none of them takes a port between the check and its
/// use.
const FIRST: u32 = 11_000;
const COUNT: u32 = 20_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port that nothing listens on, returned once: the nodes of a stopped cluster still look for each other, and must not
/// find another test's.
///
/// # Panics
/// If every port is in use.
pub fn free_port() -> u16 {
    // Processes that run at the same time start at different places.
    let base = std::process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let offset = base.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = (FIRST + offset) as u16;
        if is_free(port) {
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT)
}

/// Whether a process can listen on this port of 127.0.0.1.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}
