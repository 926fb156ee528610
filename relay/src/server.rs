//! The game server: starts its parts, connects them, and shuts them down.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc::sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use edge::traces::{SettingsError, Traces};
use lobby::{Lobby, Pools};
use protocol::SettingsTextError;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use crate::config::{Config, host_id};
use crate::games::{GameEntry, Games};
use crate::lobby::functions::{Functions, SetupError};
use crate::lobby::{bridge, inbox, lease, match_state, settings};
use crate::metrics::Metrics;
use crate::net::accept::accept;
use crate::net::webtransport;
use crate::net::webtransport::endpoint::{EndpointError, WebTransportEndpoint};
use crate::rooms::checkpointer;
use crate::rooms::claim::{Claims, Terms};
use crate::rooms::directory::Directory;
use crate::rooms::drain::drain;
use crate::rooms::late;
use crate::rooms::resume::Journals;
use crate::rooms::verify;
use crate::shared::Shared;
use crate::stats_logger;
use crate::watch::rooms::WatchedRooms;
use crate::worker::Worker;
use crate::worker::hosted_room::WorkerContext;
use crate::worker::journal;
use crate::worker::journal::Journaling;
use crate::worker::messages::{
    LateReport, MAILBOX_MAX, Mailbox, Played, Reports, RoomKey, ToWorker, WorkerHandle,
};
use crate::worker::watch::{Hung, Watch};
use crate::worker::watchdog;

/// Capacity of the channel to the checkpointer. The checkpointer never blocks, so the channel fills only if its
/// thread is stuck.
const CHECKPOINTS_MAX: usize = 1024;
/// The part of the stop time that is reserved for the steps after the handover.
const STOP_RESERVE: Duration = Duration::from_secs(2);
/// The part of the reserve in which watchers may close their connections.
const WATCHERS_CLOSE: Duration = Duration::from_secs(1);
/// The part of the reserve in which players' WebTransport sessions may close.
const SESSIONS_CLOSE: Duration = Duration::from_secs(1);
/// How long the last spans may take to be exported.
const TRACES_FLUSH: Duration = Duration::from_millis(300);

