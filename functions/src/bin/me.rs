//! `GET /lobby/me`, `GET /lobby/rooms/<room>` and `GET /lobby/regions`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ME.run()
}
