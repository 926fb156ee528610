//! `POST /admin/…`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ADMIN_ACT.run()
}