/// Why a server does not start. Each error is one line of text.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is in use, or is not an address of this machine.
    #[error("cannot listen on {address}: {why}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The system's error.
        why: std::io::Error,
    },
    /// The socket of WebTransport cannot be opened.
    #[error("WEBTRANSPORT_ADDRESS: {0}")]
    WebTransport(#[from] EndpointError),
    /// `RELAY_ID` is not set, and the host's name is not a valid id.
    #[error("RELAY_ID: {0}")]
    Name(String),
    /// `GAME` names no game of this relay.
    #[error("GAME: {0}")]
    Game(String),
    /// The game and the settings of a pool do not fit.
    #[error("POOLS: {pool}: {why}")]
    Pool {
        /// The pool's name.
        pool: String,
        /// The game's error, or the names of all games.
        why: String,
    },
    /// A game rejects `SETTINGS`.
    #[error("SETTINGS: {0}")]
    Settings(#[from] SettingsTextError),
    /// A variable of OpenTelemetry is wrong.
    #[error("{0}")]
    Traces(#[from] SettingsError),
    /// `POOLS` or `REDIS_URL` is wrong.
    #[error("{0}")]
    Config(lobby::Error),
    /// The functions cannot be invoked: an AWS setting is missing.
    #[error("cannot invoke functions: {0}")]
    Functions(#[from] SetupError),
    /// The system cannot create a thread or a poller.
    #[error("cannot start a worker: {0}")]
    Worker(std::io::Error),
    /// Signal handlers cannot be installed.
    #[error("cannot install signal handlers: {0}")]
    Signals(std::io::Error),
}

/// A running game server.
pub struct GameServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// The accept loop and the lobby tasks except the checkpointer; aborted on drop.
    tasks: JoinSet<()>,
    checkpointer: tokio::task::JoinHandle<()>,
    /// Stops the checkpointer on drop.
    keep: Option<oneshot::Sender<()>>,
    /// In the order of the directory's handles.
    workers: Vec<JoinHandle<()>>,
}

impl GameServer {
    /// Starts on the current runtime, with separate threads for the rooms. `games` are the games that its pools can
    /// play.
    pub async fn start(
        games: &'static [GameEntry],
        mut config: Config,
    ) -> Result<Self, StartError> {
        if config.relay_id.is_empty() {
            config.relay_id = host_id().map_err(StartError::Name)?;
        }
        let pools = Pools::parse(&config.pools).map_err(StartError::Config)?;
        let games = Games::new(games, &pools, config.game.as_deref(), &config.settings)?;
        let traces = config.traces()?;
        let listen = |why| StartError::Listen {
            address: config.listen,
            why,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let webtransport = WebTransportEndpoint::bind(&config)?;
        // If Redis is unreachable, the registration waits for it; until then the server is not healthy.
        let lobby = Lobby::connect(&config.redis_url, pools)
            .await
            .map_err(StartError::Config)?;
        let metrics = Arc::new(Metrics::new());
        let functions = Functions::new(&config, metrics.clone())?;
        let (reports, incoming) = reports();
        let (to_verify, played) = mpsc::channel(verify::WAITING_MAX);
        let reports = (reports, to_verify);
        let traces = Traces::start(traces.as_ref(), "skirmish-relay");
        let parts = (lobby, webtransport, traces);
        let (shared, workers) =
            assemble(config, metrics, games, parts, reports).map_err(StartError::Worker)?;
        settings::read(&shared).await;
        let mut tasks = spawn_tasks(&shared, listener, functions);
        tasks.spawn(journal::connect(shared.clone(), incoming.links));
        tasks.spawn(late::notify(shared.clone(), incoming.late));
        tasks.spawn(verify::verify(shared.clone(), played));
        let (keep, stop) = oneshot::channel();
        let checkpointer = tokio::spawn(checkpointer::keep(
            shared.clone(),
            incoming.checkpointer,
            stop,
        ));
        tracing::info!(%address, url = shared.url, workers = workers.len(), games = shared.games.played(), "started");
        Ok(Self {
            shared,
            address,
            tasks,
            checkpointer,
            keep: Some(keep),
            workers,
        })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns when a thread of this server does not return from a game's code. From then on the server takes no more
    /// rooms: shut it down and replace the process.
    pub async fn hung(&self) {
        self.shared.hung.wait().await;
    }

    /// Returns when an operator drains this server: shut it down and replace the process.
    pub async fn asked_to_drain(&self) {
        self.shared.drain.notified().await;
    }

    /// Ends within `stop_ms`: takes no new rooms, hands over the running ones, notifies every
    /// session, sends watchers to other servers, and removes the registration.
    pub async fn shutdown(mut self) {
        tracing::info!(rooms = self.shared.directory.rooms(), "shutting down");
        let until = Instant::now() + Duration::from_millis(self.shared.config.stop_ms);
        self.shared.draining.store(true, Ordering::Relaxed);
        let _ = lease::renew(&self.shared).await;
        // Until then, the lease is renewed and the inbox is read.
        let handed_over = until.checked_sub(STOP_RESERVE).unwrap_or(until);
        drain(&self.shared, handed_over).await;
        // The rooms' new relays take the watchers.
        self.shared.watched.close();
        let _ = timeout(WATCHERS_CLOSE, self.shared.watched.closed()).await;
        self.tasks.shutdown().await;
        for handle in self.shared.directory.workers() {
            let _ = timeout_at(until, handle.mailbox.send(ToWorker::Shutdown)).await;
        }
        let handles = self.shared.directory.workers().iter();
        let ends = handles.map(|handle| !handle.watch.is_lost());
        let workers = std::mem::take(&mut self.workers).into_iter().zip(ends);
        let workers: Vec<_> = workers.filter(|(_, ends)| *ends).collect();
        let joined = tokio::task::spawn_blocking(|| {
            workers.into_iter().all(|(worker, _)| worker.join().is_ok())
        });
        if !matches!(timeout_at(until, joined).await, Ok(Ok(true))) {
            tracing::warn!("a worker did not end in time");
        }
        if let Some(webtransport) = &self.shared.webtransport {
            // WebTransport sessions are closing.
            let _ = timeout_at(
                until,
                timeout(SESSIONS_CLOSE, webtransport.endpoint.wait_idle()),
            )
            .await;
        }
        self.keep = None;
        let _ = timeout_at(until, &mut self.checkpointer).await;
        let remove = self
            .shared
            .lobby
            .relays
            .remove(&self.shared.config.relay_id, &self.shared.boot);
        let removed = timeout_at(until, remove).await;
        if !matches!(removed, Ok(Ok(()))) {
            tracing::warn!("the registration could not be removed; it expires by itself");
        }
        self.shared.traces.flush(TRACES_FLUSH).await;
    }
}

type Assembled = (Arc<Shared>, Vec<JoinHandle<()>>);

fn assemble(
    config: Config,
    metrics: Arc<Metrics>,
    games: Games,
    (lobby, webtransport, traces): (Lobby, Option<WebTransportEndpoint>, Traces),
    (reports, to_verify): (Reports, mpsc::Sender<Played>),
) -> std::io::Result<Assembled> {
    let (handles, workers) = start_workers(&config, &metrics, &reports)?;
    let terms = Terms {
        relay_id: config.relay_id.clone(),
        boot: uuid::Uuid::new_v4().to_string(),
        grace_ms: config.grace_ms,
    };
    let public = config.public_url.clone().unwrap_or_default();
    let (hung, games) = (Arc::new(Hung::default()), Arc::new(games));
    let claims = Claims {
        games: games.clone(),
        journals: Journals::new(lobby.clone()),
        hung: hung.clone(),
        metrics: metrics.clone(),
        lobby: lobby.clone(),
        reports,
        terms,
    };
    let shared = Shared {
        watched: Arc::new(WatchedRooms::new(&config, &lobby, &games, &metrics)),
        url: format!("{}/game/{}", public.trim_end_matches('/'), config.relay_id),
        webtransport,
        traces,
        boot: claims.terms.boot.clone(),
        directory: Arc::new(Directory::new(handles, claims)),
        to_verify,
        games,
        lobby,
        metrics,
        places: Arc::new(Semaphore::new(config.limits.sockets)),
        draining: AtomicBool::new(false),
        drain: Notify::new(),
        answers: Arc::new(Semaphore::new(match_state::ANSWERS_MAX)),
        registered: AtomicBool::new(false),
        fails: AtomicBool::new(false),
        hung,
        config,
    };
    Ok((Arc::new(shared), workers))
}

fn spawn_tasks(shared: &Arc<Shared>, listener: TcpListener, functions: Functions) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(lease::register(shared.clone()));
    tasks.spawn(settings::follow(shared.clone()));
    tasks.spawn(inbox::listen(shared.clone()));
    tasks.spawn(bridge::bridge(shared.clone(), functions));
    tasks.spawn(stats_logger::log_stats(shared.clone()));
    tasks.spawn(watchdog::watch(shared.clone()));
    tasks.spawn(accept(listener, shared.clone()));
    tasks.spawn(webtransport::accept(shared.clone()));
    tasks.spawn(webtransport::endpoint::rotate(shared.clone()));
    tasks
}

impl Drop for GameServer {
    /// Without [`GameServer::shutdown`], sessions end without a close frame, but no thread or task
    /// remains.
    fn drop(&mut self) {
        self.checkpointer.abort();
        self.shared.watched.close();
        if let Some(webtransport) = &self.shared.webtransport {
            webtransport.endpoint.close(0u32.into(), b"");
        }
        for handle in self.shared.directory.workers() {
            handle.mailbox.offer(ToWorker::Shutdown);
        }
    }
}

/// Receiving ends of the workers' reports.
struct Incoming {
    checkpointer: checkpointer::Incoming,
    links: mpsc::UnboundedReceiver<usize>,
    late: mpsc::UnboundedReceiver<(Arc<RoomKey>, LateReport)>,
}

fn reports() -> (Reports, Incoming) {
    let (exits, exits_incoming) = mpsc::unbounded_channel();
    let (checkpoints, checkpoints_incoming) = mpsc::channel(CHECKPOINTS_MAX);
    let (links, links_incoming) = mpsc::unbounded_channel();
    let (late, late_incoming) = mpsc::unbounded_channel();
    let incoming = Incoming {
        checkpointer: checkpointer::Incoming {
            exits: exits_incoming,
            checkpoints: checkpoints_incoming,
        },
        links: links_incoming,
        late: late_incoming,
    };
    let reports = Reports {
        exits,
        checkpoints,
        late,
        links,
    };
    (reports, incoming)
}

type Workers = (Vec<WorkerHandle>, Vec<JoinHandle<()>>);

fn start_workers(
    config: &Config,
    metrics: &Arc<Metrics>,
    reports: &Reports,
) -> std::io::Result<Workers> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let count = config.workers.map_or(cores, usize::from);
    let limits = Arc::new(config.limits.clone());
    let mut handles = Vec::with_capacity(count);
    let mut threads = Vec::with_capacity(count);
    for index in 0..count {
        let (sender, receiver) = sync_channel(MAILBOX_MAX);
        let links = reports.links.clone();
        let journaling = Journaling::new(&config.relay_id, index, links, metrics.clone());
        let stream = journaling.place().stream;
        let context = WorkerContext {
            relay_id: config.relay_id.clone(),
            snapshot_frames: game::FRAMES_PER_SECOND / config.snapshot_hz.max(1),
            metrics: metrics.clone(),
            reports: reports.clone(),
            journaling,
            closing: Vec::new(),
            frames: 1,
            scratch: Vec::new(),
        };
        let watch = Arc::new(Watch::default());
        let worker = Worker::new(receiver, context, limits.clone(), watch.clone())?;
        let waker = worker.waker();
        let thread = std::thread::Builder::new().name(format!("worker-{index}"));
        threads.push(thread.spawn(move || worker.run())?);
        handles.push(WorkerHandle {
            mailbox: Mailbox::new(sender, watch.clone(), waker),
            rooms: AtomicUsize::new(0),
            stream,
            watch,
        });
    }
    Ok((handles, threads))
}
