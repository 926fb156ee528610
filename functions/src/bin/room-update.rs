//! `PATCH /lobby/rooms/<room>`, `POST /lobby/rooms/<room>/{ready,start,kick,host,queue}`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ROOM_UPDATE.run()
}
