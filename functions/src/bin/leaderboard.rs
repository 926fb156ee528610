//! `GET /leaderboard` and `GET /leaderboard/<room>`: wiring only.

use std::convert::Infallible;

use functions::handlers::leaderboard;
use functions::{App, Needs, log, serve};
use lambda_http::service_fn;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    log::init();
    let app = &App::init(Needs {
        redis: true,
        tokens: false,
        push: false,
    })
    .await?;
    serve::http(service_fn(|request| async move {
        Ok::<_, Infallible>(leaderboard::handle(app, request).await)
    }))
    .await
}
