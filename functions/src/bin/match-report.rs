//! `POST /match/report`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::MATCH_REPORT.run()
}
