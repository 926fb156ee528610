//! A server with its own Redis, and players with seats.

use lobby::{GameTicket, Join, Lobby, Pools, Push, Pushed, Replayed, Status};
use relay::{Config, GameServer};

use std::net::SocketAddr;

use super::{Client, FakeLambda, GAMES, Process, Redis, free_address, get, healthy, metric, until};

/// Three players fill a room, so that a match starts without a countdown.
const POOLS: &str = r#"{"main":{"seats_min":3,"seats_max":3}}"#;

pub(crate) struct World {
    pub(crate) redis: Redis,
    pub(crate) lobby: Lobby,
    pub(crate) lambda: FakeLambda,
    pub(crate) server: GameServer,
}

/// A player with a seat in a running match.
#[derive(Debug)]
pub(crate) struct Seated {
    pub(crate) player: String,
    pub(crate) room: String,
    pub(crate) game: GameTicket,
}

impl World {
    /// A healthy server whose pools play this game.
    pub(crate) async fn start_of(game: &str, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with("{}", |config| {
            config.game = Some(game.to_owned());
            change(config);
        })
        .await
    }

    /// A server that is healthy, with these game settings.
    pub(crate) async fn start(settings: &str) -> Self {
        Self::start_with(settings, |_| {}).await
    }

    pub(crate) async fn start_with(settings: &str, change: impl FnOnce(&mut Config)) -> Self {
        let redis = Redis::start();
        let lambda = FakeLambda::start(|_, _| Ok(r#"{"remainder":false}"#)).await;
        let mut config = config(&redis, &lambda);
        settings.clone_into(&mut config.settings);
        change(&mut config);
        let pools = Pools::parse(&config.pools).expect("pools");
        let server = GameServer::start(GAMES, config).await.expect("a server");
        let lobby = Lobby::connect(&redis.url, pools).await.expect("a lobby");
        let world = Self {
            redis,
            lobby,
            lambda,
            server,
        };
        until("health", async || {
            (get(world.server.address(), "/healthz").await.status == 200).then_some(())
        })
        .await;
        world
    }

    /// Queues three players in `main` and lets the lobby start their match.
    pub(crate) async fn seat_three(&self) -> Vec<Seated> {
        self.seat_three_in("main").await
    }

    /// The same in any pool.
    pub(crate) async fn seat_three_in(&self, pool: &str) -> Vec<Seated> {
        let pool = self.lobby.pool(pool).expect("a pool");
        let mut players = Vec::new();
        for name in ["ada", "bea", "cyd"] {
            let player = uuid::Uuid::new_v4().to_string();
            let join = Join {
                player: &player,
                name,
                color: None,
                game: "",
                latencies: "",
                trace: "",
                priority: 0,
                request: None,
            };
            pool.queue_join(join).await.expect("queued");
            players.push(player);
        }
        pool.assign().await.expect("assigned");
        let mut seated = Vec::new();
        for player in players {
            seated.push(self.ticket(&player).await);
        }
        seated
    }

    /// A new ticket, as `GET /lobby/me` returns it.
    pub(crate) async fn ticket(&self, player: &str) -> Seated {
        until("a match", async || {
            let me = self.lobby.players.me(player).await.expect("an answer");
            let (Status::Playing, Some(room), Some(game)) = (me.status, me.room, me.game) else {
                return None;
            };
            Some(Seated {
                player: player.to_owned(),
                room,
                game,
            })
        })
        .await
    }

    /// Seats three players in `main` and connects them.
    pub(crate) async fn play_three(&self) -> (Vec<Seated>, Vec<Client>) {
        self.play_three_in("main").await
    }

    /// The same in any pool.
    pub(crate) async fn play_three_in(&self, pool: &str) -> (Vec<Seated>, Vec<Client>) {
        let seated = self.seat_three_in(pool).await;
        let mut clients = Vec::new();
        for one in &seated {
            clients.push(self.open(one).await);
        }
        (seated, clients)
    }

    /// Connects a player.
    pub(crate) async fn open(&self, seated: &Seated) -> Client {
        Client::open(&seated.game.url, &seated.game.ticket)
            .await
            .expect("admitted")
    }

    /// The configuration of another server on the same Redis, with the same stand-in for Lambda.
    pub(crate) fn config(&self) -> Config {
        config(&self.redis, &self.lambda)
    }

    /// Another server in a process of its own, which the lobby prefers because it has more capacity.
    pub(crate) async fn process(&self, settings: &str) -> (Process, SocketAddr) {
        let address = free_address();
        (self.process_at(address, settings).await, address)
    }

    pub(crate) async fn process_at(&self, address: SocketAddr, settings: &str) -> Process {
        let public = format!("ws://{address}");
        let (address_text, redis, lambda) = (
            address.to_string(),
            self.redis.url.clone(),
            self.lambda.url(),
        );
        let process = Process::start(&second(&address_text, &public, &redis, &lambda, settings));
        healthy(address).await;
        process
    }

    /// The same with the game `slow`.
    pub(crate) async fn slow_process(&self, settings: &str) -> (Process, SocketAddr) {
        self.process_with(&[("GAME", "slow"), ("SETTINGS", settings)])
            .await
    }

    /// The same with these variables.
    pub(crate) async fn process_with(
        &self,
        changes: &[(&'static str, &str)],
    ) -> (Process, SocketAddr) {
        let address = free_address();
        let (address_text, redis, lambda) = (
            address.to_string(),
            self.redis.url.clone(),
            self.lambda.url(),
        );
        let public = format!("ws://{address}");
        let env = second(&address_text, &public, &redis, &lambda, "{}");
        let env = [&env[..], changes].concat();
        let process = Process::start(&env);
        healthy(address).await;
        (process, address)
    }

    /// A new ticket, once the room has moved to this relay: runs `expire` until then.
    pub(crate) async fn moved(&self, seated: &Seated, relay: &str) -> Seated {
        let pool = self.lobby.pool("main").expect("a pool");
        until("the room moves", async || {
            pool.deadlines.expire(100).await.expect("expired");
            let now = self.ticket(&seated.player).await;
            (now.game.relay == relay && now.game.epoch > seated.game.epoch).then_some(now)
        })
        .await
    }

    /// The replay of a finished match.
    pub(crate) async fn replay(&self, seated: &Seated) -> Option<Vec<u8>> {
        let (pool, _) = seated.room.split_once('.').expect("a pool");
        let pool = self.lobby.pool(pool).expect("a pool");
        match pool.replays.read(&seated.room, &seated.player).await {
            Ok(Replayed::Replay(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Delivers the outbox, as the function `deliver` does: messages to servers reach their
    /// inboxes.
    pub(crate) async fn deliver(&self) {
        self.lobby
            .pool("main")
            .expect("a pool")
            .outbox
            .deliver(&Nobody)
            .await
            .expect("drained");
    }

    pub(crate) async fn metric(&self, series: &str) -> f64 {
        metric(self.server.address(), series).await
    }

    /// Waits until a series has reached a value.
    pub(crate) async fn until_metric(&self, series: &str, at_least: f64) {
        until(series, async || {
            (self.metric(series).await >= at_least).then_some(())
        })
        .await;
    }
}

/// No player has a lobby connection here.
struct Nobody;

impl Push for Nobody {
    type Error = std::convert::Infallible;
    async fn push(&self, _: &str, _: &str) -> Result<Pushed, Self::Error> {
        Ok(Pushed::Gone)
    }
}

/// The environment of another server.
fn second<'a>(
    address: &'a str,
    public: &'a str,
    redis: &'a str,
    lambda: &'a str,
    settings: &'a str,
) -> [(&'static str, &'a str); 10] {
    [
        ("RELAY_ID", "relay-2"),
        ("LISTEN", address),
        ("PUBLIC_URL", public),
        ("REDIS_URL", redis),
        ("POOLS", POOLS),
        ("LAMBDA_URL", lambda),
        ("WORKERS", "2"),
        ("SETTINGS", settings),
        ("STOP_MS", "600000"),
        ("LOG", "warn"),
    ]
}

/// The configuration of a server that players reach without a front door.
fn config(redis: &Redis, lambda: &FakeLambda) -> Config {
    let listen = free_address();
    Config {
        relay_id: "relay-1".to_owned(),
        listen,
        public_url: Some(format!("ws://{listen}")),
        webtransport_address: String::new(),
        webtransport_url: String::new(),
        region: String::new(),
        redis_url: redis.url.clone(),
        game: None,
        pools: POOLS.to_owned(),
        lambda_url: Some(lambda.url()),
        function_prefix: String::new(),
        workers: Some(2),
        capacity: 10,
        watch_only: false,
        relay_kill: false,
        snapshot_hz: 60,
        settings: "{}".to_owned(),
        grace_ms: 5_000,
        stop_ms: 8_000,
        log: "info".to_owned(),
        otlp_endpoint: String::new(),
        otlp_headers: String::new(),
        otel_service_name: String::new(),
        limits: relay::Limits::default(),
    }
}
