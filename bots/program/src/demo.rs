//! The hosts of demo opponents: one for each pool keeps the planned number of bots waiting.

use std::collections::BTreeMap;
use std::time::Duration;

use bots::Room;
use futures_util::future::join_all;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::demo_bot::{DemoBot, Identity, Ours, Report, Wish};
use crate::plan::{Order, Waiting, plan};

const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// A bot that rejoined and landed elsewhere again is left alone for this long.
const REJOIN_INTERVAL: Duration = Duration::from_secs(5);

const NAMES: [&str; 16] = [
    "Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Hedy", "Linus", "Radia", "Dennis",
    "Joan", "Niklaus", "Mary", "Ken", "Frances", "Tony",
];
const COLORS: [&str; 8] = [
    "#ff5d5d", "#ffa94d", "#ffe066", "#69db7c", "#38d9a9", "#4dabf7", "#9775fa", "#f783ac",
];

/// Keeps bots waiting in each pool until `quit` resolves; then they leave, within a second or so.
pub(crate) async fn keep_waiting(
    url: &str,
    pools: &[String],
    keep: usize,
    quit: impl Future<Output = ()>,
) {
    let end = watch::Sender::new(false);
    let hosts = pools.iter().map(|pool| {
        let mut end = end.subscribe();
        keep_waiting_in(Host::new(url, pool, keep), async move {
            // An error: nobody can end it any more.
            let _ = end.wait_for(|end| *end).await;
        })
    });
    tokio::join!(join_all(hosts), async {
        quit.await;
        end.send_replace(true);
    });
}

async fn keep_waiting_in(mut host: Host, quit: impl Future<Output = ()>) {
    let mut checks = interval(CHECK_INTERVAL);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut quit = std::pin::pin!(quit);
    loop {
        tokio::select! {
            () = &mut quit => break,
            Some((number, report)) = host.incoming.recv() => host.note(number, report),
            Some(ended) = host.tasks.join_next_with_id() => host.bury(ended),
            _ = checks.tick() => {}
        }
        host.follow_plan();
    }
    host.close().await;
}

struct Host {
    url: String,
    pool: String,
    keep: usize,
    ours: Ours,
    bots: BTreeMap<usize, Bot>,
    /// Who is at home, to be sent again.
    home: Vec<Identity>,
    born: usize,
    tasks: JoinSet<Identity>,
    reports: mpsc::UnboundedSender<(usize, Report)>,
    incoming: mpsc::UnboundedReceiver<(usize, Report)>,
    quit: watch::Sender<bool>,
    next_number: usize,
}

struct Bot {
    task: Id,
    place: Place,
    wishes: mpsc::UnboundedSender<Wish>,
    rejoined_at: Option<Instant>,
}

enum Place {
    Waits(Option<Room>),
    Plays,
    /// Sent home; gone in a moment, unless its match began first.
    Leaves,
}

impl Host {
    fn new(url: &str, pool: &str, keep: usize) -> Self {
        let (reports, incoming) = mpsc::unbounded_channel();
        Self {
            url: url.to_owned(),
            pool: pool.to_owned(),
            keep,
            ours: Ours::default(),
            bots: BTreeMap::new(),
            home: Vec::new(),
            born: 0,
            tasks: JoinSet::new(),
            reports,
            incoming,
            quit: watch::Sender::new(false),
            next_number: 0,
        }
    }

    fn note(&mut self, number: usize, report: Report) {
        let Some(bot) = self.bots.get_mut(&number) else {
            return;
        };
        bot.place = match (report, &bot.place) {
            (Report::Plays, _) => Place::Plays,
            // Its room changed while it leaves. Any other report means that it did not leave.
            (Report::Waits(Some(_)), Place::Leaves) => Place::Leaves,
            (Report::Waits(room), _) => Place::Waits(room),
        };
    }

    fn bury(&mut self, ended: Result<(Id, Identity), tokio::task::JoinError>) {
        let task = match ended {
            Ok((task, identity)) => {
                self.home.push(identity);
                task
            }
            Err(error) => {
                tracing::error!(%error, "a bot broke");
                error.id()
            }
        };
        self.bots.retain(|_, bot| bot.task != task);
    }

    fn follow_plan(&mut self) {
        for order in plan(self.keep, &self.ours.ids(), &self.waiting()) {
            match order {
                Order::Spawn => self.spawn(),
                Order::Rejoin(number) => self.rejoin(number),
                Order::Leave(number) => self.send_home(number),
            }
        }
    }

    fn waiting(&self) -> Vec<Waiting> {
        let waits = |(&bot, state): (&usize, &Bot)| match &state.place {
            Place::Waits(room) => Some(Waiting {
                bot,
                room: room.clone(),
            }),
            Place::Plays | Place::Leaves => None,
        };
        self.bots.iter().filter_map(waits).collect()
    }

    fn spawn(&mut self) {
        let identity = self.home.pop().unwrap_or_else(|| self.bear());
        let number = self.next_number;
        self.next_number += 1;
        let (to_bot, wishes) = mpsc::unbounded_channel();
        let bot = DemoBot {
            number,
            url: self.url.clone(),
            pool: self.pool.clone(),
            identity,
            ours: self.ours.clone(),
            reports: self.reports.clone(),
            wishes,
            quit: self.quit.subscribe(),
        };
        let task = self.tasks.spawn(bot.run()).id();
        self.bots.insert(
            number,
            Bot {
                task,
                place: Place::Waits(None),
                wishes: to_bot,
                rejoined_at: None,
            },
        );
    }

    fn bear(&mut self) -> Identity {
        let (name, generation) = (NAMES[self.born % NAMES.len()], self.born / NAMES.len());
        let color = COLORS[self.born % COLORS.len()].to_owned();
        self.born += 1;
        let name = if generation == 0 {
            format!("Bot {name}")
        } else {
            format!("Bot {name} {}", generation + 1)
        };
        Identity {
            name,
            color,
            client: None,
        }
    }

    fn rejoin(&mut self, number: usize) {
        let Some(bot) = self.bots.get_mut(&number) else {
            return;
        };
        if bot
            .rejoined_at
            .is_some_and(|at| at.elapsed() < REJOIN_INTERVAL)
        {
            return;
        }
        bot.rejoined_at = Some(Instant::now());
        bot.place = Place::Waits(None);
        // A bot that just ended is buried in a moment.
        let _ = bot.wishes.send(Wish::Rejoin);
    }

    fn send_home(&mut self, number: usize) {
        let Some(bot) = self.bots.get_mut(&number) else {
            return;
        };
        bot.place = Place::Leaves;
        let _ = bot.wishes.send(Wish::Leave);
    }

    async fn close(mut self) {
        self.quit.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}
