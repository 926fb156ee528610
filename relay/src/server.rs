//! The game server as a whole: what its parts share, how it starts, how it ends.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc::sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use game::{Game, Settings};
use hyper::StatusCode;
use lobby::{Lobby, Pools};
use protocol::SettingsTextError;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::accept::accept;
use crate::answer::{Answer, Problem, text};
use crate::config::Config;
use crate::directory::{Directory, Hand, Terms};
use crate::hosted::Tools;
use crate::metrics::Metrics;
use crate::report::{MAILBOX_MAX, Mailbox, Reports, ToWorker};
use crate::worker::Worker;
use crate::{bridge, inbox, keeper, register};

/// Checkpoints on their way to the keeper; it never waits, so this fills only when its thread is stuck.
const CHECKPOINTS_MAX: usize = 1024;
/// The longest a shutdown takes, part by part.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a server does not start. Each is one line for whoever started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}: {why}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// `SETTINGS` is not what the game understands.
    #[error("SETTINGS: {0}")]
    Settings(#[from] SettingsTextError),
    /// `POOLS` or `REDIS_URL` is wrong.
    #[error("{0}")]
    Config(lobby::Error),
    /// The system has no thread or poller to give.
    #[error("cannot start a worker: {0}")]
    Worker(std::io::Error),
}

/// A running game server.
pub struct GameServer<G: Game> {
    shared: Arc<Shared<G>>,
    address: SocketAddr,
    /// Accepting and everything that talks to the lobby but the keeper; aborted when dropped.
    tasks: JoinSet<()>,
    keeper: tokio::task::JoinHandle<()>,
    /// Dropped, it stops the keeper.
    keep: Option<oneshot::Sender<()>>,
    workers: Vec<JoinHandle<()>>,
}

impl<G: Game + Send + 'static> GameServer<G> {
    /// Starts on the runtime this is called on, beside threads of its own for the rooms.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let settings = protocol::parse_settings(G::SETTINGS, &config.settings)?;
        let pools = Pools::parse(&config.pools).map_err(StartError::Config)?;
        let listen = |why| StartError::Listen {
            address: config.listen,
            why,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        // A Redis that is away now is waited for, by the registration; until then the server is not healthy.
        let lobby = Lobby::connect(&config.redis_url, pools)
            .await
            .map_err(StartError::Config)?;
        let (reports, incoming) = reports();
        let (shared, workers) =
            assemble(config, address, settings, lobby, reports).map_err(StartError::Worker)?;
        let tasks = spawn_tasks(&shared, listener);
        let (keep, stop) = oneshot::channel();
        let keeper = tokio::spawn(keeper::keep(shared.clone(), incoming, stop));
        tracing::info!(%address, url = shared.url, workers = workers.len(), game = G::NAME, "started");
        Ok(Self {
            shared,
            address,
            tasks,
            keeper,
            keep: Some(keep),
            workers,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends within a few seconds: no new rooms, every session told, the registration taken back.
    ///
    /// Handing running matches over to another server belongs between the two, once rooms can be resumed.
    pub async fn shutdown(mut self) {
        tracing::info!("shutting down");
        self.shared.draining.store(true, Ordering::Relaxed);
        let _ = register::renew(&self.shared).await;
        self.tasks.shutdown().await;
        for hand in self.shared.directory.workers() {
            let _ = timeout(FAREWELL, hand.mailbox.send(ToWorker::Shutdown)).await;
        }
        let workers = std::mem::take(&mut self.workers);
        let joined =
            tokio::task::spawn_blocking(|| workers.into_iter().all(|worker| worker.join().is_ok()));
        if !matches!(timeout(FAREWELL, joined).await, Ok(Ok(true))) {
            tracing::warn!("a worker did not end in time");
        }
        self.keep = None;
        let _ = timeout(FAREWELL, &mut self.keeper).await;
        let removed = timeout(
            FAREWELL,
            self.shared.lobby.relay_remove(&self.shared.config.relay_id),
        )
        .await;
        if !matches!(removed, Ok(Ok(()))) {
            tracing::warn!("the registration could not be taken back; it runs out by itself");
        }
    }
}

type Assembled<G> = (Arc<Shared<G>>, Vec<JoinHandle<()>>);

fn assemble<G: Game + Send + 'static>(
    config: Config,
    address: SocketAddr,
    settings: Settings,
    lobby: Lobby,
    reports: Reports,
) -> std::io::Result<Assembled<G>> {
    let metrics = Arc::new(Metrics::default());
    let (hands, workers) = start_workers(&config, &metrics, &reports)?;
    let terms = Terms {
        relay_id: config.relay_id.clone(),
        boot: uuid::Uuid::new_v4().to_string(),
        settings,
        grace_ms: config.grace_ms,
    };
    let public = config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("ws://{address}"));
    let shared = Shared {
        url: format!("{}/game/{}", public.trim_end_matches('/'), config.relay_id),
        boot: terms.boot.clone(),
        directory: Directory::new(hands, terms, lobby.clone(), reports),
        lobby,
        metrics,
        draining: AtomicBool::new(false),
        registered: AtomicBool::new(false),
        config,
    };
    Ok((Arc::new(shared), workers))
}

