//! `POST /lobby/guest`.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::GUEST.run()
}
