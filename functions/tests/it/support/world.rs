//! [`World`]: an app over its own Redis, and a fake `@connections` API that records the messages.

use aws_sdk_apigatewaymanagement::config::Credentials;
use functions::config::Config;
use functions::handlers::{PoolEvent, assign};
use functions::push::Connections;
use functions::{App, Needs};
use lobby::{Lobby, RelayInfo};
use serde_json::Value;

use super::keys::{ADMIN_SECRET, SECRET};
use super::server::{Received, Reply, Server};
use testkit::Redis;

/// Matches of three that start at once.
const POOLS: &str = r#"{"main": {"seats_min": 3, "seats_max": 3, "meta": {"level": "int"}, "watch": "code"}, "eu": {}}"#;

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) gateway: Server,
    pub(crate) redis: Redis,
}

impl World {
    pub(crate) async fn start() -> Self {
        let redis = Redis::start();
        let gateway = Server::start(|received| Some(reply(received))).await;
        let app = app(&redis.url, &gateway.url);
        Self {
            app,
            gateway,
            redis,
        }
    }

    pub(crate) async fn lobby(&self) -> &Lobby {
        self.app.lobby().await.expect("a lobby")
    }

    /// A live relay, for matches to start on, which the front door serves.
    pub(crate) async fn relay(&self) {
        self.relay_at("/game/relay-1").await;
    }

    /// The same with this url.
    pub(crate) async fn relay_at(&self, url: &str) {
        let relay = RelayInfo {
            webtransport: None,
            id: "relay-1".to_owned(),
            url: url.to_owned(),
            rooms: 0,
            capacity: 100,
            draining: false,
            boot: "boot-1".to_owned(),
            region: None,
            watchers_free: None,
            games: std::sync::Arc::default(),
        };
        self.lobby()
            .await
            .relays
            .renew(&relay)
            .await
            .expect("a relay");
    }

    /// Runs `assign`.
    pub(crate) async fn assign(&self) -> lobby::Assigned {
        assign::handle(
            &self.app,
            PoolEvent {
                pool: "main".to_owned(),
            },
        )
        .await
        .expect("seated")
    }

    /// The messages to a connection, in order.
    pub(crate) fn received(&self, connection: &str) -> Vec<Value> {
        let path = format!("/@connections/{connection}");
        let posts = self
            .gateway
            .received()
            .into_iter()
            .filter(|received| received.method == "POST" && received.path == path);
        posts
            .map(|received| serde_json::from_str(&received.body).expect("JSON"))
            .collect()
    }

    /// The types of the messages to a connection.
    pub(crate) fn types(&self, connection: &str) -> Vec<String> {
        self.received(connection)
            .iter()
            .map(|message| message["type"].as_str().unwrap_or("?").to_owned())
            .collect()
    }

    /// The connections that were closed.
    pub(crate) fn closed(&self) -> Vec<String> {
        let deletes = self
            .gateway
            .received()
            .into_iter()
            .filter(|received| received.method == "DELETE");
        deletes
            .map(|received| received.path.replace("/@connections/", ""))
            .collect()
    }
}

/// An app over these addresses; nothing needs to listen there.
pub(crate) fn app(redis_url: &str, connections_url: &str) -> App {
    app_with(&[
        ("REDIS_URL", redis_url),
        ("CONNECTIONS_URL", connections_url),
        ("GUESTS", "true"),
        ("ADMIN_JWT_SECRET", ADMIN_SECRET),
        ("RELAY_KILL", "true"),
    ])
}

/// An app whose Redis and `@connections` API are away.
pub(crate) fn lonely_app() -> App {
    app("redis://127.0.0.1:1", "http://127.0.0.1:1")
}

/// An app with these variables beside `POOLS` and `JWT_SECRET`.
pub(crate) fn app_with(variables: &[(&str, &str)]) -> App {
    let find = |name: &str| match variables.iter().find(|(variable, _)| *variable == name) {
        Some((_, value)) => Some((*value).to_owned()),
        None if name == "POOLS" => Some(POOLS.to_owned()),
        None if name == "JWT_SECRET" => Some(SECRET.to_owned()),
        None => None,
    };
    let config = Config::read(
        Needs {
            tokens: true,
            push: false,
        },
        find,
    )
    .expect("a configuration");
    let connections = config.connections_url.as_deref().map(connections);
    App::new(config, connections).expect("an app")
}

/// A client of the lobby sockets at this URL, with credentials that sign nothing real.
pub(crate) fn connections(url: &str) -> Connections {
    let credentials = Credentials::new("local", "local", None, None, "tests");
    Connections::new(url, credentials, "us-east-1".to_owned())
}

fn reply(received: &Received) -> Reply {
    match received.path.strip_prefix("/@connections/") {
        Some(id) if id.starts_with("gone") => (410, "", String::new()),
        Some(id) if id.starts_with("broken") => (500, "", String::new()),
        Some(_) if received.method == "DELETE" => (204, "", String::new()),
        Some(_) => (200, "", String::new()),
        None => (404, "", String::new()),
    }
}
