//! `GET /lobby/rooms`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ROOM_LIST.run()
}
