//! `POST /lobby/guest`: wiring only.

use std::convert::Infallible;

use functions::handlers::guest;
use functions::{App, Needs, log, serve};
use lambda_http::service_fn;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    log::init();
    let app = &App::init(Needs {
        redis: true,
        tokens: true,
        push: false,
    })
    .await?;
    serve::http(service_fn(|request| async move {
        Ok::<_, Infallible>(guest::handle(app, request).await)
    }))
    .await
}
