//! [`App`]: the configuration and the clients of a function, kept between invocations.

use std::time::Duration;

use edge::traces::Traces;
use lobby::{DeliveryReport, Lobby, Pool};
use tokio::sync::OnceCell;
use tracing::{error, warn};

use crate::auth::{Operators, Tokens};
use crate::config::{Config, Needs};
use crate::push::{Connections, PushError};
use crate::traces;

/// How long an answer waits for the notifications that follow a change, even if Redis is slow. The
/// function `deliver` does the rest.
const DELIVERY_TIMEOUT: Duration = Duration::from_millis(500);

/// After this time a Redis that is away or hangs causes a 503. It usually answers in a few ms.
const REDIS_TIMEOUT: Duration = Duration::from_millis(600);

/// A change of a pool's settings applies to calls that begin this much later.
const SETTINGS_AGE_MAX: Duration = Duration::from_secs(1);

/// A function's configuration and clients.
pub struct App {
    config: Config,
    tokens: Tokens,
    operators: Option<Operators>,
    connections: Option<Connections>,
    lobby: OnceCell<Lobby>,
    traces: Traces,
}

impl App {
    /// At init: reads the environment, makes the clients and warms them. While Redis is away the
    /// function answers 503. `name`: the function's. Errors: an invalid configuration, or a Redis that is too old.
    pub async fn init(name: &str, needs: Needs) -> Result<Self, lambda_runtime::Error> {
        let config = Config::from_env(needs).inspect_err(|error| error!(%error, "cannot start"))?;
        let url = config.connections_url.as_deref().filter(|_| needs.push);
        let connections = url.map(Connections::from_env);
        let traces = Traces::start(config.traces.as_ref(), &format!("skirmish-{name}"));
        let app = Self::new(config, connections)?.with_traces(traces);
        app.warm(needs)
            .await
            .inspect_err(|error| error!(%error, "cannot start"))?;
        Ok(app)
    }

    /// Connects nothing yet.
    pub fn new(
        config: Config,
        connections: Option<Connections>,
    ) -> Result<Self, lambda_runtime::Error> {
        let tokens = Tokens::new(&config.tokens)?;
        let operators = Operators::new(&config.admin);
        Ok(Self {
            config,
            tokens,
            operators,
            connections,
            lobby: OnceCell::new(),
            traces: Traces::default(),
        })
    }

    /// The same, which records its spans there.
    #[must_use]
    pub fn with_traces(self, traces: Traces) -> Self {
        Self { traces, ..self }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Records spans.
    pub fn traces(&self) -> &Traces {
        &self.traces
    }

    /// Verifies players' tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Verifies operators' tokens; None where there is no `/admin`.
    pub fn operators(&self) -> Option<&Operators> {
        self.operators.as_ref()
    }

    /// The client of the lobby sockets; an error if `CONNECTIONS_URL` is not set.
    pub fn connections(&self) -> Result<&Connections, PushError> {
        self.connections.as_ref().ok_or(PushError::NotConfigured)
    }

    /// The lobby, connected on first use, with settings of the pools that are at most a second old.
    pub async fn lobby(&self) -> lobby::Result<&Lobby> {
        let lobby = self.lobby.get_or_try_init(|| self.connect()).await?;
        lobby.settings.refresh_after(SETTINGS_AGE_MAX).await;
        Ok(lobby)
    }

    async fn connect(&self) -> lobby::Result<Lobby> {
        let Config {
            redis_url, pools, ..
        } = &self.config;
        let lobby = Lobby::connect_within(redis_url, pools.clone(), REDIS_TIMEOUT).await?;
        Ok(lobby.waiting_for(self.config.wait_replicas))
    }

    /// After a change in a pool, before the answer: notifies the players. The function `deliver`
    /// makes up for a failure, so it never fails the request that caused it.
    pub async fn notify(&self, pool: &Pool) {
        self.in_time(async { Ok(pool.outbox.deliver_new(self.connections()?).await?) })
            .await;
    }

    /// The same after a change in an unknown pool.
    pub async fn notify_all(&self, lobby: &Lobby) {
        self.in_time(async { Ok(lobby.deliver_new(self.connections()?).await?) })
            .await;
    }

    /// Delivers a lane of a pool's outbox; None: all lanes.
    pub async fn deliver(
        &self,
        pool: &Pool,
        lane: Option<u32>,
    ) -> Result<DeliveryReport, DeliveryError> {
        let connections = self.connections()?;
        let report = match lane {
            Some(lane) => pool.outbox.deliver_lane(lane, connections).await?,
            None => pool.outbox.deliver(connections).await?,
        };
        traces::record_pushes(&self.traces, &report.traced);
        Ok(report)
    }

    /// Sends the watchers of a pool's list of rooms what changed. The bridge makes up for a failure.
    pub async fn notify_watchers(&self, pool: &str, game: &str) {
        let notified: Result<(), DeliveryError> = async {
            let rooms = &self.lobby().await?.rooms;
            Ok(rooms
                .notify_watchers(pool, game, self.connections()?)
                .await?)
        }
        .await;
        if let Err(error) = notified {
            warn!(%error, pool, "watchers not notified");
        }
    }

    async fn in_time(&self, delivery: impl Future<Output = Result<DeliveryReport, DeliveryError>>) {
        match tokio::time::timeout(DELIVERY_TIMEOUT, delivery).await {
            Ok(Ok(report)) => traces::record_pushes(&self.traces, &report.traced),
            Ok(Err(error)) => warn!(%error, "outbox not delivered"),
            Err(_) => warn!("outbox not delivered in time"),
        }
    }

    async fn warm(&self, needs: Needs) -> lobby::Result<()> {
        let redis = async { self.lobby().await.map(drop) };
        let push = async {
            if let Some(connections) = &self.connections {
                connections.warm().await;
            }
        };
        let tokens = async {
            if needs.tokens {
                self.tokens.warm().await;
            }
        };
        let (redis, (), ()) = tokio::join!(redis, push, tokens);
        redis
    }
}

/// Why an outbox was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// There is no client for lobby sockets.
    #[error(transparent)]
    Push(#[from] PushError),
    /// A lobby call failed.
    #[error(transparent)]
    Lobby(#[from] lobby::Error),
}
