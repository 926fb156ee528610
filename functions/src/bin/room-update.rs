//! `PATCH /lobby/rooms/<room>`, `POST /lobby/rooms/<room>/{ready,start,kick,host}`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ROOM_UPDATE.run()
}
