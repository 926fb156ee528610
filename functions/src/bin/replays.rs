//! `GET /replays/<room>` and `POST /replays/<room>/share`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::REPLAYS.run()
}
