//! A small HTTP server on a free port that records its requests.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What came in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// Status, further header lines, body.
pub(crate) type Reply = (u16, &'static str, String);

/// Runs until it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers each request with the result of `reply`; None: never.
    pub(crate) async fn start(
        reply: impl Fn(&Received) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::new(Mutex::new(Vec::new()));
        let (log, reply) = (received.clone(), Arc::new(reply));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, log.clone(), reply.clone()));
            }
        });
        Self {
            url,
            received,
            task,
        }
    }

    /// All requests so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve<R>(mut stream: TcpStream, log: Arc<Mutex<Vec<Received>>>, reply: Arc<R>)
where
    R: Fn(&Received) -> Option<Reply>,
{
    let mut bytes = Vec::new();
    while let Some(received) = read(&mut stream, &mut bytes).await {
        log.lock().expect("no panic").push(received.clone());
        let Some((status, headers, body)) = reply(&received) else {
            return std::future::pending().await;
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Received> {
    loop {
        if let Some((received, used)) = parse(bytes) {
            bytes.drain(..used);
            return Some(received);
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(count) if count > 0 => bytes.extend_from_slice(&chunk[..count]),
            _ => return None,
        }
    }
}

fn parse(bytes: &[u8]) -> Option<(Received, usize)> {
    let text = String::from_utf8_lossy(bytes);
    let (head, rest) = text.split_once("\r\n\r\n")?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().expect("a length"));
    let body = rest.get(..length)?.to_owned();
    let mut words = head.split(' ');
    let received = Received {
        method: words.next()?.to_owned(),
        path: words.next()?.to_owned(),
        body,
    };
    Some((received, head.len() + 4 + length))
}
