//! Decides what is due in a pool.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::EXPIRE.run()
}
