//! `GET /replays/<room>`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::REPLAYS.run()
}
