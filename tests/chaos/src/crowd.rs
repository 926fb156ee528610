//! [`Crowd`]: bots in rooms of five that play one match after another.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use bots::{Client, Error, Join};
use devstack::interrupt;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::arrival::until_started;
use crate::ledger::{Ledger, counts};
use crate::seat::{self, End};
use crate::track::Track;

const SEATS: usize = 5;
/// The longest time from joining until all of them play.
const START_MAX: Duration = Duration::from_mins(2);

/// All players, and the record of what they received.
pub(crate) struct Crowd {
    pub(crate) tracks: Vec<Track>,
    ledger: Arc<Ledger>,
    tasks: JoinSet<()>,
    home: watch::Sender<bool>,
}

impl Crowd {
    pub(crate) fn come(runtime: &Runtime, url: &str, rooms: usize) -> Self {
        let mut crowd = Self {
            tracks: Vec::new(),
            ledger: Arc::default(),
            tasks: JoinSet::new(),
            home: watch::Sender::new(false),
        };
        for number in 0..rooms * SEATS {
            let (track, ledger) = (Track::default(), crowd.ledger.clone());
            crowd.tracks.push(track.clone());
            let (url, home) = (url.to_owned(), crowd.home.subscribe());
            let player = async move {
                let name = format!("Bot {}", number + 1);
                if let Err(error) = live(&url, &name, &track, &ledger, home).await {
                    ledger.wrong(format!("{name}: {error}"));
                }
                track.leave();
            };
            crowd.tasks.spawn_on(player, runtime.handle());
        }
        crowd
    }

    /// Waits until nine of ten players are in a running match.
    pub(crate) fn wait_playing(&self) -> Result<()> {
        let deadline = Instant::now() + START_MAX;
        loop {
            interrupt::check()?;
            let playing = |track: &&Track| {
                let newest = track.now().and_then(|now| now.newest);
                newest.is_some_and(|(_, at)| at.elapsed() < Duration::from_millis(300))
            };
            let count = self.tracks.iter().filter(playing).count();
            if count * 10 >= self.tracks.len() * 9 {
                return Ok(());
            }
            if Instant::now() > deadline {
                let (all, entries) = (self.tracks.len(), self.ledger.read());
                bail!(
                    "only {count} of {all} play; {:?}; ended: {}",
                    entries.wrong.first(),
                    counts(&entries.ended)
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for the end of every match; players do not join another one.
    pub(crate) fn go_home(&mut self, runtime: &Runtime, match_seconds: u32) -> Result<Arc<Ledger>> {
        self.home.send_replace(true);
        let patience = Duration::from_secs(u64::from(match_seconds) + 30);
        let tasks = std::mem::take(&mut self.tasks);
        let ended = runtime.block_on(async { timeout(patience, tasks.join_all()).await });
        if ended.is_err() {
            self.ledger
                .wrong(format!("a match went on for {patience:?}"));
        }
        interrupt::check()?;
        Ok(self.ledger.clone())
    }
}

/// Plays one match after another until the run ends.
async fn live(
    url: &str,
    name: &str,
    track: &Track,
    ledger: &Ledger,
    mut home: watch::Receiver<bool>,
) -> Result<(), Error> {
    let client = Client::guest(url, name).await?;
    let any = Join::default();
    // A player cannot leave a match that has started.
    let mut in_match = false;
    while in_match || !*home.borrow() {
        let mut lobby = Some(client.lobby());
        let join = (!in_match).then_some(&any);
        let started = tokio::select! {
            started = until_started(&client, &mut lobby, join) => started?,
            () = sent_home(&mut home), if !in_match => {
                match client.leave().await {
                    Ok(()) => break,
                    Err(error) if error.slug() == Some("in-match") => {
                        in_match = true;
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        // The match ended before the player reconnected to it.
        let Some((room, game)) = started else { break };
        match seat::play(&client, &mut lobby, &room, game, track).await? {
            End::Over(room, scores) => ledger.over(&room, &scores),
            End::Ended(reason) => ledger.ended(reason.as_deref().unwrap_or("(none)")),
        }
        in_match = false;
    }
    Ok(())
}

async fn sent_home(home: &mut watch::Receiver<bool>) {
    // An error means the same: the run has ended.
    let _ = home.wait_for(|home| *home).await;
}
