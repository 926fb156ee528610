//! Configuration from environment variables, read once at init; every problem is reported at once.

use std::fmt;

use edge::traces::TraceSettings;
use lobby::Pools;
use url::Url;

/// Without `JWT_LEEWAY_S`.
const LEEWAY_S: u32 = 60;
const LEEWAY_S_MAX: u32 = 3600;

/// Without `GAME`: the first game of the relay.
const GAME: &str = "arena";

/// Of `FUNCTION_CONCURRENCY`.
const CONCURRENCY_MAX: u32 = 64;

/// The audience of operators' tokens.
pub const ADMIN_AUDIENCE: &str = "skirmish-admin";

/// The least length of an HS256 secret: RFC 7518 §3.2 requires as many bytes as the hash has.
const SECRET_BYTES_MIN: usize = 32;

/// What a function needs; it gets, and validates, nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs {
    /// Verifies players' tokens: `JWT_SECRET` or `JWKS_URL`.
    pub tokens: bool,
    /// Pushes to lobby sockets: `CONNECTIONS_URL`.
    pub push: bool,
}

/// The configuration of one function.
#[derive(Clone, Debug)]
pub struct Config {
    /// `REDIS_URL`: one URL, or the nodes of a Redis Cluster separated by commas.
    pub redis_url: String,
    /// `REDIS_WAIT_REPLICAS`: a transition is answered after this number of replicas have it; 0,
    /// the default: at once.
    pub wait_replicas: u32,
    /// `POOLS`.
    pub pools: Pools,
    /// `GAME`: the game of the pools that name none.
    pub game: String,
    /// How players' tokens are verified.
    pub tokens: TokenSettings,
    /// How operators' tokens are verified. Without a secret, `ADMIN_JWT_SECRET`, there is no `/admin`.
    pub admin: TokenSettings,
    /// `RELAY_KILL`: whether operators may kill relays. Only `cargo xtask up` sets it.
    pub relay_kill: bool,
    /// `GUESTS`: whether anyone may get a guest's token.
    pub guests: bool,
    /// `CONNECTIONS_URL`: the endpoint of the `@connections` API.
    pub connections_url: Option<String>,
    /// `FUNCTION_CONCURRENCY`: how many calls the process handles at a time.
    pub concurrency: u32,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` and the variables that belong to it; None: no traces.
    pub traces: Option<TraceSettings>,
}

/// The accepted signers and claims of players' tokens.
#[derive(Clone)]
pub struct TokenSettings {
    /// `JWT_SECRET`: the key of HS256 tokens.
    pub secret: Option<String>,
    /// `JWKS_URL`: the URL of the public keys for RS256, ES256 and `EdDSA` tokens.
    pub jwks_url: Option<Url>,
    /// `JWT_ISSUER`: the only `iss` accepted.
    pub issuer: Option<String>,
    /// `JWT_AUDIENCE`: must be in `aud`.
    pub audience: Option<String>,
    /// `JWT_LEEWAY_S`: how far an issuer's clock may be off, for `exp`, `nbf` and `iat`.
    pub leeway_s: u32,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            secret: None,
            jwks_url: None,
            issuer: None,
            audience: None,
            leeway_s: LEEWAY_S,
        }
    }
}

/// Every problem of the environment.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {}", problems.join("; "))]
pub struct ConfigError {
    /// One sentence each, starting with the variable's name.
    pub problems: Vec<String>,
}

impl Config {
    /// The game of a pool.
    pub fn game_of(&self, pool: &str) -> &str {
        let settings = self.pools.0.get(pool);
        let own = settings.and_then(|settings| settings.game.as_deref());
        own.unwrap_or(&self.game)
    }

    /// Reads the process's environment.
    pub fn from_env(needs: Needs) -> Result<Self, ConfigError> {
        Self::read(needs, |name| std::env::var(name).ok())
    }

    /// Reads variables through `get`; an empty variable counts as unset.
    pub fn read(needs: Needs, get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader {
            get: &get,
            problems: Vec::new(),
        };
        let pools = reader.pools();
        let config = Self {
            redis_url: reader
                .text("REDIS_URL")
                .unwrap_or_else(|| "redis://127.0.0.1:6379".to_owned()),
            wait_replicas: reader.number("REDIS_WAIT_REPLICAS", 0),
            pools: pools.unwrap_or_else(|| Pools(std::collections::BTreeMap::new())),
            game: reader.game(),
            tokens: reader.tokens(),
            admin: reader.admin(),
            relay_kill: reader.flag("RELAY_KILL"),
            guests: reader.flag("GUESTS"),
            connections_url: reader.url("CONNECTIONS_URL").map(|url| url.to_string()),
            concurrency: reader.concurrency(),
            traces: reader.traces(),
        };
        reader.require(needs, &config);
        if reader.problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError {
                problems: reader.problems,
            })
        }
    }
}

struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn pools(&mut self) -> Option<Pools> {
        let json = self
            .text("POOLS")
            .unwrap_or_else(|| r#"{"main":{}}"#.to_owned());
        Pools::parse(&json)
            .map_err(|error| self.problem("POOLS", &error))
            .ok()
    }

    fn game(&mut self) -> String {
        let game = self.text("GAME").unwrap_or_else(|| GAME.to_owned());
        if !lobby::is_game_name(&game) {
            self.problem("GAME", &"is not the name of a game ([a-z0-9_-], 1 to 32)");
        }
        game
    }

    fn concurrency(&mut self) -> u32 {
        let concurrency = self.number("FUNCTION_CONCURRENCY", 1);
        if !(1..=CONCURRENCY_MAX).contains(&concurrency) {
            self.problem(
                "FUNCTION_CONCURRENCY",
                &format!("is 1 to {CONCURRENCY_MAX}"),
            );
        }
        concurrency
    }

    fn traces(&mut self) -> Option<TraceSettings> {
        let endpoint = self.text("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        let headers = self.text("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default();
        let service = self.text("OTEL_SERVICE_NAME").unwrap_or_default();
        let settings = TraceSettings::read(&endpoint, &headers, &service);
        settings.unwrap_or_else(|error| {
            self.problems.push(error.to_string());
            None
        })
    }

    fn tokens(&mut self) -> TokenSettings {
        let secret = self.text("JWT_SECRET");
        let settings = TokenSettings {
            secret: self.secret("JWT_SECRET", secret),
            jwks_url: self.url("JWKS_URL"),
            issuer: self.text("JWT_ISSUER"),
            audience: self.text("JWT_AUDIENCE"),
            leeway_s: self.number("JWT_LEEWAY_S", LEEWAY_S),
        };
        if settings.leeway_s > LEEWAY_S_MAX {
            self.problem("JWT_LEEWAY_S", &format!("is at most {LEEWAY_S_MAX}"));
        }
        if let Some(url) = &settings.jwks_url {
            self.check_jwks(url, &settings);
        }
        settings
    }

    fn admin(&mut self) -> TokenSettings {
        let secret = self.text("ADMIN_JWT_SECRET");
        TokenSettings {
            secret: self.secret("ADMIN_JWT_SECRET", secret),
            audience: Some(ADMIN_AUDIENCE.to_owned()),
            ..TokenSettings::default()
        }
    }

    /// The value of this variable, an HS256 secret.
    fn secret(&mut self, name: &str, secret: Option<String>) -> Option<String> {
        if secret
            .as_ref()
            .is_some_and(|it| it.len() < SECRET_BYTES_MIN)
        {
            self.problem(name, &format!("needs at least {SECRET_BYTES_MIN} bytes"));
        }
        secret
    }

    /// Keys fetched over an unprotected connection prove nothing. And an identity provider signs
    /// for many applications: without issuer and audience, tokens for any of them would be accepted
    /// here.
    fn check_jwks(&mut self, url: &Url, settings: &TokenSettings) {
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !local {
            self.problem("JWKS_URL", &"must be https, except on this machine");
        }
        if settings.issuer.is_none() {
            self.problem("JWT_ISSUER", &"is needed with JWKS_URL");
        }
        if settings.audience.is_none() {
            self.problem("JWT_AUDIENCE", &"is needed with JWKS_URL");
        }
    }

    fn require(&mut self, needs: Needs, config: &Config) {
        if needs.tokens && config.tokens.secret.is_none() && config.tokens.jwks_url.is_none() {
            self.problem("JWT_SECRET", &"or JWKS_URL is needed to check tokens");
        }
        if config.admin.secret.is_some() && config.admin.secret == config.tokens.secret {
            self.problem("ADMIN_JWT_SECRET", &"must not be JWT_SECRET");
        }
        if needs.push && config.connections_url.is_none() {
            self.problem("CONNECTIONS_URL", &"is needed to reach lobby sockets");
        }
        if config.guests && config.tokens.secret.is_none() {
            self.problem("GUESTS", &"needs JWT_SECRET to sign with");
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        (self.get)(name).filter(|value| !value.is_empty())
    }

    fn flag(&mut self, name: &str) -> bool {
        match self.text(name).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                self.problem(name, &"must be true or false");
                false
            }
        }
    }

    fn number(&mut self, name: &str, default: u32) -> u32 {
        let Some(text) = self.text(name) else {
            return default;
        };
        let number = text.parse().map_err(|error| self.problem(name, &error));
        number.unwrap_or(default)
    }

    fn url(&mut self, name: &str) -> Option<Url> {
        let url = Url::parse(&self.text(name)?)
            .map_err(|error| self.problem(name, &error))
            .ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            self.problem(name, &"must begin with http:// or https://");
        }
        Some(url)
    }

    fn problem(&mut self, name: &str, why: &dyn fmt::Display) {
        self.problems.push(format!("{name} {why}"));
    }
}

impl fmt::Debug for TokenSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSettings")
            .field("secret", &self.secret.as_ref().map(|_| "[hidden]"))
            .field("jwks_url", &self.jwks_url.as_ref().map(Url::as_str))
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("leeway_s", &self.leeway_s)
            .finish()
    }
}
