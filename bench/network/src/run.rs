//! One run: a relay and players in two namespaces, the link between them, one transport.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use bots::{GameTicket, Transport};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_tun::Tun;

use crate::condition::Condition;
use crate::link::Link;
use crate::measured::{Measured, Window};
use crate::namespace;
use crate::player::{Seen, play};
use crate::relay::{Relay, SEATS};

/// Addresses of the block for network benchmarks (RFC 2544).
const RELAY: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);
const PLAYERS: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 2);
const ROOMS: usize = 4;
/// The pause after the last player has connected, in which the clients adjust their clocks.
const SETTLE: Duration = Duration::from_secs(4);
const MEASURED: Duration = Duration::from_secs(40);

/// The settings of a run.
pub(crate) struct Terms {
    pub(crate) condition: Condition,
    pub(crate) transport: Transport,
    pub(crate) seed: u64,
    /// Where the relay was built.
    pub(crate) bin: PathBuf,
}

/// Describes the measurement, for the line above the table.
pub(crate) fn size() -> String {
    let seconds = MEASURED.as_secs();
    format!("{ROOMS} rooms of {SEATS} bots, {seconds} s on each network")
}

/// Measures. Must be called on a thread of its own, because the thread gets its own namespace.
pub(crate) fn run(terms: &Terms) -> Result<Measured> {
    namespace::enter()?;
    let link = Link::new()?;
    let handle = link.handle();
    let near = namespace::device(&handle, RELAY, PLAYERS)?;
    let players = Players::start(handle, terms.transport, terms.seed)?;
    let measured = runtime()?.block_on(measure(terms, link, near, players));
    measured.with_context(|| format!("{:?}", terms.transport))
}

async fn measure(terms: &Terms, link: Link, near: Tun, players: Players) -> Result<Measured> {
    let relay = Relay::start(&terms.bin, RELAY).await?;
    let far = players.device.await.context("no device for the players")?;
    link.start(near, far, terms.condition, terms.seed);
    let tickets = relay.seat(ROOMS).await?;
    let _ = players.tickets.send(tickets);
    relay.until_connected(ROOMS * SEATS).await?;
    sleep(SETTLE).await;
    link.take();
    let before = relay.metrics()?;
    let from = Instant::now();
    sleep(MEASURED).await;
    let [down, up] = link.take();
    let after = relay.metrics()?;
    let window = Window {
        from,
        to: Instant::now(),
    };
    let _ = players.end.send(());
    let seen = players.seen.await.context("the players failed")?;
    Ok(Measured {
        condition: terms.condition,
        transport: terms.transport,
        window,
        seen,
        down,
        up,
        before,
        after,
    })
}

/// The players' thread.
struct Players {
    /// The TUN device in the players' namespace.
    device: Receiver<Tun>,
    tickets: Sender<Vec<GameTicket>>,
    /// Ends all matches.
    end: Sender<()>,
    seen: Receiver<Vec<Seen>>,
}

impl Players {
    fn start(link: Handle, transport: Transport, seed: u64) -> Result<Self> {
        let (device, far) = oneshot::channel();
        let (tickets, games) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let (report, reported) = oneshot::channel();
        let thread = thread::Builder::new().name("players".to_owned());
        thread.spawn(move || {
            let played = (|| {
                namespace::enter()?;
                let tun = namespace::device(&link, PLAYERS, RELAY)?;
                device.send(tun).map_err(|_| anyhow!("nobody waits"))?;
                runtime()?.block_on(play_all(games, transport, seed, ended))
            })();
            match played {
                Ok(played) => drop(report.send(played)),
                Err(error) => eprintln!("the players: {error:#}"),
            }
        })?;
        Ok(Self {
            device: far,
            tickets,
            end,
            seen: reported,
        })
    }
}

async fn play_all(
    games: Receiver<Vec<GameTicket>>,
    transport: Transport,
    seed: u64,
    ended: Receiver<()>,
) -> Result<Vec<Seen>> {
    let mut playing = JoinSet::new();
    let mut ends = Vec::new();
    for (number, game) in (0..).zip(games.await?) {
        let (end, ended) = oneshot::channel::<()>();
        ends.push(end);
        playing.spawn(async move {
            let mut saw = Seen::default();
            tokio::select! {
                () = play(game, transport, seed << 8 | number, &mut saw) => {}
                _ = ended => {}
            }
            saw
        });
    }
    let _ = ended.await;
    drop(ends);
    Ok(playing.join_all().await)
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
