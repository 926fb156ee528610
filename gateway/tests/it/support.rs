//! A stand-in for the Lambda endpoint that records events, a gateway in front of it, and a WebSocket client.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use gateway::{Config, Gateway, Limits, Routes};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};

/// The timeout of everything that a test waits for.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// The stand-in's reply to an invocation.
pub(crate) enum Reply {
    /// A proxy answer, or anything else, with status 200.
    Answer(Value),
    /// A failed function, as cargo lambda reports it.
    Failed,
    /// A failed function, as Lambda reports it.
    FailedOnAws,
    /// Never replies.
    Never,
}

/// `{"statusCode": 200}`
pub(crate) fn ok() -> Reply {
    Reply::Answer(json!({ "statusCode": 200 }))
}

/// The recorded invocations: function and event.
type Seen = Vec<(String, Value)>;

pub(crate) struct Functions {
    pub(crate) url: String,
    seen: watch::Receiver<Seen>,
}

impl Functions {
    pub(crate) async fn start(
        reply: impl Fn(&str, &Value) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, seen) = watch::channel(Seen::new());
        let (sender, reply) = (Arc::new(sender), Arc::new(reply));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (sender, reply) = (Arc::clone(&sender), Arc::clone(&reply));
                let service = service_fn(move |request| {
                    answer(request, Arc::clone(&sender), Arc::clone(&reply))
                });
                let server = hyper::server::conn::http1::Builder::new();
                tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, seen }
    }

    /// The events of a function once there are `count` of them.
    pub(crate) async fn events(&self, function: &str, count: usize) -> Vec<Value> {
        let of = |seen: &Seen| {
            let events = seen.iter().filter(|(name, _)| name == function);
            events.map(|(_, event)| event.clone()).collect::<Vec<_>>()
        };
        let mut seen = self.seen.clone();
        let reached =
            tokio::time::timeout(DEADLINE, seen.wait_for(|seen| of(seen).len() >= count)).await;
        let Ok(seen) = reached else {
            panic!(
                "{function} was not invoked {count} times: {:?}",
                *self.seen.borrow()
            );
        };
        of(&seen.unwrap())
    }

    /// How often a function has been invoked.
    pub(crate) fn count(&self, function: &str) -> usize {
        self.seen
            .borrow()
            .iter()
            .filter(|(name, _)| name == function)
            .count()
    }
}

async fn answer(
    request: Request<Incoming>,
    sender: Arc<watch::Sender<Seen>>,
    reply: Arc<impl Fn(&str, &Value) -> Reply>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let function = path
        .strip_prefix("/2015-03-31/functions/")
        .and_then(|path| path.strip_suffix("/invocations"));
    let function = function
        .unwrap_or_else(|| panic!("not an invocation: {path}"))
        .to_owned();
    let event: Value =
        serde_json::from_slice(&request.into_body().collect().await.unwrap().to_bytes()).unwrap();
    sender.send_modify(|seen| seen.push((function.clone(), event.clone())));
    let response = Response::builder();
    let response = match reply(&function, &event) {
        Reply::Answer(answer) => response.body(Full::from(answer.to_string())),
        Reply::Failed => response
            .status(500)
            .body(Full::from(r#"{"errorMessage":"boo"}"#)),
        Reply::FailedOnAws => response
            .header("X-Amz-Function-Error", "Unhandled")
            .body(Full::from("{}")),
        Reply::Never => std::future::pending().await,
    };
    Ok(response.unwrap())
}

/// A running gateway.
pub(crate) struct Running {
    pub(crate) address: std::net::SocketAddr,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    served: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(invoke_url: &str, limits: Limits) -> Self {
        let gateway = Gateway::bind(config(invoke_url, limits)).await.unwrap();
        let address = gateway.local_addr();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(gateway.serve(async move {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop: Mutex::new(Some(stop)),
            served,
        }
    }

    /// Starts the shutdown, like SIGTERM.
    pub(crate) fn begin_stop(&self) {
        self.stop.lock().unwrap().take().unwrap().send(()).unwrap();
    }

    pub(crate) async fn stopped(self) {
        tokio::time::timeout(DEADLINE, self.served)
            .await
            .unwrap()
            .unwrap();
    }

    /// Opens a WebSocket at `/lobby`.
    pub(crate) async fn open(&self) -> Socket {
        self.connect("/lobby", &[]).await.unwrap().0
    }

    pub(crate) async fn connect(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<(Socket, tungstenite::handshake::client::Response), tungstenite::Error> {
        let mut request = format!("ws://{}{path}", self.address)
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(self.address).await.unwrap();
        tokio::time::timeout(DEADLINE, tokio_tungstenite::client_async(request, stream))
            .await
            .unwrap()
    }

    /// Sends one plain HTTP request. Returns status, headers and body as text.
    pub(crate) async fn http(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> (u16, String, String) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let text = self.raw(&[head.as_bytes(), body].concat()).await;
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {text:?}"));
        (
            head[9..12].parse().unwrap(),
            head.to_owned(),
            body.to_owned(),
        )
    }

    /// Sends these bytes. Returns the gateway's answer up to the close of the connection.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut text = Vec::new();
        tokio::time::timeout(DEADLINE, stream.read_to_end(&mut text))
            .await
            .expect("the connection stays open")
            .unwrap();
        String::from_utf8(text).unwrap()
    }

    /// A counter or gauge of `/metrics`.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let (_, _, body) = self.http("GET", "/metrics", b"").await;
        let line = body
            .lines()
            .find_map(|line| line.strip_prefix(&format!("skirmish_gateway_{name} ")));
        line.unwrap_or_else(|| panic!("no metric {name} in {body}"))
            .parse()
            .unwrap()
    }
}

pub(crate) fn config(invoke_url: &str, limits: Limits) -> Config {
    let name = |name: &str| name.to_owned();
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        invoke_url: invoke_url.to_owned(),
        routes: Routes {
            connect: name("connect"),
            disconnect: name("disconnect"),
            default: name("default"),
        },
        limits,
    }
}

/// A gateway with the default limits, and functions that accept everything.
pub(crate) async fn plain() -> (Functions, Running) {
    let functions = Functions::start(|_, _| ok()).await;
    let gateway = Running::start(&functions.url, Limits::default()).await;
    (functions, gateway)
}

pub(crate) fn connection_id(event: &Value) -> String {
    event["requestContext"]["connectionId"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub(crate) type Socket = WebSocketStream<TcpStream>;

pub(crate) async fn send(socket: &mut Socket, message: Message) {
    tokio::time::timeout(DEADLINE, socket.send(message))
        .await
        .unwrap()
        .unwrap();
}

/// The next message, including pongs.
pub(crate) async fn receive(socket: &mut Socket) -> Message {
    tokio::time::timeout(DEADLINE, socket.next())
        .await
        .unwrap()
        .expect("the connection ended")
        .unwrap()
}

/// The code and reason of the gateway's close frame. Skips messages before it.
pub(crate) async fn receive_close(socket: &mut Socket) -> (u16, String) {
    loop {
        if let Message::Close(frame) = receive(socket).await {
            let frame = frame.expect("a close frame with a code");
            return (frame.code.into(), frame.reason.to_string());
        }
    }
}
