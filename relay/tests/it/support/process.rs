//! A server of the tests' games in a process of its own, which can be killed and suspended.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Output, Stdio};

use clap::Parser;
use relay::Config;

use super::{GAMES, request, until};

/// The name of [`a_server_of_the_games_of_the_tests`].
const SERVER: &str = "support::process::a_server_of_the_games_of_the_tests";
/// Set in a process that should serve.
const SERVE: &str = "RELAY_TEST_SERVES";

/// Not a test: serves as the program `relay` does, in a process of [`Process::start`].
#[test]
#[ignore = "it is started by other tests"]
fn a_server_of_the_games_of_the_tests() {
    if std::env::var_os(SERVE).is_none() {
        return;
    }
    let config = Config::try_parse_from(["relay"]).expect("a configuration");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let ended = runtime
        .block_on(relay::serve(GAMES, config))
        .expect("it serves");
    std::process::exit(ended.code().into());
}

/// A running server, killed when dropped.
pub(crate) struct Process(Option<Child>);

impl Process {
    /// The tests' own binary, which runs [`a_server_of_the_games_of_the_tests`] only.
    pub(crate) fn start(env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command
            .args(["--exact", SERVER, "--ignored"])
            .env(SERVE, "1");
        command.envs(env.iter().copied()).stdout(Stdio::null());
        Self(Some(command.spawn().expect("a process")))
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.0.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill").success());
    }

    pub(crate) async fn end(mut self) -> Output {
        until("the process ends", async || {
            self.0.as_mut()?.try_wait().ok()?
        })
        .await;
        let child = self.0.take().expect("it ran");
        child.wait_with_output().expect("an exit")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until a server is healthy.
pub(crate) async fn healthy(address: SocketAddr) {
    until("health", async || {
        tokio::net::TcpStream::connect(address).await.ok()?;
        let reply = request(address, "GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await?;
        (reply.status == 200).then_some(())
    })
    .await;
}

/// An address that no outgoing connection takes before the server listens on it.
pub(crate) fn free_address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, testkit::free_port()).into()
}
