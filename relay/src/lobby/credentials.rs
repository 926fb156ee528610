//! AWS credentials: from the environment, or from the endpoint that ECS and EKS provide to a container.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use std::env;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_smithy_types::date_time::{DateTime, Format};
use serde::Deserialize;
use tokio::sync::Mutex;

/// Where ECS serves the path of `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`.
const ECS_HOST: &str = "http://169.254.170.2";
/// Credentials that expire sooner are fetched again.
const REMAINING_MIN: Duration = Duration::from_mins(5);

/// Where the credentials come from.
pub(crate) enum CredentialSource {
    /// Credentials from the environment, which do not change.
    Fixed(Credentials),
    /// Credentials from an endpoint, which expire and are fetched again before that.
    Container {
        http: reqwest::Client,
        url: String,
        /// The file with the token for the `Authorization` header. EKS replaces its content.
        token_file: Option<String>,
        fetched: Mutex<Option<Credentials>>,
    },
}

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The environment has none.
    #[error(
        "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run in a container with a role"
    )]
    NotConfigured,
    /// The container endpoint did not answer with credentials.
    #[error("AWS credentials not fetched: {0}")]
    Fetch(String),
}

/// The answer of a container's endpoint.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: String,
}

impl CredentialSource {
    /// Placeholder credentials for an endpoint that checks no signature.
    pub(crate) fn local() -> Self {
        Self::Fixed(Credentials::new("local", "local", None, None, "local"))
    }

    /// Reads the variables that AWS documents. Does not fetch anything yet.
    pub(crate) fn from_env(http: &reqwest::Client) -> Result<Self, CredentialError> {
        if let (Some(id), Some(secret)) = (var("AWS_ACCESS_KEY_ID"), var("AWS_SECRET_ACCESS_KEY")) {
            let token = var("AWS_SESSION_TOKEN");
            let credentials = Credentials::new(id, secret, token, None, "environment");
            return Ok(Self::Fixed(credentials));
        }
        let url = var("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
            .map(|path| format!("{ECS_HOST}{path}"))
            .or_else(|| var("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
            .ok_or(CredentialError::NotConfigured)?;
        let token_file = var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        Ok(Self::container(http.clone(), url, token_file))
    }

    fn container(http: reqwest::Client, url: String, token_file: Option<String>) -> Self {
        Self::Container {
            http,
            url,
            token_file,
            fetched: Mutex::default(),
        }
    }

    /// Credentials that are valid now.
    pub(crate) async fn get(&self) -> Result<Credentials, CredentialError> {
        match self {
            Self::Fixed(credentials) => Ok(credentials.clone()),
            Self::Container {
                http,
                url,
                token_file,
                fetched,
            } => {
                let mut fetched = fetched.lock().await;
                if let Some(credentials) = fetched.as_ref().filter(|known| is_fresh(known)) {
                    return Ok(credentials.clone());
                }
                let credentials = fetch(http, url, token_file.as_deref()).await?;
                *fetched = Some(credentials.clone());
                Ok(credentials)
            }
        }
    }
}

async fn fetch(
    http: &reqwest::Client,
    url: &str,
    token_file: Option<&str>,
) -> Result<Credentials, CredentialError> {
    let mut request = http.get(url);
    if let Some(path) = token_file {
        let token = std::fs::read_to_string(path).map_err(failed)?;
        request = request.header("authorization", token.trim());
    }
    let response = request.send().await.map_err(failed)?;
    let response = response.error_for_status().map_err(failed)?;
    let answer: Answer = response.json().await.map_err(failed)?;
    let expires = DateTime::from_str(&answer.expiration, Format::DateTime).map_err(failed)?;
    Ok(Credentials::new(
        answer.access_key_id,
        answer.secret_access_key,
        answer.token,
        Some(SystemTime::try_from(expires).map_err(failed)?),
        "container",
    ))
}

fn is_fresh(credentials: &Credentials) -> bool {
    credentials
        .expiry()
        .is_none_or(|expiry| expiry > SystemTime::now() + REMAINING_MIN)
}

/// Errors contain the endpoint, never its answer.
fn failed(error: impl std::error::Error) -> CredentialError {
    CredentialError::Fetch(edge::error_chain(&error))
}

fn var(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Serves credentials that expire at `expirations`, one answer for each; then closes. Returns its URL and the
    /// requests that it receives.
    async fn endpoint(
        expirations: Vec<&'static str>,
    ) -> (String, tokio::task::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/role", listener.local_addr().expect("an address"));
        let served = tokio::spawn(async move {
            let mut requests = Vec::new();
            for (nth, expiration) in expirations.into_iter().enumerate() {
                let (mut socket, _) = listener.accept().await.expect("a connection");
                let mut head = vec![0; 4096];
                let length = socket.read(&mut head).await.expect("a request");
                requests.push(String::from_utf8_lossy(&head[..length]).into_owned());
                let body = format!(
                    r#"{{"AccessKeyId":"id-{nth}","SecretAccessKey":"secret","Token":"token","Expiration":"{expiration}","RoleArn":"x"}}"#
                );
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                socket.write_all(answer.as_bytes()).await.expect("sent");
            }
            requests
        });
        (url, served)
    }

    async fn key(source: &CredentialSource) -> String {
        let credentials = source.get().await.expect("credentials");
        assert_eq!(credentials.session_token(), Some("token"));
        credentials.access_key_id().to_owned()
    }

    fn http() -> reqwest::Client {
        reqwest::Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(edge::tls_client_config())
            .build()
            .expect("a client")
    }

    #[tokio::test]
    async fn expired_credentials_are_fetched_again_and_valid_ones_are_kept() {
        let (url, served) = endpoint(vec!["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]).await;
        let source = CredentialSource::container(http(), url, None);
        let keys = [key(&source).await, key(&source).await, key(&source).await];
        assert_eq!(keys, ["id-0", "id-1", "id-1"]);
        assert_eq!(served.await.expect("served").len(), 2);
    }

    #[tokio::test]
    async fn the_token_of_the_file_is_sent() {
        let file = std::env::temp_dir().join(format!("token-{}", uuid::Uuid::new_v4()));
        std::fs::write(&file, "a-token\n").expect("written");
        let (url, served) = endpoint(vec!["2999-01-01T00:00:00Z"]).await;
        let path = file.to_string_lossy().into_owned();
        let source = CredentialSource::container(http(), url, Some(path));
        assert_eq!(key(&source).await, "id-0");
        std::fs::remove_file(&file).expect("removed");
        let requests = served.await.expect("served");
        assert!(
            requests[0].contains("authorization: a-token\r\n"),
            "{requests:?}"
        );
    }

    #[tokio::test]
    async fn an_unreachable_endpoint_is_an_error() {
        let (url, served) = endpoint(Vec::new()).await;
        served.await.expect("closed");
        let source = CredentialSource::container(http(), url, None);
        let error = source.get().await.expect_err("no credentials").to_string();
        assert!(
            error.starts_with("AWS credentials not fetched: "),
            "{error}"
        );
    }
}
