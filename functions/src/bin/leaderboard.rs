//! `GET /leaderboard` and `GET /leaderboard/<room>`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::LEADERBOARD.run()
}
