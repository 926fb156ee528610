//! A runtime in this process, raw HTTP to it, and an upstream that answers on command.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use runtime::{Backend, Config, Limits, Runtime};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// The timeout of everything that a test waits for.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// One HTTP response.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A running runtime, and a client that keeps its connections open, like the Rust runtime of functions.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl World {
    pub(crate) async fn own(limits: Limits) -> Self {
        Self::start(Backend::Own, limits).await
    }

    pub(crate) async fn start(backend: Backend, limits: Limits) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let runtime = Runtime::bind(Config {
            listen,
            backend,
            limits,
        });
        let runtime = runtime.await.unwrap();
        let address = runtime.local_addr();
        tokio::spawn(runtime.serve(std::future::pending()));
        Self {
            address,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// A connection that has been served, and stays open until it is dropped.
    pub(crate) async fn hold_connection(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = b"GET /healthz HTTP/1.1\r\nhost: runtime\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut first = [0];
        stream.read_exact(&mut first).await.unwrap();
        stream
    }

    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &'static str,
    ) -> Reply {
        let request = Request::builder().method(method);
        let request = request.uri(format!("http://{}{path}", self.address));
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let request = request.body(Full::from(body)).unwrap();
        let reply = async {
            let (head, body) = self.client.request(request).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Reply {
                status: head.status.as_u16(),
                headers: head.headers,
                body: String::from_utf8(body.into()).unwrap(),
            }
        };
        tokio::time::timeout(DEADLINE, reply).await.unwrap()
    }

    pub(crate) async fn invoke(&self, body: &'static str) -> Reply {
        self.request("POST", "/2015-03-31/functions/f/invocations", &[], body)
            .await
    }

    /// Sends an event whose answer nobody waits for.
    pub(crate) async fn send(&self, body: &'static str) -> Reply {
        let event = [("x-amz-invocation-type", "Event")];
        self.request("POST", "/2015-03-31/functions/f/invocations", &event, body)
            .await
    }

    /// Fetches a call as the function `f`.
    pub(crate) async fn next(&self) -> Reply {
        self.request("GET", &rt("invocation/next"), &[], "").await
    }

    /// Answers a call as the function `f`: `response` or `error`.
    pub(crate) async fn end(&self, call: &Reply, how: &str, body: &'static str) -> Reply {
        let id = call.header("lambda-runtime-aws-request-id").unwrap();
        let path = rt(&format!("invocation/{id}/{how}"));
        self.request("POST", &path, &[], body).await
    }

    /// A connection that has sent a request and does not read.
    pub(crate) async fn write(&self, head: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{head} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Waits until `/status` has these values for the function `f`.
    pub(crate) async fn until(&self, what: &str, count: u64) {
        let wait = async {
            loop {
                let status = self.request("GET", "/status", &[], "").await.json();
                if status["functions"]["f"][what] == count {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(DEADLINE, wait).await;
        assert!(waited.is_ok(), "{what} is not {count}");
    }
}

/// A path of the Runtime API of the function `f`.
pub(crate) fn rt(path: &str) -> String {
    format!("/.rt/f/2018-06-01/runtime/{path}")
}

/// A Lambda endpoint that answers one call for each permit.
pub(crate) struct Upstream {
    pub(crate) url: String,
    pub(crate) permits: Arc<Semaphore>,
    /// The headers of the received requests.
    pub(crate) seen: Arc<Mutex<Vec<HeaderMap>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let permits = Arc::new(Semaphore::new(0));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (gate, heads) = (Arc::clone(&permits), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (gate, heads) = (Arc::clone(&gate), Arc::clone(&heads));
                let service = service_fn(move |request: Request<Incoming>| {
                    heads.lock().unwrap().push(request.headers().clone());
                    let gate = Arc::clone(&gate);
                    async move {
                        gate.acquire().await.unwrap().forget();
                        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("{}")))
                    }
                });
                let server = hyper::server::conn::http1::Builder::new();
                connections.spawn(server.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self {
            url,
            permits,
            seen,
            task,
        }
    }

    /// How many calls it has received.
    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Breaks every connection, and stops listening.
    pub(crate) fn end(&self) {
        self.task.abort();
    }
}
