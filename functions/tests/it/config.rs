//! Configuration: valid variables, and all problems of invalid ones in one report.

use expect_test::{Expect, expect};
use functions::Needs;
use functions::config::Config;

const ALL: Needs = Needs {
    tokens: true,
    push: true,
};

fn read(needs: Needs, variables: &[(&str, &str)]) -> String {
    let find = |name: &str| {
        variables
            .iter()
            .find(|(variable, _)| *variable == name)
            .map(|(_, value)| (*value).to_owned())
    };
    match Config::read(needs, find) {
        Ok(config) => format!("{config:#?}\n"),
        Err(error) => error.problems.join("\n") + "\n",
    }
}

fn check(needs: Needs, variables: &[(&str, &str)], expected: &Expect) {
    expected.assert_eq(&read(needs, variables));
}

#[test]
fn nothing_is_needed_where_nothing_is_used() {
    check(
        Needs::default(),
        &[],
        &expect![[r#"
            Config {
                redis_url: "redis://127.0.0.1:6379",
                wait_replicas: 0,
                pools: Pools(
                    {
                        "main": PoolSettings {
                            game: None,
                            settings: None,
                            seats_min: 3,
                            seats_max: 5,
                            countdown_ms: 10000,
                            room_ttl_ms: 600000,
                            player_ttl_ms: 300000,
                            claim_room_ms: 30000,
                            replay_ttl_ms: 3600000,
                            leaderboard_max: 10000,
                            late: None,
                            meta: {},
                            bots: None,
                            teams: None,
                            lanes: 1,
                            watch: Off,
                            watch_delay_ms: 0,
                        },
                    },
                ),
                game: "arena",
                tokens: TokenSettings {
                    secret: None,
                    jwks_url: None,
                    issuer: None,
                    audience: None,
                    leeway_s: 60,
                },
                admin: TokenSettings {
                    secret: None,
                    jwks_url: None,
                    issuer: None,
                    audience: Some(
                        "skirmish-admin",
                    ),
                    leeway_s: 60,
                },
                relay_kill: false,
                guests: false,
                connections_url: None,
                concurrency: 1,
                traces: None,
            }
        "#]],
    );
}

#[test]
fn a_whole_configuration_is_read_and_its_secret_not_shown() {
    let variables = [
        ("REDIS_URL", "rediss://cache.example:6380"),
        ("POOLS", r#"{"eu": {"countdown_ms": 3000}}"#),
        ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
        ("ADMIN_JWT_SECRET", "another-secret-of-32-bytes-or-more"),
        ("JWKS_URL", "https://id.example/.well-known/jwks.json"),
        ("JWT_ISSUER", "https://id.example"),
        ("JWT_AUDIENCE", "skirmish"),
        ("JWT_LEEWAY_S", "5"),
        ("GUESTS", "true"),
        ("CONNECTIONS_URL", "http://127.0.0.1:9000/"),
        ("FUNCTION_CONCURRENCY", "8"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otlp.example"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret"),
        ("OTEL_SERVICE_NAME", "lobby"),
    ];
    check(
        ALL,
        &variables,
        &expect![[r#"
            Config {
                redis_url: "rediss://cache.example:6380",
                wait_replicas: 0,
                pools: Pools(
                    {
                        "eu": PoolSettings {
                            game: None,
                            settings: None,
                            seats_min: 3,
                            seats_max: 5,
                            countdown_ms: 3000,
                            room_ttl_ms: 600000,
                            player_ttl_ms: 300000,
                            claim_room_ms: 30000,
                            replay_ttl_ms: 3600000,
                            leaderboard_max: 10000,
                            late: None,
                            meta: {},
                            bots: None,
                            teams: None,
                            lanes: 1,
                            watch: Off,
                            watch_delay_ms: 0,
                        },
                    },
                ),
                game: "arena",
                tokens: TokenSettings {
                    secret: Some(
                        "[hidden]",
                    ),
                    jwks_url: Some(
                        "https://id.example/.well-known/jwks.json",
                    ),
                    issuer: Some(
                        "https://id.example",
                    ),
                    audience: Some(
                        "skirmish",
                    ),
                    leeway_s: 5,
                },
                admin: TokenSettings {
                    secret: Some(
                        "[hidden]",
                    ),
                    jwks_url: None,
                    issuer: None,
                    audience: Some(
                        "skirmish-admin",
                    ),
                    leeway_s: 60,
                },
                relay_kill: false,
                guests: true,
                connections_url: Some(
                    "http://127.0.0.1:9000/",
                ),
                concurrency: 8,
                traces: Some(
                    TraceSettings {
                        url: https://otlp.example/v1/traces,
                        headers: 1,
                        service: Some(
                            "lobby",
                        ),
                    },
                ),
            }
        "#]],
    );
}

#[test]
fn every_problem_is_reported_at_once() {
    let variables = [
        ("POOLS", r#"{"Main": {}}"#),
        ("JWT_SECRET", "short"),
        ("JWKS_URL", "http://id.example/keys"),
        ("GUESTS", "yes"),
        ("CONNECTIONS_URL", "wss://api.example"),
        ("FUNCTION_CONCURRENCY", "0"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp.example:4317"),
    ];
    check(
        ALL,
        &variables,
        &expect![[r#"
            POOLS configuration: POOLS: "Main" is not a pool name ([a-z0-9-], 1 to 32)
            JWT_SECRET needs at least 32 bytes
            JWKS_URL must be https, except on this machine
            JWT_ISSUER is needed with JWKS_URL
            JWT_AUDIENCE is needed with JWKS_URL
            GUESTS must be true or false
            CONNECTIONS_URL must begin with http:// or https://
            FUNCTION_CONCURRENCY is 1 to 64
            OTEL_EXPORTER_OTLP_ENDPOINT must begin with http:// or https:// and name a host
        "#]],
    );
}

#[test]
fn missing_variables_of_a_function_are_reported() {
    check(
        ALL,
        &[
            ("GUESTS", "true"),
            ("JWT_SECRET", ""),
            ("ADMIN_JWT_SECRET", "short"),
        ],
        &expect![[r#"
        ADMIN_JWT_SECRET needs at least 32 bytes
        JWT_SECRET or JWKS_URL is needed to check tokens
        CONNECTIONS_URL is needed to reach lobby sockets
        GUESTS needs JWT_SECRET to sign with
    "#]],
    );
}

#[test]
fn players_and_operators_have_different_secrets() {
    let secret = "0123456789abcdef0123456789abcdef";
    check(
        Needs::default(),
        &[("JWT_SECRET", secret), ("ADMIN_JWT_SECRET", secret)],
        &expect![[r#"
            ADMIN_JWT_SECRET must not be JWT_SECRET
        "#]],
    );
}
