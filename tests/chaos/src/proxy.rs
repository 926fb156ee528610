//! A TCP proxy on loopback that can cut, delay, stall, hold back, or slow down its connections.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

const DRIP_INTERVAL: Duration = Duration::from_millis(20);
/// Maximum number of bytes held back in each direction; at this limit the sender blocks.
const HELD_BYTES_MAX: usize = 4 << 20;

/// The faults of a proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProxyFaults {
    /// The delay of each chunk.
    pub(crate) delay: Duration,
    /// Whether connections get different delays in turn: none, half, full.
    pub(crate) uneven: bool,
    /// Whether nothing is forwarded. Nothing is lost.
    pub(crate) stalled: bool,
    /// Limits the rate to this number of bytes per 20 ms.
    pub(crate) drip: Option<usize>,
    /// Whether new connections are closed immediately.
    pub(crate) refusing: bool,
    /// Connections with a lower number are held back: their bytes arrive later, even if the sender is gone by then.
    /// New connections are not affected.
    pub(crate) held_below: u64,
    /// When it increases, every open connection is closed.
    pub(crate) cuts: u64,
}

impl ProxyFaults {
    /// Replaces the faults, and keeps the connections.
    pub(crate) fn become_like(&mut self, other: Self) {
        *self = Self {
            cuts: self.cuts,
            ..other
        };
    }
}

/// A running proxy. It ends with the runtime.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// Its port on loopback.
    pub(crate) port: u16,
    faults: watch::Sender<ProxyFaults>,
    /// Number of connections so far.
    count: Arc<AtomicU64>,
}

/// A connection's number and its faults.
#[derive(Clone)]
struct Link {
    number: u64,
    faults: watch::Receiver<ProxyFaults>,
}

impl Proxy {
    /// Listens for connections to `target`.
    pub(crate) async fn start(target: u16) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let faults = watch::Sender::new(ProxyFaults::default());
        let seen = faults.subscribe();
        let count = Arc::<AtomicU64>::default();
        let counted = count.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if !seen.borrow().refusing {
                    let link = Link {
                        number: counted.fetch_add(1, Ordering::Relaxed),
                        faults: seen.clone(),
                    };
                    tokio::spawn(carry(near, target, link));
                }
            }
        });
        Ok(Self {
            port,
            faults,
            count,
        })
    }

    /// Sets the faults.
    pub(crate) fn set(&self, change: impl FnOnce(&mut ProxyFaults)) {
        self.faults.send_modify(change);
    }

    /// Holds back every open connection, until `clear`.
    pub(crate) fn hold_back(&self) {
        let held_below = self.count.load(Ordering::Relaxed);
        self.set(|faults| faults.held_below = held_below);
    }

    /// Closes every connection.
    pub(crate) fn cut(&self) {
        self.set(|faults| faults.cuts += 1);
    }

    /// Ends all faults.
    pub(crate) fn clear(&self) {
        self.set(|faults| faults.become_like(ProxyFaults::default()));
    }
}

async fn carry(near: TcpStream, target: u16, link: Link) -> io::Result<()> {
    let far = TcpStream::connect(("127.0.0.1", target)).await?;
    for stream in [&near, &far] {
        stream.set_nodelay(true)?;
    }
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let mut cut = link.faults.clone();
    let cuts = cut.borrow().cuts;
    tokio::select! {
        // Each direction ends separately: what one side has sent still arrives if that side receives nothing more.
        (there, back) = async {
            tokio::join!(
                one_way(near_in, far_out, link.clone()),
                one_way(far_in, near_out, link),
            )
        } => there.and(back),
        _ = cut.wait_for(|faults| faults.cuts != cuts) => Ok(()),
    }
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut link: Link,
) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let len = from.read(&mut piece).await?;
        if len == 0 {
            return to.shutdown().await;
        }
        // An error means that the sender of the faults is gone.
        let _ = link.faults.wait_for(|faults| !faults.stalled).await;
        if link.is_held() {
            let held = link.hold(&mut from, &piece[..len]).await;
            to.write_all(&held).await?;
            continue;
        }
        sleep(link.delay()).await;
        let drip_bytes = link.faults.borrow().drip;
        match drip_bytes {
            None => to.write_all(&piece[..len]).await?,
            Some(bytes) => drip(&mut to, &piece[..len], bytes, &link.faults).await?,
        }
    }
}

impl Link {
    fn is_held(&self) -> bool {
        self.number < self.faults.borrow().held_below
    }

