//! Sweeps every pool.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::SWEEP.run()
}
