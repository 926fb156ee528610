//! A simulated link to a game server: latency, jitter, loss and bandwidth. It needs no privileges.

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

/// Payload of a TCP segment.
const SEGMENT_BYTES: usize = 1448;
/// TCP and IP headers.
const HEAD_BYTES: usize = 52;
/// Time until the sender learns of a lost segment from later ones.
const LOSS_DETECTION: Duration = Duration::from_millis(50);
/// Receive buffer of a link with limited bandwidth, so that the sender notices the limit.
const RECEIVE_BYTES: u32 = 4096;

/// What is added to the real link. The default adds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SimulatedLink {
    /// Added to a round trip, half of it each direction.
    pub latency: Duration,
    /// Maximum random delay each direction.
    pub jitter: Duration,
    /// Share of lost segments, 0 to 1. TCP sends a lost one again, and the ones after it wait.
    pub loss: f64,
    /// Bits a second each way; None: unlimited.
    pub bandwidth: Option<u32>,
}

/// A stream of bytes in both directions.
pub(crate) type Connection = Box<dyn Stream>;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl SimulatedLink {
    /// Connects to the host that a `ws://` or `wss://` address names.
    pub(crate) async fn connect(self, address: &Uri) -> tungstenite::Result<Connection> {
        let host = address.host().unwrap_or_default();
        let is_tls = address.scheme_str() == Some("wss");
        let usual = if is_tls { 443 } else { 80 };
        let stream = self
            .reach(host, address.port_u16().unwrap_or(usual))
            .await?;
        // TLS uses the simulated link too.
        let stream: Connection = if self == Self::default() {
            Box::new(stream)
        } else {
            Box::new(self.through(stream))
        };
        if is_tls {
            Ok(Box::new(tls::connect(host, stream).await?))
        } else {
            Ok(stream)
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

    /// The near end of this link, whose far end is `stream`.
    fn through(self, stream: TcpStream) -> DuplexStream {
        let seed = stream
            .local_addr()
            .map_or(0, |address| u64::from(address.port()));
        let (near, far) = duplex(SEGMENT_BYTES);
        let (from_server, to_server) = stream.into_split();
        let (from_client, to_client) = split(far);
        tokio::spawn(carry(from_server, to_client, Direction::new(self, seed)));
        tokio::spawn(carry(
            from_client,
            to_server,
            Direction::new(self, seed + 65_536),
        ));
        near
    }
}

/// Carries bytes in one direction until an end closes. Bytes in flight still arrive.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut direction: Direction,
) -> io::Result<()> {
    let mut in_flight: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
    let mut segment = [0; SEGMENT_BYTES];
    let mut is_open = true;
    while is_open || !in_flight.is_empty() {
        let is_free = direction.free_at <= Instant::now();
        let due = in_flight.front().map(|(due, _)| *due);
        let wake_at = match due {
            Some(due) if is_free => due,
            Some(due) => due.min(direction.free_at),
            None => direction.free_at,
        };
        tokio::select! {
            read = from.read(&mut segment), if is_open && is_free => match read {
                Ok(len @ 1..) => in_flight.push_back((direction.arrival(Instant::now(), len), segment[..len].to_vec())),
                _ => is_open = false,
            },
            () = sleep_until(wake_at), if due.is_some() || !is_free => {}
        }
        while let Some((_, bytes)) = in_flight.pop_front_if(|(due, _)| *due <= Instant::now()) {
            to.write_all(&bytes).await?;
        }
    }
    to.shutdown().await
}

/// One direction of a link.
struct Direction {
    link: SimulatedLink,
    random: Random,
    /// When the next segment can be sent.
    free_at: Instant,
    /// When the last segment arrives. Segments stay in order.
    last: Instant,
}

impl Direction {
    fn new(link: SimulatedLink, seed: u64) -> Self {
        let now = Instant::now();
        Self {
            link,
            random: Random::new(seed),
            free_at: now,
            last: now,
        }
    }

    /// The arrival time of a segment of `bytes` bytes that is sent now.
    fn arrival(&mut self, now: Instant, len: usize) -> Instant {
        let bits = (len + HEAD_BYTES) as f64 * 8.0;
        let sending = self
            .link
            .bandwidth
            .map_or(0.0, |rate| bits / f64::from(rate));
        self.free_at = self.free_at.max(now) + Duration::from_secs_f64(sending);
        let mut arrival =
            self.free_at + self.link.latency / 2 + self.link.jitter.mul_f64(self.share());
        if self.share() < self.link.loss {
            arrival += self.link.latency + LOSS_DETECTION;
        }
        self.last = self.last.max(arrival);
        self.last
    }

    /// A random number from 0 to 1.
    fn share(&mut self) -> f64 {
        f64::from(self.random.bits()) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: SimulatedLink = SimulatedLink {
        latency: Duration::ZERO,
        jitter: Duration::ZERO,
        loss: 0.0,
        bandwidth: None,
    };

    /// Sends segments of 948 bytes, one every 10 ms. Compares how late each arrives, in ms.
    fn check(link: SimulatedLink, expected: &[u128]) {
        let now = Instant::now();
        let mut direction = Direction::new(link, 1);
        let late = |at: u32| {
            let sent = now + Duration::from_millis(10) * at;
            direction
                .arrival(sent, 948)
                .duration_since(sent)
                .as_millis()
        };
        assert_eq!((0..4).map(late).collect::<Vec<_>>(), expected, "{link:?}");
    }

    #[tokio::test]
    async fn latency_bandwidth_and_loss_delay_segments() {
        let latency = Duration::from_millis(100);
        check(PLAIN, &[0, 0, 0, 0]);
        check(SimulatedLink { latency, ..PLAIN }, &[50, 50, 50, 50]);
        check(
            SimulatedLink {
                bandwidth: Some(400_000),
                ..PLAIN
            },
            &[20, 30, 40, 50],
        );
        check(
            SimulatedLink {
                latency,
                loss: 1.0,
                ..PLAIN
            },
            &[200, 200, 200, 200],
        );
    }

    #[tokio::test]
    async fn segments_stay_in_order() {
        let jitter = Duration::from_millis(80);
        let link = SimulatedLink {
            jitter,
            loss: 0.3,
            ..PLAIN
        };
        let now = Instant::now();
        let mut direction = Direction::new(link, 7);
        let arrivals: Vec<_> = (0..1000)
            .map(|at| direction.arrival(now + Duration::from_millis(at), 100))
            .collect();
        assert!(arrivals.is_sorted());
    }
}
