//! `POST /lobby/rooms`, `POST /lobby/rooms/<room>/rematch`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ROOM_CREATE.run()
}
