//! `$default` of the lobby socket: wiring only.

use std::convert::Infallible;

use functions::handlers::socket_message;
use functions::{App, Needs, log};
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    log::init();
    let app = &App::init(Needs {
        redis: true,
        tokens: false,
        push: true,
    })
    .await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(socket_message::handle(app, event.payload).await)
    }))
    .await
}
