//! The part of the Lambda runtime API that a function's process needs, on loopback.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

/// The timeout of a function's answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The runtime API of one function.
pub(crate) struct RuntimeApi {
    /// `host:port`: the value of `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) address: String,
    events: mpsc::Sender<Bytes>,
    reports: mpsc::Receiver<(Instant, Report)>,
    task: JoinHandle<()>,
}

/// What a function did.
enum Report {
    /// It polls for the next event.
    Polled,
    Answered(Bytes),
    Failed(Bytes),
}

struct ApiState {
    events: Mutex<mpsc::Receiver<Bytes>>,
    reports: mpsc::Sender<(Instant, Report)>,
}

impl RuntimeApi {
    /// Listens for the function's connection.
    pub(crate) async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (events, waiting) = mpsc::channel(1);
        let (to_bench, reports) = mpsc::channel(16);
        let state = Arc::new(ApiState {
            events: Mutex::new(waiting),
            reports: to_bench,
        });
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let state = state.clone();
                tokio::spawn(async move {
                    let answer = service_fn(|request| answer(&state, request));
                    let served = hyper::server::conn::http1::Builder::new();
                    // A function that ends closes its connection, which is expected.
                    let _ = served.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Ok(Self {
            address,
            events,
            reports,
            task,
        })
    }

    /// Waits until the function polls for an event. Returns the time of the poll.
    pub(crate) async fn polled(&mut self) -> Result<Instant> {
        match self.next().await? {
            (at, Report::Polled) => Ok(at),
            (_, Report::Answered(body) | Report::Failed(body)) => {
                bail!(
                    "an answer instead of a poll: {}",
                    String::from_utf8_lossy(&body)
                )
            }
        }
    }

    /// Sends an event once the function has polled. Returns its response and the time until then, in ms.
    pub(crate) async fn invoke(&mut self, event: &Value) -> Result<(Value, f64)> {
        let event = Bytes::from(event.to_string());
        let begun = Instant::now();
        self.events
            .send(event)
            .await
            .context("the server has ended")?;
        match self.next().await? {
            (at, Report::Answered(body)) => {
                let answer = serde_json::from_slice(&body).unwrap_or(Value::Null);
                Ok((answer, (at - begun).as_secs_f64() * 1e3))
            }
            (_, Report::Failed(body)) => bail!("it failed: {}", String::from_utf8_lossy(&body)),
            (_, Report::Polled) => bail!("it polls for another event without having answered"),
        }
    }

    async fn next(&mut self) -> Result<(Instant, Report)> {
        let report = tokio::time::timeout(PATIENCE, self.reports.recv()).await;
        report
            .context("no report in time")?
            .context("the server has ended")
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    state: &ApiState,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let at = Instant::now();
    let path = request.uri().path().to_owned();
    if path.ends_with("/invocation/next") {
        let _ = state.reports.send((at, Report::Polled)).await;
        return Ok(match state.events.lock().await.recv().await {
            Some(event) => event_of(event),
            None => status(StatusCode::GONE),
        });
    }
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Ok(status(StatusCode::BAD_REQUEST)),
    };
    let report = if path.ends_with("/response") {
        Report::Answered(body)
    } else {
        Report::Failed(body)
    };
    let _ = state.reports.send((Instant::now(), report)).await;
    Ok(status(StatusCode::ACCEPTED))
}

fn event_of(event: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(event));
    let headers = [
        (
            "lambda-runtime-aws-request-id",
            "00000000-0000-4000-8000-000000000000",
        ),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:bench",
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-692175c0-3a1b2c3d4e5f60718293a4b5",
        ),
        ("content-type", "application/json"),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, hyper::header::HeaderValue::from_static(value));
    }
    response
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    response
}
