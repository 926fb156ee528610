//! `GET /lobby/me` and `GET /lobby/rooms/<room>`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ME.run()
}
