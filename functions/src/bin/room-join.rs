//! `POST /lobby/rooms/join`, `GET /lobby/codes/<code>`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ROOM_JOIN.run()
}
