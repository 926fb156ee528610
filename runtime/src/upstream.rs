//! Limits the concurrent calls of each function at another Lambda endpoint. A call counts until it is answered, even
//! if its caller has disconnected.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::CONTENT_TYPE;
use hyper::{Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::sleep_until;

use crate::call::{Answer, CallError};
use crate::function::{Function, Started};
use crate::{Error, PAYLOAD_BYTES_MAX, UPSTREAM_OWED_MAX, UPSTREAM_RUNNING_MAX};

pub(crate) struct Upstream {
    client: Client<HttpConnector, Full<Bytes>>,
    /// Without a trailing slash.
    base: String,
}

impl Upstream {
    pub(crate) fn new(url: &str) -> Result<Self, Error> {
        let parsed: Option<Uri> = url.parse().ok();
        let is_ours = |uri: &Uri| uri.scheme_str() == Some("http") && uri.host().is_some();
        if !parsed.as_ref().is_some_and(is_ours) {
            return Err(Error::Upstream(url.to_owned()));
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            base: url.trim_end_matches('/').to_owned(),
        })
    }

    /// Starts queued calls, up to the limit.
    pub(crate) fn pump(self: &Arc<Self>, function: &Arc<Function>) {
        while let Some(call) = function.start_within(UPSTREAM_RUNNING_MAX, UPSTREAM_OWED_MAX) {
            tokio::spawn(Arc::clone(self).run(Arc::clone(function), call));
        }
    }

    /// Does not end with the caller: the endpoint has the call until it answers or disconnects.
    async fn run(self: Arc<Self>, function: Arc<Function>, call: Started) {
        let id = call.id;
        let mut answer = pin!(self.send(&function.name, call.event));
        let answer = tokio::select! {
            outcome = &mut answer => outcome,
            () = sleep_until(call.deadline) => {
                function.overdue(&id);
                self.pump(&function);
                answer.await
            }
        };
        function.answered(&id, answer);
        self.pump(&function);
    }

    /// Sends the event without the caller's headers.
    async fn send(&self, function: &str, event: Bytes) -> Answer {
        let unreachable =
            |error: &dyn std::error::Error| CallError::Unreachable(edge::error_chain(error));
        let url = format!("{}/2015-03-31/functions/{function}/invocations", self.base);
        let request = Request::post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(event))
            .map_err(|error| unreachable(&error))?;
        let answer = self.client.request(request).await;
        let (head, body) = answer.map_err(|error| unreachable(&error))?.into_parts();
        let body = Limited::new(body, PAYLOAD_BYTES_MAX).collect().await;
        let body = body.map_err(|error| unreachable(&*error))?.to_bytes();
        match head.status {
            // Lambda answers 200 with the error in a header; cargo lambda answers 500.
            StatusCode::OK if !head.headers.contains_key("x-amz-function-error") => Ok(body),
            StatusCode::OK | StatusCode::INTERNAL_SERVER_ERROR => Err(CallError::Failed(body)),
            status => Err(CallError::Unreachable(format!("it answered {status}"))),
        }
    }
}
