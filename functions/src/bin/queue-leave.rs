//! `DELETE /lobby/queue` and `DELETE /lobby/match`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::QUEUE_LEAVE.run()
}
