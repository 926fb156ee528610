//! From the Lambda runtime to an HTTP handler.

use std::convert::Infallible;

use lambda_http::{Adapter, Body, Request, Response, Service};

/// Runs an HTTP function until the runtime ends it.
pub async fn http<'a, S>(service: S) -> Result<(), lambda_runtime::Error>
where
    S: Service<Request, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'a,
{
    lambda_runtime::run(Adapter::from(service)).await
}
