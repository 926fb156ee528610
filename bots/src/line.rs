//! The line to a game server, made worse on purpose: later, slower, lossy. In user space, so anyone may do it.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use game::Random;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::http::Uri;

use crate::tls;

/// What a segment of TCP carries.
const SEGMENT_BYTES: usize = 1448;
/// Its head, and the one below it.
const HEAD_BYTES: usize = 52;
/// Until three later segments have told the sender that one is missing.
const NOTICE: Duration = Duration::from_millis(50);
/// What is held back of a line that carries little: then its sender notices.
const RECEIVE_BYTES: u32 = 4096;

/// What a line adds to the real one. The default adds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Line {
    /// To a round trip, half of it each way.
    pub latency: Duration,
    /// At most so much more each way, at random.
    pub jitter: Duration,
    /// Of the segments, 0 to 1. TCP sends one again, and everything behind it waits meanwhile.
    pub loss: f64,
    /// Bits a second each way; None: as many as there are.
    pub bandwidth: Option<u32>,
}

/// Bytes both ways.
pub(crate) type Wire = Box<dyn Stream>;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Line {
    /// Connects to the host that a `ws://` or `wss://` address names.
    pub(crate) async fn connect(self, address: &Uri) -> tungstenite::Result<Wire> {
        let host = address.host().unwrap_or_default();
        let is_tls = address.scheme_str() == Some("wss");
        let usual = if is_tls { 443 } else { 80 };
        let stream = self
            .reach(host, address.port_u16().unwrap_or(usual))
            .await?;
        // TLS goes over the worse line too: its handshake waits as everything does.
        let wire: Wire = if self == Self::default() {
            Box::new(stream)
        } else {
            Box::new(self.through(stream))
        };
        if is_tls {
            Ok(Box::new(tls::connect(host, wire).await?))
        } else {
            Ok(wire)
        }
    }

    async fn reach(self, host: &str, port: u16) -> io::Result<TcpStream> {
        let mut found = lookup_host((host, port)).await?;
        let found = found
            .next()
            .ok_or_else(|| io::Error::other("no such host"))?;
        let socket = if found.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        if self.bandwidth.is_some() {
            socket.set_recv_buffer_size(RECEIVE_BYTES)?;
        }
        let stream = socket.connect(found).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// The near end of this line, whose far end is `stream`.
    fn through(self, stream: TcpStream) -> DuplexStream {
        let seed = stream
            .local_addr()
            .map_or(0, |address| u64::from(address.port()));
        let (near, far) = duplex(SEGMENT_BYTES);
        let (from_server, to_server) = stream.into_split();
        let (from_client, to_client) = split(far);
        tokio::spawn(carry(from_server, to_client, Way::new(self, seed)));
        tokio::spawn(carry(from_client, to_server, Way::new(self, seed + 65_536)));
        near
    }
}

/// Carries bytes one way until either end is gone; what is under way still arrives.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut way: Way,
) -> io::Result<()> {
    let mut under_way: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
    let mut segment = [0; SEGMENT_BYTES];
    let mut is_open = true;
    while is_open || !under_way.is_empty() {
        let is_free = way.free_at <= Instant::now();
        let due = under_way.front().map(|(due, _)| *due);
        let wake_at = match due {
            Some(due) if is_free => due,
            Some(due) => due.min(way.free_at),
            None => way.free_at,
        };
        tokio::select! {
            read = from.read(&mut segment), if is_open && is_free => match read {
                Ok(len @ 1..) => under_way.push_back((way.arrival(Instant::now(), len), segment[..len].to_vec())),
                _ => is_open = false,
            },
            () = sleep_until(wake_at), if due.is_some() || !is_free => {}
        }
        while let Some((_, bytes)) = under_way.pop_front_if(|(due, _)| *due <= Instant::now()) {
            to.write_all(&bytes).await?;
        }
    }
    to.shutdown().await
}

/// One way of a line.
struct Way {
    line: Line,
    random: Random,
    /// When the next segment may begin to leave.
    free_at: Instant,
    /// When the last one arrives: none overtakes another.
    last: Instant,
}

impl Way {
    fn new(line: Line, seed: u64) -> Self {
        let now = Instant::now();
        Self {
            line,
            random: Random::new(seed),
            free_at: now,
            last: now,
        }
    }

    /// The arrival time of a segment of `bytes` bytes that is sent now.
    fn arrival(&mut self, now: Instant, len: usize) -> Instant {
        let bits = (len + HEAD_BYTES) as f64 * 8.0;
        let sending = self
            .line
            .bandwidth
            .map_or(0.0, |rate| bits / f64::from(rate));
        self.free_at = self.free_at.max(now) + Duration::from_secs_f64(sending);
        let mut arrival =
            self.free_at + self.line.latency / 2 + self.line.jitter.mul_f64(self.share());
        if self.share() < self.line.loss {
            arrival += self.line.latency + NOTICE;
        }
        self.last = self.last.max(arrival);
        self.last
    }

    /// Anything from 0 to 1.
    fn share(&mut self) -> f64 {
        f64::from(self.random.bits()) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Line = Line {
        latency: Duration::ZERO,
        jitter: Duration::ZERO,
        loss: 0.0,
        bandwidth: None,
    };

    /// Segments of 948 bytes, one each 10 ms; how late each of them arrives, ms.
    fn check(line: Line, expected: &[u128]) {
        let now = Instant::now();
        let mut way = Way::new(line, 1);
        let late = |at: u32| {
            let sent = now + Duration::from_millis(10) * at;
            way.arrival(sent, 948).duration_since(sent).as_millis()
        };
        assert_eq!((0..4).map(late).collect::<Vec<_>>(), expected, "{line:?}");
    }

    #[tokio::test]
    async fn segments_are_late_slow_and_in_order() {
        let latency = Duration::from_millis(100);
        check(PLAIN, &[0, 0, 0, 0]);
        check(Line { latency, ..PLAIN }, &[50, 50, 50, 50]);
        check(
            Line {
                bandwidth: Some(400_000),
                ..PLAIN
            },
            &[20, 30, 40, 50],
        );
        check(
            Line {
                latency,
                loss: 1.0,
                ..PLAIN
            },
            &[200, 200, 200, 200],
        );
    }

    #[tokio::test]
    async fn whatever_it_does_it_keeps_the_order() {
        let jitter = Duration::from_millis(80);
        let line = Line {
            jitter,
            loss: 0.3,
            ..PLAIN
        };
        let now = Instant::now();
        let mut way = Way::new(line, 7);
        let arrivals: Vec<_> = (0..1000)
            .map(|at| way.arrival(now + Duration::from_millis(at), 100))
            .collect();
        assert!(arrivals.is_sorted());
    }
}
