//! Free ports on 127.0.0.1. A process returns each port only once.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range that Linux uses for outgoing connections, so that no outgoing connection takes a port between the
/// check and its use.
const FIRST: u32 = 11_000;
const COUNT: u32 = 15_000;
/// The first block, after the range of single ports.
const BLOCKS_FIRST: u32 = (FIRST + COUNT) / BLOCK;
const BLOCKS: u32 = 67;
/// The number of ports in a block.
const BLOCK: u32 = 100;

static NEXT: AtomicU32 = AtomicU32::new(0);
static NEXT_BLOCK: AtomicU32 = AtomicU32::new(0);

/// A port that nothing listens on. Each port is returned only once: the nodes of a stopped cluster still try to
/// connect to each other, and must not reach another test's server.
///
/// # Panics
/// If every port is in use.
pub fn free_port() -> u16 {
    // Concurrent processes start at different ports.
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

/// The 99 ports with a common prefix, such as 26001 to 26099. No other process gets this block until it is dropped.
#[derive(Debug)]
pub struct PortBlock {
    prefix: u16,
    /// Port 0 of the block, which reserves it.
    _reserved: TcpListener,
}

impl PortBlock {
    /// A block whose ports 1 to `count` are free.
    ///
    /// # Panics
    /// If every block is in use, or if `count` is greater than 99.
    pub fn free(count: u16) -> Self {
        assert!(u32::from(count) < BLOCK, "a block has 99 ports");
        for _ in 0..BLOCKS {
            let offset =
                std::process::id().wrapping_add(NEXT_BLOCK.fetch_add(1, Ordering::Relaxed));
            let prefix = (BLOCKS_FIRST + offset % BLOCKS) as u16;
            let Ok(reserved) = TcpListener::bind(("127.0.0.1", prefix * BLOCK as u16)) else {
                continue;
            };
            let block = Self {
                prefix,
                _reserved: reserved,
            };
            if (1..=count).all(|n| is_free(block.port(n))) {
                return block;
            }
        }
        panic!("no free block of ports from {}", BLOCKS_FIRST * BLOCK)
    }

    /// The prefix of its ports, before two digits: 260.
    pub fn prefix(&self) -> u16 {
        self.prefix
    }

    /// Its port `n`, from 1 to 99.
    pub fn port(&self, n: u16) -> u16 {
        self.prefix * BLOCK as u16 + n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_blocks_at_the_same_time_have_different_ports() {
        let (first, second) = (PortBlock::free(50), PortBlock::free(50));
        assert_ne!(first.prefix(), second.prefix());
        assert_eq!(first.port(7), first.prefix() * 100 + 7);
        assert!(!is_free(first.port(0)), "the block is reserved");
    }
}
