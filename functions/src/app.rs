//! What a function keeps between invocations: its configuration and its clients, made once.

use std::time::Duration;

use lobby::{Lobby, Pool};
use tokio::sync::OnceCell;
use tracing::{error, warn};

use crate::auth::Tokens;
use crate::config::{Config, Needs};
use crate::push::{Connections, PushError};

/// A caller waits for the pushes that follow a change no longer than this, so that a gateway that hangs delays no answer by more;
/// `notify` does what is left.
const DRAIN_WAIT: Duration = Duration::from_millis(500);

/// A Redis that is away is told as 503 after this, however it is away. One that is there answers in a few ms.
const REDIS_WAIT: Duration = Duration::from_millis(600);

/// Rounds of draining after which a function leaves the rest to the next one.
const DRAIN_ROUNDS_MAX: u32 = 20;

/// A function's configuration and clients.
pub struct App {
    config: Config,
    tokens: Tokens,
    connections: Option<Connections>,
    lobby: OnceCell<Lobby>,
}

impl App {
    /// At init: reads the environment, makes what is needed and warms it. Redis being away is no reason to die: the
    /// function answers 503 until it is back.
    pub async fn init(needs: Needs) -> Result<Self, lambda_runtime::Error> {
        let config = Config::from_env(needs).inspect_err(|error| error!(%error, "cannot start"))?;
        let connections = match config.connections_url.as_deref().filter(|_| needs.push) {
            Some(url) => Some(Connections::from_env(url).await),
            None => None,
        };
        let app = Self::new(config, connections)?;
        app.warm(needs).await;
        Ok(app)
    }

    /// Puts an app together; nothing is connected yet.
    pub fn new(
        config: Config,
        connections: Option<Connections>,
    ) -> Result<Self, lambda_runtime::Error> {
        let tokens = Tokens::new(&config.tokens)?;
        Ok(Self {
            config,
            tokens,
            connections,
            lobby: OnceCell::new(),
        })
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Checks players' tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Reaches lobby sockets; an error where `CONNECTIONS_URL` is not set.
    pub fn connections(&self) -> Result<&Connections, PushError> {
        self.connections.as_ref().ok_or(PushError::NotConfigured)
    }

    /// The lobby, connected by whoever asks first.
    pub async fn lobby(&self) -> lobby::Result<&Lobby> {
        self.lobby
            .get_or_try_init(|| async {
                let Config {
                    redis_url, pools, ..
                } = &self.config;
                let lobby = Lobby::connect_within(redis_url, pools.clone(), REDIS_WAIT).await?;
                Ok(lobby.waiting_for(self.config.wait_replicas))
            })
            .await
    }

    /// After a change in a pool, before the answer: tells the players. Whatever goes wrong here is made good by
    /// `notify`, so it never fails the request that caused it.
    pub async fn tell(&self, pool: &Pool) {
        in_time(self.drain(pool)).await;
    }

    /// The same after a change in a pool that the caller does not know.
    pub async fn tell_all(&self, lobby: &Lobby) {
        in_time(async { Ok(lobby.drain_all(self.connections()?).await?) }).await;
    }

    /// Drains a pool's outbox until nothing remains, or the rounds are used up.
    pub async fn drain(&self, pool: &Pool) -> Result<lobby::Drained, DrainError> {
        let connections = self.connections()?;
        let mut total = lobby::Drained::default();
        for _ in 0..DRAIN_ROUNDS_MAX {
            let round = pool.drain(connections).await?;
            total.pushed += round.pushed;
            total.gone += round.gone;
            total.failed += round.failed;
            total.remainder = round.remainder;
            if !round.remainder {
                break;
            }
        }
        Ok(total)
    }

    async fn warm(&self, needs: Needs) {
        let redis = async {
            if needs.redis
                && let Err(error) = self.lobby().await
            {
                warn!(%error, "redis not reached at init");
            }
        };
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
        tokio::join!(redis, push, tokens);
    }
}

async fn in_time(drain: impl Future<Output = Result<lobby::Drained, DrainError>>) {
    match tokio::time::timeout(DRAIN_WAIT, drain).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => warn!(%error, "outbox not drained"),
        Err(_) => warn!("outbox not drained in time"),
    }
}

/// Why an outbox was not drained.
#[derive(Debug, thiserror::Error)]
pub enum DrainError {
    /// No way to lobby sockets.
    #[error(transparent)]
    Push(#[from] PushError),
    /// The lobby's side failed.
    #[error(transparent)]
    Lobby(#[from] lobby::Error),
}
