//! Seats a pool's queue.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::ROOM_ASSIGN.run()
}
