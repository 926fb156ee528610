//! Sweeps every pool: wiring only.

use functions::handlers::sweep;
use functions::{App, Needs, log};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    log::init();
    let app = &App::init(Needs {
        redis: true,
        tokens: false,
        push: true,
    })
    .await?;
    lambda_runtime::run(service_fn(|_: LambdaEvent<IgnoredAny>| async move {
        sweep::handle(app)
            .await
            .map_err(lambda_runtime::Error::from)
    }))
    .await
}
