//! `POST /lobby/rooms/<room>/watch`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ROOM_WATCH.run()
}
