//! [`DelayLine`]: a TCP proxy on loopback that delays traffic, so that a relay behaves like a distant one.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// The most chunks in flight in one direction of a connection. At this limit the sender waits.
const CHUNKS_MAX: usize = 256;
const CHUNK_BYTES: usize = 4096;

/// A running proxy. Dropping it ends it; open connections end with their peers.
#[derive(Debug)]
pub(crate) struct DelayLine {
    port: u16,
    is_over: Arc<AtomicBool>,
}

/// Bytes and the time of their arrival.
type Chunk = (Instant, Vec<u8>);

impl DelayLine {
    /// Forwards connections on this port to `target`. `round_trip` is the delay that it adds between a request and
    /// its answer.
    pub(crate) fn start(port: u16, target: u16, round_trip: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                // If the relay is not running, the connection ends immediately.
                let _ = carry(near, target, round_trip / 2);
            }
        });
        Ok(Self { port, is_over })
    }
}

impl Drop for DelayLine {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn carry(near: TcpStream, target: u16, delay: Duration) -> io::Result<()> {
    let far = TcpStream::connect(("127.0.0.1", target))?;
    for stream in [&near, &far] {
        stream.set_nodelay(true)?;
    }
    pass(near.try_clone()?, far.try_clone()?, delay);
    pass(far, near, delay);
    Ok(())
}

/// Forwards what one end sends to the other, until either is closed.
fn pass(from: TcpStream, to: TcpStream, delay: Duration) {
    let (chunks, arriving) = sync_channel(CHUNKS_MAX);
    thread::spawn(move || receive(from, &chunks, delay));
    thread::spawn(move || send(to, &arriving));
}

fn receive(mut from: TcpStream, chunks: &SyncSender<Chunk>, delay: Duration) {
    let mut bytes = [0; CHUNK_BYTES];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let chunk = (Instant::now() + delay, bytes[..count].to_vec());
        if chunks.send(chunk).is_err() {
            return;
        }
    }
}

fn send(mut to: TcpStream, arriving: &Receiver<Chunk>) {
    while let Ok((at, bytes)) = arriving.recv() {
        thread::sleep(at.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            // The other end notices at its next message.
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::free_port;

    #[test]
    fn everything_arrives_in_order_and_the_end_of_a_connection_too() {
        let (port, target) = (free_port(), free_port());
        let listener = TcpListener::bind(("127.0.0.1", target)).expect("a port");
        let _line = DelayLine::start(port, target, Duration::from_millis(10)).expect("a proxy");
        let mut near = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        let sent: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
        let writer = {
            let (mut near, sent) = (near.try_clone().expect("the socket"), sent.clone());
            thread::spawn(move || {
                near.write_all(&sent).expect("sent");
                near.shutdown(Shutdown::Write).expect("the end");
            })
        };
        let (mut far, _) = listener.accept().expect("a connection");
        let mut got = Vec::new();
        far.read_to_end(&mut got).expect("all of it");
        assert!(got == sent, "{} of {} bytes", got.len(), sent.len());
        far.write_all(b"answer").expect("sent");
        drop(far);
        let mut answer = String::new();
        near.read_to_string(&mut answer).expect("an answer");
        assert_eq!(answer, "answer");
        writer.join().expect("no panic");
    }
}
