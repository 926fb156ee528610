//! `POST /lobby/queue`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::QUEUE_JOIN.run()
}
