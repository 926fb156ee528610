//! `POST /feedback`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::FEEDBACK.run()
}
