//! Seats a pool's queue.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ASSIGN.run()
}
