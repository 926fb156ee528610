//! `GET /admin/…`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ADMIN_VIEW.run()
}
