//! A TCP proxy on loopback that can be made worse: cut, delayed, stalled, dripping.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

const DRIP_INTERVAL: Duration = Duration::from_millis(20);

/// What the proxy does to what passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weather {
    /// Each piece arrives so much later.
    pub(crate) delay: Duration,
    /// Nothing passes, nothing is lost.
    pub(crate) stalled: bool,
    /// So many bytes pass every 20 ms.
    pub(crate) drip: Option<usize>,
    /// New connections end at once.
    pub(crate) refusing: bool,
    /// Raised: every connection ends now.
    pub(crate) cuts: u64,
}

impl Weather {
    /// Another one, with the same connections.
    pub(crate) fn become_like(&mut self, other: Self) {
        *self = Self {
            cuts: self.cuts,
            ..other
        };
    }
}

/// A running proxy; it ends with the runtime.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// Where it listens, on loopback.
    pub(crate) port: u16,
    weather: watch::Sender<Weather>,
}

impl Proxy {
    /// Listens for connections to `target`.
    pub(crate) async fn start(target: u16) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let weather = watch::Sender::new(Weather::default());
        let seen = weather.subscribe();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if !seen.borrow().refusing {
                    tokio::spawn(carry(near, target, seen.clone()));
                }
            }
        });
        Ok(Self { port, weather })
    }

    /// Changes what is done from now on.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Weather)) {
        self.weather.send_modify(change);
    }

    /// Ends every connection now.
    pub(crate) fn cut(&self) {
        self.set(|weather| weather.cuts += 1);
    }

    /// Lets everything pass again.
    pub(crate) fn clear(&self) {
        self.set(|weather| weather.become_like(Weather::default()));
    }
}

async fn carry(near: TcpStream, target: u16, weather: watch::Receiver<Weather>) -> io::Result<()> {
    let far = TcpStream::connect(("127.0.0.1", target)).await?;
    for stream in [&near, &far] {
        stream.set_nodelay(true)?;
    }
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let mut cut = weather.clone();
    let cuts = cut.borrow().cuts;
    tokio::select! {
        carried = async {
            tokio::try_join!(
                one_way(near_in, far_out, weather.clone()),
                one_way(far_in, near_out, weather),
            )
        } => carried.map(drop),
        _ = cut.wait_for(|weather| weather.cuts != cuts) => Ok(()),
    }
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let len = from.read(&mut piece).await?;
        if len == 0 {
            return to.shutdown().await;
        }
        // An error: nobody changes the weather any more.
        let _ = weather.wait_for(|weather| !weather.stalled).await;
        let now = *weather.borrow();
        sleep(now.delay).await;
        match now.drip {
            None => to.write_all(&piece[..len]).await?,
            Some(bytes) => drip(&mut to, &piece[..len], bytes, &weather).await?,
        }
    }
}

/// Writes a few bytes at a time, as long as it drips.
async fn drip(
    to: &mut OwnedWriteHalf,
    mut rest: &[u8],
    bytes: usize,
    weather: &watch::Receiver<Weather>,
) -> io::Result<()> {
    while !rest.is_empty() {
        let dripping = weather.borrow().drip.is_some();
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

    /// An echo behind a proxy.
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

    async fn said(stream: &mut TcpStream, text: &str) -> io::Result<String> {
        stream.write_all(text.as_bytes()).await?;
        let mut answer = vec![0; text.len()];
        stream.read_exact(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    #[tokio::test]
    async fn everything_passes_whole_and_in_order_in_any_weather() {
        let proxy = echo().await;
        let mut stream = connect(&proxy).await;
        for drip in [None, Some(3), None] {
            proxy.set(|weather| weather.drip = drip);
            assert_eq!(
                said(&mut stream, "hello you").await.expect("all of it"),
                "hello you"
            );
        }
    }

    #[tokio::test]
    async fn a_stall_holds_back_and_loses_nothing() {
        let proxy = echo().await;
        let mut stream = connect(&proxy).await;
        proxy.set(|weather| weather.stalled = true);
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
    async fn a_cut_ends_what_is_open_and_nothing_else() {
        let proxy = echo().await;
        let mut stream = connect(&proxy).await;
        assert!(said(&mut stream, "hello").await.is_ok());
        proxy.cut();
        assert!(said(&mut stream, "hello").await.is_err());
        let mut stream = connect(&proxy).await;
        assert!(said(&mut stream, "hello").await.is_ok());
        proxy.set(|weather| weather.refusing = true);
        let mut refused = connect(&proxy).await;
        assert!(said(&mut refused, "hello").await.is_err());
    }
}
