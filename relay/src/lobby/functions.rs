//! Invokes the lobby's functions through the AWS SDK, in AWS or at a local endpoint: synchronously, never retried by the SDK.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::{
    BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_lambda::primitives::Blob;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use serde_json::Value;

use crate::metrics::Metrics;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longer than any lobby function should take; what takes longer is invoked again, which harms nothing.
const INVOKE_TIMEOUT: Duration = Duration::from_secs(10);
/// So much of a function's error is logged.
const ERROR_BYTES_MAX: usize = 500;

/// The lobby's functions.
pub(crate) struct Functions {
    client: Client,
    prefix: String,
    metrics: Arc<Metrics>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    /// It may have run.
    #[error("{0}")]
    Unreached(String),
    #[error("{kind}: {payload}")]
    Failed { kind: String, payload: String },
    #[error("the answer is not JSON")]
    Answer,
}

impl Functions {
    /// `endpoint`: a local stand-in for Lambda. It checks no signature, so the credentials are made up.
    pub(crate) async fn new(endpoint: Option<&str>, prefix: &str, metrics: Arc<Metrics>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_timeout(INVOKE_TIMEOUT)
            .build();
        let http = aws_smithy_http_client::Builder::new();
        let config = if let Some(endpoint) = endpoint {
            aws_sdk_lambda::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::from_static("us-east-1"))
                .credentials_provider(Credentials::new("local", "local", None, None, "local"))
                .endpoint_url(endpoint)
                .http_client(http.build_http())
        } else {
            let https = http
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build_https();
            let shared = aws_config::defaults(BehaviorVersion::latest())
                .http_client(https)
                .load()
                .await;
            aws_sdk_lambda::config::Builder::from(&shared)
        };
        let config = config
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Self {
            client: Client::from_conf(config),
            prefix: prefix.to_owned(),
            metrics,
        }
    }

    /// Invokes one function and waits for its answer. Counted, by function.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Result<Value, InvokeError> {
        self.metrics
            .invocations
            .with_label_values(&[function])
            .inc();
        let answer = self.call(function, event).await;
        if answer.is_err() {
            self.metrics
                .invocation_errors
                .with_label_values(&[function])
                .inc();
        }
        answer
    }

    async fn call(&self, function: &str, event: &Value) -> Result<Value, InvokeError> {
        let sent = self
            .client
            .invoke()
            .function_name(format!("{}{function}", self.prefix));
        let answer = sent
            .payload(Blob::new(event.to_string()))
            .send()
            .await
            .map_err(|error| InvokeError::Unreached(edge::error_chain(&error)))?;
        let payload = answer.payload().map(AsRef::as_ref).unwrap_or_default();
        if let Some(kind) = answer.function_error() {
            let shown = &payload[..payload.len().min(ERROR_BYTES_MAX)];
            let payload = String::from_utf8_lossy(shown).into_owned();
            return Err(InvokeError::Failed {
                kind: kind.to_owned(),
                payload,
            });
        }
        serde_json::from_slice(payload).map_err(|_| InvokeError::Answer)
    }
}
