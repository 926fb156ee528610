//! A load of rooms full of bots over simulated links, with measurements.

use std::collections::BTreeSet;
use std::time::Duration;

use bots::{Client, Error, SimulatedLink, Transport};
use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::matches::{START_MAX, until_started};
use crate::measure::{Measured, Totals, Window};
use crate::play::{Played, play};

/// Errors that are printed; the first ones say most.
const ERRORS_MAX: usize = 10;

/// What all of it came to, as printed.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    /// In which they played when measuring began.
    rooms: usize,
    players: usize,
    /// Measured.
    seconds: u64,
    #[serde(flatten)]
    totals: Totals,
    /// Matches that ended for a player, who then joins again.
    matches_over: usize,
    reconnects: u32,
    pub(crate) errors: Vec<String>,
}

/// How it went for one bot.
#[derive(Default)]
struct Report {
    measured: Vec<Measured>,
    matches_over: usize,
    reconnects: u32,
    error: Option<String>,
}

/// Fills `rooms` rooms of `size` players each, measures for `seconds` once all are in a match, and leaves.
pub(crate) async fn run(
    (url, pool): (&str, &str),
    (rooms, size): (usize, usize),
    seconds: u64,
    (link, transport): (SimulatedLink, Transport),
) -> Summary {
    let players = rooms * size;
    let (window, end) = (Window::default(), watch::Sender::new(false));
    let (entered, mut entries) = mpsc::unbounded_channel();
    let mut bots = JoinSet::new();
    for index in 0..players {
        bots.spawn(live(Bot {
            url: url.to_owned(),
            pool: pool.to_owned(),
            name: format!("Bot {}", index + 1),
            link,
            transport,
            window: window.clone(),
            entered: entered.clone(),
            end: end.subscribe(),
        }));
    }
    let mut played_in = BTreeSet::new();
    let all_in = timeout(START_MAX, async {
        for _ in 0..players {
            played_in.extend(entries.recv().await);
        }
    });
    let late = all_in.await.is_err();
    window.open();
    sleep(Duration::from_secs(seconds)).await;
    end.send_replace(true);
    let mut summary = summed(bots.join_all().await, seconds);
    (summary.rooms, summary.players) = (played_in.len(), players);
    if late {
        let error = format!("not everybody was in a match after {START_MAX:?}");
        summary.errors.insert(0, error);
    }
    summary
}

struct Bot {
    url: String,
    pool: String,
    name: String,
    link: SimulatedLink,
    transport: Transport,
    window: Window,
    entered: mpsc::UnboundedSender<String>,
    end: watch::Receiver<bool>,
}

async fn live(bot: Bot) -> Report {
    let mut report = Report::default();
    let client = match Client::bot(&bot.url, &bot.name).await {
        Ok(client) => client.over(bot.link).with_transport(bot.transport),
        Err(error) => {
            report.error = Some(format!("{}: guest: {error}", bot.name));
            return report;
        }
    };
    let mut end = bot.end.clone();
    let lived = tokio::select! {
        lived = match_after_match(&bot, &client, &mut report) => lived,
        _ = end.wait_for(|end| *end) => Ok(()),
    };
    report.error = lived.err().map(|error| format!("{}: {error}", bot.name));
    // Nothing is measured any more; who does not get away is found out by the lobby.
    let _ = client.leave().await;
    let _ = client.forfeit().await;
    report
}

async fn match_after_match(bot: &Bot, client: &Client, report: &mut Report) -> Result<(), Error> {
    loop {
        let (room, lobby, game) = until_started(client, &bot.pool).await?;
        let seed = client.token().bytes().fold(game.epoch, |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(byte.into())
        });
        // The host may have counted enough.
        let _ = bot.entered.send(room);
        let mut playing = Playing {
            played: Played::within(bot.window.clone()),
            report,
        };
        play(client, lobby, game, seed, &mut playing.played).await?;
        playing.report.matches_over += 1;
    }
}

/// A match that is noted however it ends.
struct Playing<'a> {
    played: Played,
    report: &'a mut Report,
}

impl Drop for Playing<'_> {
    fn drop(&mut self) {
        self.report.reconnects += self.played.reconnects;
        self.report
            .measured
            .push(std::mem::take(&mut self.played.measured));
    }
}

fn summed(reports: Vec<Report>, seconds: u64) -> Summary {
    let mut summary = Summary {
        rooms: 0,
        players: 0,
        seconds,
        totals: Totals::default(),
        matches_over: 0,
        reconnects: 0,
        errors: Vec::new(),
    };
    let mut measured = Vec::new();
    for report in reports {
        measured.extend(report.measured);
        summary.matches_over += report.matches_over;
        summary.reconnects += report.reconnects;
        summary.errors.extend(report.error);
    }
    summary.errors.truncate(ERRORS_MAX);
    summary.totals = Totals::of(&measured);
    summary
}
