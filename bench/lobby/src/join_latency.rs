//! Join latency: the time from the request that fills a room to the push of the seat, through the complete local
//! system.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use bots::{Client, Join, Lobby, LobbyMessage};
use devstack::install;
use devstack::{Backend, Stack, StackConfig};

use crowd::figures::{percentile, table};
use crowd::machine;

use crate::room_push;

const SEATS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two rooms.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);

/// The times of the fifth player of each room, in ms since the request.
#[derive(Default)]
struct Times {
    answered: Vec<f64>,
    joined: Vec<f64>,
    started: Vec<f64>,
}

/// A folder that is removed on drop.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Starts the system, and fills `rooms` rooms one after the other. Then players make the same number of rooms.
pub(crate) async fn run(bin: &Path, rooms: usize) -> Result<()> {
    println!("\n## Lobby: from the fifth player's join to the push of the seat, {rooms} rooms\n");
    take_every_core()?;
    let folder = std::env::temp_dir().join(format!("skirmish-bench-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder)?;
    let folder = Folder(folder);
    // Children end with the thread that started them, so this thread starts the stack.
    let stack = Stack::start(&config(bin, &folder.0)?)?;
    let mut times = Times::default();
    for _ in 0..rooms {
        fill(&stack.url, &mut times).await?;
        tokio::time::sleep(PAUSE).await;
    }
    let row = |name: &str, ms: &[f64]| -> Vec<String> {
        let shares = [0.5, 0.9, 0.99, 1.0];
        let figures = shares.map(|share| format!("{:.1}", percentile(ms, share)));
        std::iter::once(name.to_owned()).chain(figures).collect()
    };
    table(
        &["ms until", "p50", "p90", "p99", "most"],
        &[
            row("the request is answered", &times.answered),
            row("`room_joined` is there", &times.joined),
            row("`match_started` is there", &times.started),
        ],
    );
    println!("\nload {}", machine::load());
    room_push::run(&stack.url, rooms).await
}

/// Lets the system use every core, because it is measured as a whole.
fn take_every_core() -> Result<()> {
    let (id, all) = (
        std::process::id().to_string(),
        format!("0-{}", machine::server_core()),
    );
    Command::new("taskset").args(["-acp", &all, &id]).output()?;
    Ok(())
}

fn config(bin: &Path, folder: &Path) -> Result<StackConfig> {
    Ok(StackConfig {
        binaries: bin.to_owned(),
        ..StackConfig::private(folder, Backend::CargoLambda(install::cargo_lambda(false)?))?
    })
}

/// Seats four players, measures the fifth, and then lets all of them forfeit.
async fn fill(url: &str, times: &mut Times) -> Result<()> {
    let mut players = Vec::new();
    for _ in 0..SEATS {
        let client = Client::guest(url, "bench").await?;
        let mut socket = client.lobby();
        until(&mut socket, |message| {
            matches!(message, LobbyMessage::State(_))
        })
        .await?;
        players.push((client, socket));
    }
    let (fifth, fifth_ear) = players.pop().context("five players")?;
    let mut fifth_ear = fifth_ear;
    for (client, _) in &players {
        client.join(&Join::default()).await?;
    }
    let fourth = &mut players.last_mut().context("four players")?.1;
    until(fourth, |message| {
        matches!(message, LobbyMessage::RoomJoined { .. })
    })
    .await?;

    let begun = Instant::now();
    let since = |begun: Instant| begun.elapsed().as_secs_f64() * 1e3;
    let join = async {
        fifth.join(&Join::default()).await?;
        anyhow::Ok(since(begun))
    };
    let pushes = async {
        until(&mut fifth_ear, |message| {
            matches!(message, LobbyMessage::RoomJoined { .. })
        })
        .await?;
        let joined = since(begun);
        until(&mut fifth_ear, |message| {
            matches!(message, LobbyMessage::MatchStarted { .. })
        })
        .await?;
        anyhow::Ok((joined, since(begun)))
    };
    let (answered, (joined, started)) = tokio::try_join!(join, pushes)?;
    times.answered.push(answered);
    times.joined.push(joined);
    times.started.push(started);

    for (client, socket) in &mut players {
        until(socket, |message| {
            matches!(message, LobbyMessage::MatchStarted { .. })
        })
        .await?;
        client.forfeit().await?;
    }
    fifth.forfeit().await?;
    Ok(())
}

/// Reads messages until one satisfies the condition.
pub(crate) async fn until(socket: &mut Lobby, is_it: impl Fn(&LobbyMessage) -> bool) -> Result<()> {
    let received = tokio::time::timeout(PATIENCE, async {
        loop {
            let message = socket.next().await?;
            ensure!(
                !matches!(message, LobbyMessage::Removed { .. }),
                "received: {message:?}"
            );
            if is_it(&message) {
                return Ok(());
            }
        }
    });
    match received.await {
        Ok(result) => result,
        Err(_) => bail!("a player received nothing for {PATIENCE:?}"),
    }
}
