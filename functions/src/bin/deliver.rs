//! Tells players what a pool's outbox holds.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::DELIVER.run()
}
