//! Invokes the lobby's functions through Lambda's Invoke API, in AWS or at a local endpoint. Calls are synchronous
//! and never retried.

use std::env;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use serde_json::Value;

use crate::config::Config;
use crate::lobby::answers;
use crate::lobby::credentials::{CredentialError, CredentialSource};
use crate::metrics::Metrics;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longer than any lobby function takes. A slower one is invoked again, which is harmless.
const INVOKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of a function's error that are logged.
const ERROR_BYTES_MAX: usize = 500;

/// The lobby's functions.
pub(crate) struct Functions {
    http: reqwest::Client,
    /// Without a trailing slash.
    endpoint: String,
    region: String,
    credentials: CredentialSource,
    prefix: String,
    metrics: Arc<Metrics>,
}

/// Why functions cannot be invoked at all.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// AWS is used, and `AWS_REGION` is not set.
    #[error("AWS_REGION is not set, nor is LAMBDA_URL")]
    Region,
    /// AWS is used, without credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// The HTTP client cannot be built.
    #[error("HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    /// The function may have run.
    #[error("{0}")]
    Unreached(String),
    #[error("{kind}: {payload}")]
    Failed { kind: String, payload: String },
    #[error("the answer is not JSON")]
    Answer,
}

impl Functions {
    /// With `LAMBDA_URL`, uses that local stand-in for Lambda, which checks no signature. Otherwise region and
    /// credentials come from the environment.
    pub(crate) fn new(config: &Config, metrics: Arc<Metrics>) -> Result<Self, SetupError> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(INVOKE_TIMEOUT)
            .no_proxy()
            .tls_backend_preconfigured(edge::tls_client_config())
            .build()?;
        let (endpoint, region, credentials) = if let Some(endpoint) = &config.lambda_url {
            let endpoint = endpoint.trim_end_matches('/').to_owned();
            (endpoint, "local".to_owned(), CredentialSource::local())
        } else {
            let region = env::var("AWS_REGION").map_err(|_| SetupError::Region)?;
            let endpoint = format!("https://lambda.{region}.amazonaws.com");
            (endpoint, region, CredentialSource::from_env(&http)?)
        };
        Ok(Self {
            http,
            endpoint,
            region,
            credentials,
            prefix: config.function_prefix.clone(),
            metrics,
        })
    }

    /// Invokes a function and waits for its answer. Counts the invocation by function, and the results in the answer.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Result<Value, InvokeError> {
        self.metrics
            .invocations
            .with_label_values(&[function])
            .inc();
        let answer = self.call(function, event).await;
        match &answer {
            Ok(answer) => answers::count(&self.metrics, function, answer),
            Err(_) => self
                .metrics
                .invocation_errors
                .with_label_values(&[function])
                .inc(),
        }
        answer
    }

    async fn call(&self, function: &str, event: &Value) -> Result<Value, InvokeError> {
        let request = self.signed(function, event.to_string()).await?;
        let response = self.http.execute(request).await.map_err(unreached)?;
        let status = response.status();
        let kind = response
            .headers()
            .get("x-amz-function-error")
            .map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
        let payload = response.bytes().await.map_err(unreached)?;
        if let Some(kind) = kind {
            let payload = shown(&payload);
            return Err(InvokeError::Failed { kind, payload });
        }
        if !status.is_success() {
            let error = format!("{status}: {}", shown(&payload));
            return Err(InvokeError::Unreached(error));
        }
        serde_json::from_slice(&payload).map_err(|_| InvokeError::Answer)
    }

    /// The signature covers the method, the URL, the `host` header and the body.
    async fn signed(&self, function: &str, body: String) -> Result<reqwest::Request, InvokeError> {
        let url = format!(
            "{}/2015-03-31/functions/{}{function}/invocations",
            self.endpoint, self.prefix
        );
        let identity = self.credentials.get().await.map_err(unreached)?.into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("lambda")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(unreached)?
            .into();
        let signable = SignableRequest::new(
            "POST",
            url.as_str(),
            std::iter::empty(),
            SignableBody::Bytes(body.as_bytes()),
        );
        let signed = sign(signable.map_err(unreached)?, &params).map_err(unreached)?;
        let mut request = self.http.post(&url);
        for (name, value) in signed.output().headers() {
            request = request.header(name, value);
        }
        request.body(body).build().map_err(unreached)
    }
}

/// Errors of `reqwest` name the URL, which holds no secret.
fn unreached(error: impl std::error::Error) -> InvokeError {
    InvokeError::Unreached(edge::error_chain(&error))
}

fn shown(payload: &[u8]) -> String {
    String::from_utf8_lossy(&payload[..payload.len().min(ERROR_BYTES_MAX)]).into_owned()
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;

    use super::*;

    #[tokio::test]
    async fn an_invocation_is_signed_with_the_session_token() {
        let token = Some("token".to_owned());
        let functions = Functions {
            http: reqwest::Client::builder()
                .tls_backend_preconfigured(edge::tls_client_config())
                .build()
                .expect("a client"),
            endpoint: "https://lambda.eu-central-1.amazonaws.com".to_owned(),
            region: "eu-central-1".to_owned(),
            credentials: CredentialSource::Fixed(Credentials::new(
                "id", "secret", token, None, "tests",
            )),
            prefix: "game-".to_owned(),
            metrics: Arc::new(Metrics::new()),
        };
        let request = functions
            .signed("assign", "{}".to_owned())
            .await
            .expect("signed");
        assert_eq!(
            request.url().as_str(),
            "https://lambda.eu-central-1.amazonaws.com/2015-03-31/functions/game-assign/invocations"
        );
        let header = |name| request.headers()[name].to_str().expect("text");
        assert_eq!(header("x-amz-security-token"), "token");
        let authorization = header("authorization");
        let day = &header("x-amz-date")[..8];
        let scope =
            format!("AWS4-HMAC-SHA256 Credential=id/{day}/eu-central-1/lambda/aws4_request, ");
        assert!(authorization.starts_with(&scope), "{authorization}");
        assert!(
            authorization.contains("SignedHeaders=host;x-amz-date;x-amz-security-token, "),
            "{authorization}"
        );
    }
}
