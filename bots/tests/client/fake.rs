//! A small lobby and game server in this process, with scripted answers.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

/// A request as it came in.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Value,
}

type Talk = Box<dyn FnOnce(Peer) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// What a test answers with.
pub(crate) enum Reply {
    /// Status, further header lines, body (null: none).
    Http(u16, &'static str, Value),
    /// Accepts the socket, with this subprotocol, and talks.
    Socket(&'static str, Talk),
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::Http(status, "content-type: application/json\r\n", body)
    }

    pub(crate) fn problem(status: u16, slug: &str, extensions: Value) -> Self {
        let mut body = extensions;
        body["type"] = format!("urn:skirmish:problem:{slug}").into();
        body["title"] = slug.into();
        body["status"] = status.into();
        Self::Http(
            status,
            "content-type: application/problem+json\r\nretry-after: 0\r\n",
            body,
        )
    }

    pub(crate) fn socket<F, T>(protocol: &'static str, talk: T) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
        T: FnOnce(Peer) -> F + Send + 'static,
    {
        Self::Socket(protocol, Box::new(|peer| Box::pin(talk(peer))))
    }
}

/// The server; it ends with this value.
pub(crate) struct Fake {
    /// `http://127.0.0.1:<port>`.
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Fake {
    pub(crate) async fn start(answer: impl Fn(Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let answer = Arc::new(answer);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer)));
            }
        });
        Self { url, task }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The server's side of a socket.
pub(crate) struct Peer(WebSocketStream<TcpStream>);

impl Peer {
    /// A client that went away is no failure of the test.
    pub(crate) async fn send(&mut self, message: Value) {
        let _ = self.0.send(Message::text(message.to_string())).await;
    }

    /// A binary frame.
    pub(crate) async fn say_bits(&mut self, frame: &[u8]) {
        let _ = self.0.send(Message::binary(frame.to_vec())).await;
    }

    /// The next binary frame; empty when the client is gone.
    pub(crate) async fn receive_bits(&mut self) -> Vec<u8> {
        while let Some(Ok(message)) = self.0.next().await {
            if let Message::Binary(frame) = message {
                return frame.to_vec();
            }
        }
        Vec::new()
    }

    /// The next message; null when the client is gone.
    pub(crate) async fn receive(&mut self) -> Value {
        while let Some(Ok(message)) = self.0.next().await {
            if let Message::Text(text) = message {
                return serde_json::from_str(&text).expect("a client sends JSON");
            }
        }
        Value::Null
    }

    /// A path of this server, as a WebSocket address.
    pub(crate) fn url(&self, path: &str) -> String {
        format!(
            "ws://{}{path}",
            self.0.get_ref().local_addr().expect("connected")
        )
    }

    pub(crate) async fn close(mut self, code: u16) {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: "".into(),
        };
        let _ = self.0.close(Some(frame)).await;
        while let Some(Ok(_)) = self.0.next().await {}
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<impl Fn(Request) -> Reply + Send + Sync>) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    let key = request.headers.get("sec-websocket-key").cloned();
    match (answer(request), key) {
        (Reply::Http(status, headers, body), _) => {
            let body = if body.is_null() {
                String::new()
            } else {
                body.to_string()
            };
            let length = body.len();
            let text = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
            );
            let _ = stream.write_all(text.as_bytes()).await;
        }
        (Reply::Socket(protocol, talk), Some(key)) => {
            let accept = derive_accept_key(key.as_bytes());
            let text = format!(
                "HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n\
                 sec-websocket-protocol: {protocol}\r\n\r\n"
            );
            let _ = stream.write_all(text.as_bytes()).await;
            talk(Peer(
                WebSocketStream::from_raw_socket(stream, Role::Server, None).await,
            ))
            .await;
        }
        (Reply::Socket(..), None) => panic!("a socket for a plain request"),
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).expect("a head is text");
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let headers: HashMap<_, _> = lines
        .filter_map(|line| {
            Some((
                line.split_once(": ")?.0.to_lowercase(),
                line.split_once(": ")?.1.to_owned(),
            ))
        })
        .collect();
    let mut body = vec![
        0;
        headers
            .get("content-length")
            .map_or(0, |length| length.parse().expect("a number"))
    ];
    stream.read_exact(&mut body).await.ok()?;
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).expect("a client sends JSON")
    };
    Some(Request {
        method,
        path,
        headers,
        body,
    })
}
