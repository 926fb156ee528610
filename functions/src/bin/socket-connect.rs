//! `$connect` of the lobby socket: wiring only.

use std::convert::Infallible;

use functions::handlers::socket_connect;
use functions::{App, Needs, log};
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    log::init();
    let app = &App::init(Needs {
        redis: true,
        tokens: true,
        push: true,
    })
    .await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(socket_connect::handle(app, event.payload).await)
    }))
    .await
}
