//! `$disconnect` of the lobby socket.

fn main() -> Result<(), lambda_runtime::Error> {
    functions::programs::SOCKET_DISCONNECT.run()
}