fn spawn_tasks<G: Game + Send + 'static>(
    shared: &Arc<Shared<G>>,
    listener: TcpListener,
) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(register::register(shared.clone()));
    tasks.spawn(inbox::listen(shared.clone()));
    tasks.spawn(bridge::bridge(shared.clone()));
    tasks.spawn(accept(listener, shared.clone()));
    tasks
}

impl<G: Game> Drop for GameServer<G> {
    /// Without [`GameServer::shutdown`] nobody is told anything, but no thread and no task stays behind.
    fn drop(&mut self) {
        self.keeper.abort();
        for hand in self.shared.directory.workers() {
            hand.mailbox.offer(ToWorker::Shutdown);
        }
    }
}

fn reports() -> (Reports, keeper::Incoming) {
    let (fates, fates_incoming) = mpsc::unbounded_channel();
    let (checkpoints, checkpoints_incoming) = mpsc::channel(CHECKPOINTS_MAX);
    let incoming = keeper::Incoming {
        fates: fates_incoming,
        checkpoints: checkpoints_incoming,
    };
    (Reports { fates, checkpoints }, incoming)
}

type Workers<G> = (Vec<Hand<G>>, Vec<JoinHandle<()>>);

fn start_workers<G: Game + Send + 'static>(
    config: &Config,
    metrics: &Arc<Metrics>,
    reports: &Reports,
) -> std::io::Result<Workers<G>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let count = config.workers.map_or(cores, usize::from);
    let limits = Arc::new(config.limits.clone());
    let mut hands = Vec::with_capacity(count);
    let mut threads = Vec::with_capacity(count);
    for index in 0..count {
        let (sender, receiver) = sync_channel(MAILBOX_MAX);
        let tools = Tools {
            relay_id: config.relay_id.clone(),
            metrics: metrics.clone(),
            reports: reports.clone(),
            closing: Vec::new(),
            scratch: Vec::new(),
        };
        let worker = Worker::<G>::new(receiver, tools, limits.clone())?;
        let thread = std::thread::Builder::new().name(format!("worker-{index}"));
        threads.push(thread.spawn(move || worker.run())?);
        hands.push(Hand {
            mailbox: Mailbox::new(sender),
            rooms: AtomicUsize::new(0),
        });
    }
    Ok((hands, threads))
}

/// What the parts of a server share.
pub(crate) struct Shared<G: Game> {
    pub(crate) config: Config,
    pub(crate) lobby: Lobby,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) directory: Directory<G>,
    /// Where players reach this server.
    pub(crate) url: String,
    pub(crate) boot: String,
    draining: AtomicBool,
    registered: AtomicBool,
}

impl<G: Game> Shared<G> {
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
    pub(crate) fn is_registered(&self) -> bool {
        self.registered.load(Ordering::Relaxed)
    }
    pub(crate) fn set_registered(&self, registered: bool) {
        self.registered.store(registered, Ordering::Relaxed);
    }

    /// 200 while players can be sent here: Redis answers and knows this server.
    pub(crate) fn health(&self) -> Answer {
        if self.is_registered() && !self.is_draining() {
            text(
                StatusCode::OK,
                "application/json",
                r#"{"status":"ok"}"#.to_owned(),
            )
        } else {
            Problem::Unavailable("not registered with the lobby").answer()
        }
    }
}
