//! `GET /lobby/pools`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::POOL_LIST.run()
}
