//! How a function's process polls the Lambda runtime, and the adapter from it to an HTTP handler.

use std::convert::Infallible;

use futures_util::future::try_join_all;
use lambda_http::http::header::HOST;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, LambdaEvent, Request, Response, Service, service_fn};

/// Polls as often as calls may run at a time, until one of these polls fails. Each has a connection of its
/// own: `lambda_runtime::run_concurrent` shares them, and polls a runtime that is away without a pause.
pub async fn concurrently<F>(
    concurrency: u32,
    poll: impl Fn() -> F,
) -> Result<(), lambda_runtime::Error>
where
    F: Future<Output = Result<(), lambda_runtime::Error>>,
{
    try_join_all((0..concurrency).map(|_| poll())).await?;
    Ok(())
}

/// Runs an HTTP function until the runtime ends it.
pub async fn http<'a, S>(service: S) -> Result<(), lambda_runtime::Error>
where
    S: Service<Request, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'a,
{
    let mut adapter = Adapter::from(service);
    let call = |event: LambdaEvent<LambdaRequest>| {
        adapter.call(LambdaEvent::new(sanitize(event.payload), event.context))
    };
    lambda_runtime::run(service_fn(call)).await
}

/// Sanitizes an event: `lambda_http` builds a URL from host, path and query, and panics if a client
/// sent characters that no URL may contain. No handler reads the host, and an escaped query means
/// the same.
pub fn sanitize(mut request: LambdaRequest) -> LambdaRequest {
    if let LambdaRequest::ApiGatewayV2(event) = &mut request {
        event.headers.remove(HOST);
        event.request_context.domain_name = None;
        event.raw_query_string = event.raw_query_string.as_deref().map(escape);
        event.raw_path = event.raw_path.take().filter(|path| path.starts_with('/'));
    }
    request
}

/// Escapes the bytes that RFC 3986 §3.4 does not allow in a query.
fn escape(query: &str) -> String {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte);
    let escaped = query.bytes().map(|byte| match byte {
        byte if allowed(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    escaped.collect()
}
