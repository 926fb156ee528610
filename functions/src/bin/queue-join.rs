//! `POST /lobby/queue`: wiring only.

use std::convert::Infallible;

use functions::handlers::queue_join;
use functions::{App, Needs, log, serve};
use lambda_http::service_fn;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    log::init();
    let app = &App::init(Needs {
        redis: true,
        tokens: true,
        push: true,
    })
    .await?;
    serve::http(service_fn(|request| async move {
        Ok::<_, Infallible>(queue_join::handle(app, request).await)
    }))
    .await
}
