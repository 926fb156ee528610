//! A proxy in front of the invoke endpoint: sends some invocations twice, loses some responses, and delays others.
//!
//! It also limits concurrent invocations: `cargo lambda watch` stops answering permanently once about 200 invocations
//! of one function are in progress.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::dice::Dice;

const BODY_BYTES_MAX: usize = 8 << 20;
/// Maximum number of concurrent invocations of one function. The endpoint keeps those whose caller has disconnected,
/// so they count until they end.
const UNDER_WAY_MAX: usize = 40;
/// An invocation whose function was killed is never answered.
const ANSWER_MAX: Duration = Duration::from_secs(45);
/// An invocation that cannot start within this time is refused, as in AWS.
const TURN_MAX: Duration = Duration::from_secs(4);

/// The probability of each fault of an invocation, in percent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InvocationFaults {
    /// It is sent a second time, after a delay.
    pub(crate) twice: u32,
    /// It is sent a second time, concurrently.
    pub(crate) at_once: u32,
    /// It is executed, but not answered.
    pub(crate) unanswered: u32,
    /// It is not sent.
    pub(crate) lost: u32,
    /// It is sent late.
    pub(crate) late: u32,
}

/// A running proxy. It ends with the runtime.
#[derive(Clone)]
pub(crate) struct Invocations {
    /// Its port on loopback.
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    target: u16,
    client: Client<HttpConnector, Full<Bytes>>,
    faults: Mutex<InvocationFaults>,
    dice: Mutex<Dice>,
    /// Running invocations by the function's name.
    under_way: Mutex<BTreeMap<String, Arc<Semaphore>>>,
}

/// The fault of one invocation.
struct Fault {
    lost: bool,
    unanswered: bool,
    late: Option<Duration>,
    again_after: Option<Duration>,
}

impl Invocations {
    /// Listens for requests to `target`.
    pub(crate) async fn start(target: u16, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let shared = Arc::new(Shared {
            target,
            client: Client::builder(TokioExecutor::new()).build_http(),
            faults: Mutex::default(),
            dice: Mutex::new(Dice::new(seed, u64::MAX)),
            under_way: Mutex::default(),
        });
        let port = listener.local_addr()?.port();
        tokio::spawn(accept(listener, shared.clone()));
        Ok(Self { port, shared })
    }

    /// Sets the percentages.
    pub(crate) fn set(&self, faults: InvocationFaults) {
        *lock(&self.shared.faults) = faults;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(shared.clone(), request));
            // A lost answer is returned as an error, which ends the connection.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<hyper::body::Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await;
    let body = body.map_err(io::Error::other)?.to_bytes();
    let fault = shared.draw_fault();
    if fault.lost {
        return Err(io::Error::other("lost on purpose"));
    }
    if let Some(late) = fault.late {
        sleep(late).await;
    }
    if let Some(after) = fault.again_after {
        let (shared, head, body) = (shared.clone(), head.clone(), body.clone());
        tokio::spawn(async move {
            if !after.is_zero() {
                sleep(after).await;
            }
            let _ = shared.in_turn(head, body).await;
        });
    }
    let Some(answer) = shared.in_turn(head, body).await? else {
        let mut busy = Response::new(Full::default());
        *busy.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        return Ok(busy);
    };
    if fault.unanswered {
        return Err(io::Error::other("not answered on purpose"));
    }
    Ok(answer)
}

impl Shared {
    fn draw_fault(&self) -> Fault {
        let faults = *lock(&self.faults);
        let mut dice = lock(&self.dice);
        Fault {
            lost: dice.percent(faults.lost),
            unanswered: dice.percent(faults.unanswered),
            late: dice.percent(faults.late).then(|| dice.ms(20, 1500)),
            again_after: if dice.percent(faults.at_once) {
                Some(Duration::ZERO)
            } else {
                dice.percent(faults.twice).then(|| dice.ms(0, 4000))
            },
        }
    }

    /// None: the limit is reached. An invocation that was sent runs to its end, even if its caller disconnects.
    async fn in_turn(
        self: Arc<Self>,
        head: Parts,
        body: Bytes,
    ) -> io::Result<Option<Response<Full<Bytes>>>> {
        let turn = self.function(head.uri.path()).acquire_owned();
        let Ok(permit) = timeout(TURN_MAX, turn).await else {
            return Ok(None);
        };
        let sent = tokio::spawn(async move {
            let answer = timeout(ANSWER_MAX, self.send(head, body)).await;
            drop(permit);
            answer?
        });
        sent.await.map_err(io::Error::other)?.map(Some)
    }

    /// `/lambda-url/<name>/…` or `/2015-03-31/functions/<name>/invocations`.
    fn function(&self, path: &str) -> Arc<Semaphore> {
        let words: Vec<&str> = path.split('/').collect();
        let at = if words.get(2) == Some(&"functions") {
            3
        } else {
            2
        };
        let name = words.get(at).copied().unwrap_or_default().to_owned();
        let mut all = lock(&self.under_way);
        let new = || Arc::new(Semaphore::new(UNDER_WAY_MAX));
        all.entry(name).or_insert_with(new).clone()
    }

    async fn send(&self, mut head: Parts, body: Bytes) -> io::Result<Response<Full<Bytes>>> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri = format!("http://127.0.0.1:{}{path}", self.target);
        head.uri = uri.parse::<Uri>().map_err(io::Error::other)?;
        for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
            head.headers.remove(name);
        }
        head.headers
            .entry(HOST)
            .or_insert(HeaderValue::from_static("127.0.0.1"));
        let answer = self
            .client
            .request(Request::from_parts(head, Full::new(body)))
            .await
            .map_err(io::Error::other)?;
        let (mut head, body) = answer.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
            head.headers.remove(name);
        }
        Ok(Response::from_parts(head, Full::new(body)))
    }
}
