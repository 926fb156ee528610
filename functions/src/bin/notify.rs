//! Tells players what a pool's outbox holds: wiring only.

use functions::handlers::notify;
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
        notify::handle(app, event.payload)
            .await
            .map_err(lambda_runtime::Error::from)
    }))
    .await
}
