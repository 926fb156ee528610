//! `PATCH /lobby/me`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ME_UPDATE.run()
}