    fn delay(&self) -> Duration {
        let faults = self.faults.borrow();
        if faults.uneven {
            faults.delay * (self.number % 3) as u32 / 2
        } else {
            faults.delay
        }
    }

    /// Reads everything while the connection is held back. The sender may be gone by the end.
    async fn hold(&mut self, from: &mut OwnedReadHalf, first: &[u8]) -> Vec<u8> {
        let mut held = first.to_vec();
        let number = self.number;
        let let_go = self.faults.wait_for(|faults| number >= faults.held_below);
        tokio::pin!(let_go);
        while held.len() < HELD_BYTES_MAX {
            tokio::select! {
                _ = &mut let_go => return held,
                // At the end of the stream, or after an error, the next read returns the same result.
                read = from.read_buf(&mut held) => if !matches!(read, Ok(1..)) { break },
            }
        }
        let _ = let_go.await;
        held
    }
}

/// Writes a few bytes at a time while the rate is limited.
async fn drip(
    to: &mut OwnedWriteHalf,
    mut rest: &[u8],
    bytes: usize,
    faults: &watch::Receiver<ProxyFaults>,
) -> io::Result<()> {
    while !rest.is_empty() {
        let dripping = faults.borrow().drip.is_some();
        let (first, later) = rest.split_at(if dripping {
            bytes.clamp(1, rest.len())
        } else {
            rest.len()
        });
        to.write_all(first).await?;
        rest = later;
        if dripping {
            sleep(DRIP_INTERVAL).await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A proxy in front of an echo server.
    async fn echo() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        Proxy::start(port).await.expect("a proxy")
    }

    async fn connect(proxy: &Proxy) -> TcpStream {
        let connected = TcpStream::connect(("127.0.0.1", proxy.port)).await;
        connected.expect("it listens")
    }

    async fn echoed(stream: &mut TcpStream, text: &str) -> io::Result<String> {
        stream.write_all(text.as_bytes()).await?;
        let mut answer = vec![0; text.len()];
        stream.read_exact(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    #[tokio::test]
    async fn all_bytes_pass_in_order_under_any_fault() {
        let proxy = echo().await;
        let mut stream = connect(&proxy).await;
        for drip in [None, Some(3), None] {
            proxy.set(|faults| faults.drip = drip);
            assert_eq!(
                echoed(&mut stream, "hello you").await.expect("all of it"),
                "hello you"
            );
        }
    }

    #[tokio::test]
    async fn a_stall_delays_bytes_and_loses_none() {
        let proxy = echo().await;
        let mut stream = connect(&proxy).await;
        proxy.set(|faults| faults.stalled = true);
        stream.write_all(b"one").await.expect("taken");
        let mut byte = [0];
        let early = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut byte)).await;
        assert!(early.is_err(), "it passed: {early:?}");
        proxy.clear();
        let mut rest = [0; 3];
        stream.read_exact(&mut rest).await.expect("it comes");
        assert_eq!(&rest, b"one");
    }

    #[tokio::test]
    async fn delayed_bytes_arrive_after_their_sender_is_gone() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let proxy = Proxy::start(port).await.expect("a proxy");
        let mut old = connect(&proxy).await;
        let (mut old_far, _) = listener.accept().await.expect("the old one");
        proxy.hold_back();
        for word in ["one", "two"] {
            old.write_all(word.as_bytes()).await.expect("taken");
        }
        drop(old);
        let mut new = connect(&proxy).await;
        let (mut new_far, _) = listener.accept().await.expect("the new one");
        new.write_all(b"new").await.expect("taken");
        let mut answer = [0; 3];
        new_far.read_exact(&mut answer).await.expect("it passes");
        assert_eq!(&answer, b"new");
        let early = old_far.try_read(&mut answer);
        assert_eq!(
            early.expect_err("nothing yet").kind(),
            io::ErrorKind::WouldBlock
        );
        proxy.clear();
        let mut rest = String::new();
        old_far.read_to_string(&mut rest).await.expect("it comes");
        assert_eq!(rest, "onetwo");
    }

    #[tokio::test]
    async fn a_cut_ends_only_open_connections() {
        let proxy = echo().await;
        let mut stream = connect(&proxy).await;
        assert!(echoed(&mut stream, "hello").await.is_ok());
        proxy.cut();
        assert!(echoed(&mut stream, "hello").await.is_err());
        let mut stream = connect(&proxy).await;
        assert!(echoed(&mut stream, "hello").await.is_ok());
        proxy.set(|faults| faults.refusing = true);
        let mut refused = connect(&proxy).await;
        assert!(echoed(&mut refused, "hello").await.is_err());
    }
}
