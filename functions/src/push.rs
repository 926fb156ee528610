//! [`Connections`]: the client of the lobby sockets, with `PostToConnection` and `DeleteConnection`
//! of the AWS SDK.

use std::env;
use std::time::Duration;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::retry::RetryConfig;
use aws_sdk_apigatewaymanagement::config::timeout::TimeoutConfig;
use aws_sdk_apigatewaymanagement::config::{Config, Credentials, Region, SharedHttpClient};
use aws_sdk_apigatewaymanagement::error::{DisplayErrorContext, SdkError};
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use lobby::{Push, Pushed};
use tracing::debug;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const CALL_TIMEOUT: Duration = Duration::from_secs(2);

/// The `@connections` API of one WebSocket API.
pub struct Connections {
    client: Client,
}

/// Why a message did not reach a lobby socket.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// `CONNECTIONS_URL` is not set.
    #[error("CONNECTIONS_URL is not set")]
    NotConfigured,
    /// The call failed; the message may have arrived.
    #[error("@connections: {0}")]
    Call(String),
}

impl Connections {
    /// With the credentials and the region of the environment, where Lambda writes a function's
    /// own.
    pub fn from_env(url: &str) -> Self {
        let var = |name| env::var(name).unwrap_or_default();
        let token = env::var("AWS_SESSION_TOKEN").ok();
        let (id, secret) = (var("AWS_ACCESS_KEY_ID"), var("AWS_SECRET_ACCESS_KEY"));
        let credentials = Credentials::new(id, secret, token, None, "environment");
        Self::new(url, credentials, var("AWS_REGION"))
    }

    /// Without retries: the next delivery repeats the message, in order.
    pub fn new(url: &str, credentials: Credentials, region: String) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(CALL_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        let config = Config::builder()
            .credentials_provider(credentials)
            .region(Region::new(region))
            .http_client(if url.starts_with("http://") {
                aws_smithy_http_client::Builder::new().build_http()
            } else {
                https_client()
            })
            .endpoint_url(url)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Self {
            client: Client::from_conf(config),
        }
    }

    /// At init: makes a first call, in which the SDK builds its client and reads root certificates,
    /// so that no player waits for that.
    pub async fn warm(&self) {
        if let Err(error) = self
            .client
            .get_connection()
            .connection_id("warm")
            .send()
            .await
        {
            debug!(error = %DisplayErrorContext(&error), "warmed");
        }
    }

    /// Closes a connection, which may be gone already.
    pub async fn close(&self, connection: &str) -> Result<(), PushError> {
        match self
            .client
            .delete_connection()
            .connection_id(connection)
            .send()
            .await
        {
            Ok(_) => Ok(()),
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(PushError::Call(DisplayErrorContext(error).to_string())),
        }
    }
}

impl Push for Connections {
    type Error = PushError;

    async fn push(&self, connection: &str, body: &str) -> Result<Pushed, PushError> {
        let call = self
            .client
            .post_to_connection()
            .connection_id(connection)
            .data(Blob::new(body));
        match call.send().await {
            Ok(_) => Ok(Pushed::Delivered),
            Err(error) if is_gone(&error) => Ok(Pushed::Gone),
            Err(error) => Err(PushError::Call(DisplayErrorContext(error).to_string())),
        }
    }
}

/// Decided by the status alone, whatever else the gateway sends.
fn is_gone<E>(error: &SdkError<E>) -> bool {
    error
        .raw_response()
        .is_some_and(|response| response.status().as_u16() == 410)
}

/// Its first call reads every root certificate of the machine, which takes half of the init time.
fn https_client() -> SharedHttpClient {
    let tls = Provider::Rustls(CryptoMode::Ring);
    aws_smithy_http_client::Builder::new()
        .tls_provider(tls)
        .build_https()
}
