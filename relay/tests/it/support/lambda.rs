//! A stand-in for Lambda: takes invocations as the AWS SDK sends them, records them, and gives the answers of the
//! test.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// One invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    pub(crate) function: String,
    pub(crate) payload: String,
    /// Invocations of the same function that had not been answered then.
    pub(crate) beside: usize,
}

/// What a function answers: its payload, or the kind of its failure.
pub(crate) type Answer = Result<&'static str, &'static str>;

#[derive(Default)]
struct Seen {
    invocations: Vec<Invocation>,
    open: Vec<String>,
}

pub(crate) struct FakeLambda {
    url: String,
    seen: Arc<Mutex<Seen>>,
}

impl FakeLambda {
    /// `answer` gets the function's name and how often it was invoked before.
    pub(crate) async fn start(
        answer: impl Fn(&str, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let answer = Arc::new(answer);
        tokio::spawn({
            let seen = seen.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (seen, answer) = (seen.clone(), answer.clone());
                    let service = service_fn(move |request| {
                        let (seen, answer) = (seen.clone(), answer.clone());
                        async move { Ok::<_, Infallible>(invoke(request, &seen, &*answer).await) }
                    });
                    tokio::spawn(
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                    );
                }
            }
        });
        Self { url, seen }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// Every invocation of a function so far.
    pub(crate) fn of(&self, function: &str) -> Vec<Invocation> {
        let seen = self.seen.lock().expect("no panic");
        seen.invocations
            .iter()
            .filter(|one| one.function == function)
            .cloned()
            .collect()
    }
}

async fn invoke(
    request: Request<Incoming>,
    seen: &Mutex<Seen>,
    answer: &(dyn Fn(&str, usize) -> Answer + Send + Sync),
) -> Response<String> {
    let path = request.uri().path().to_owned();
    let function = path
        .trim_start_matches("/2015-03-31/functions/")
        .trim_end_matches("/invocations")
        .to_owned();
    let payload = read(request.into_body()).await;
    let before = note(seen, &function, payload);
    // So that a second one in flight would be seen.
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let mut seen = seen.lock().expect("no panic");
    if let Some(index) = seen.open.iter().position(|open| *open == function) {
        seen.open.swap_remove(index);
    }
    match answer(&function, before) {
        Ok(payload) => Response::new(payload.to_owned()),
        Err(kind) => {
            let mut response = Response::new(r#"{"errorMessage":"made to fail"}"#.to_owned());
            let kind = kind.parse().expect("a header");
            response.headers_mut().insert("x-amz-function-error", kind);
            response
        }
    }
}

/// Records an invocation that begins. Returns how many of this function there were before.
fn note(seen: &Mutex<Seen>, function: &str, payload: String) -> usize {
    let mut seen = seen.lock().expect("no panic");
    let beside = seen.open.iter().filter(|open| *open == function).count();
    let before = seen
        .invocations
        .iter()
        .filter(|one| one.function == function)
        .count();
    let function = function.to_owned();
    seen.open.push(function.clone());
    seen.invocations.push(Invocation {
        function,
        payload,
        beside,
    });
    before
}

async fn read(mut body: Incoming) -> String {
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) =
        std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await
    {
        bytes.extend(frame.into_data().unwrap_or_default());
    }
    String::from_utf8(bytes).expect("JSON")
}
