//! One demo opponent: waits in its pool, plays one match, and leaves.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bots::{
    Client, Error, GameTicket, Join, Joined, Lobby, LobbyMessage, Me, Member, Room, RoomPlayer,
    RoomView, Status,
};
use edge::Backoff;
use tokio::sync::{mpsc, watch};
use tokio::time::error::Elapsed;
use tokio::time::{Instant, sleep, timeout};

use crate::measure::Window;
use crate::play::{Played, play};

/// After this long without a message, the bot requests its state from the lobby.
const SYNC_AFTER: Duration = Duration::from_secs(20);
/// What a bot may take to say goodbye.
const GOODBYE_MAX: Duration = Duration::from_secs(1);
/// The lobby's defaults. A room's view does not have these values; a push does.
const SEATS_MIN: usize = 3;
const SEATS_MAX: usize = 5;
const MATCH_MAX: Duration = Duration::from_mins(15);

/// The player ids of all bots of this process.
#[derive(Clone, Default)]
pub(crate) struct Ours(Arc<Mutex<HashSet<String>>>);

impl Ours {
    fn add(&self, player_id: Option<&str>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(player_id.map(str::to_owned));
    }

    pub(crate) fn ids(&self) -> HashSet<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Who a bot is, match after match.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) color: String,
    /// None before the bot has an id in the lobby.
    pub(crate) client: Option<Client>,
}

/// Where a bot is, for the host.
#[derive(Debug)]
pub(crate) enum Report {
    /// In this room; None: joining or queued.
    Waits(Option<Room>),
    Plays,
}

/// What the host wants of a waiting bot.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wish {
    Rejoin,
    Leave,
}

/// One run of a bot.
pub(crate) struct DemoBot {
    pub(crate) number: usize,
    pub(crate) url: String,
    pub(crate) pool: String,
    pub(crate) identity: Identity,
    pub(crate) ours: Ours,
    pub(crate) reports: mpsc::UnboundedSender<(usize, Report)>,
    pub(crate) wishes: mpsc::UnboundedReceiver<Wish>,
    pub(crate) quit: watch::Receiver<bool>,
}

/// How waiting ended.
enum Waited {
    Game(GameTicket),
    /// A match of bots only, which nobody wants to see.
    Pointless,
    Left,
}

impl DemoBot {
    /// Until its match is over, it was sent home, or everything ends.
    pub(crate) async fn run(mut self) -> Identity {
        let mut quit = self.quit.clone();
        tokio::select! {
            () = self.live() => {}
            () = told_to_quit(&mut quit) => self.say_goodbye().await,
        }
        self.identity
    }

    async fn live(&mut self) {
        let mut backoff = Backoff::default();
        loop {
            let began_at = Instant::now();
            let Err(error) = self.live_once().await else {
                return;
            };
            tracing::warn!(bot = self.identity.name, %error, "trying again");
            if error.is_unauthorized() {
                self.identity.client = None;
            }
            self.report(Report::Waits(None));
            if began_at.elapsed() > Duration::from_secs(30) {
                backoff.reset();
            }
            backoff.wait().await;
        }
    }

    async fn live_once(&mut self) -> Result<(), Error> {
        let client = self.client().await?;
        let mut lobby: Lobby = client.lobby();
        let game = match self.wait(&client, &mut lobby).await? {
            Waited::Game(game) => game,
            Waited::Pointless => return client.forfeit().await,
            Waited::Left => return Ok(()),
        };
        self.report(Report::Plays);
        let mut played = Played::within(Window::default());
        let end = timeout(
            MATCH_MAX,
            play(&client, lobby, game, seed(&client), &mut played),
        )
        .await;
        self.log(&client, &played, &end);
        Ok(())
    }

    async fn client(&mut self) -> Result<Client, Error> {
        if let Some(client) = &self.identity.client {
            return Ok(client.clone());
        }
        let client = Client::bot(&self.url, &self.identity.name).await?;
        self.ours.add(client.player_id());
        self.identity.client = Some(client.clone());
        Ok(client)
    }

    async fn wait(&mut self, client: &Client, lobby: &mut Lobby) -> Result<Waited, Error> {
        loop {
            let waited = tokio::select! {
                message = lobby.next() => self.handle(client, message?).await?,
                wish = self.wishes.recv() => self.fulfil(client, wish).await?,
                () = sleep(SYNC_AFTER) => {
                    lobby.sync();
                    None
                }
            };
            if let Some(waited) = waited {
                return Ok(waited);
            }
        }
    }

    async fn handle(
        &mut self,
        client: &Client,
        message: LobbyMessage,
    ) -> Result<Option<Waited>, Error> {
        match message {
            LobbyMessage::RoomJoined { room, .. } | LobbyMessage::RoomUpdated { room, .. } => {
                self.report(Report::Waits(Some(room)));
            }
            LobbyMessage::Queued { .. } | LobbyMessage::Requeued { .. } => {
                self.report(Report::Waits(None));
            }
            LobbyMessage::Removed { .. } => return self.join(client).await,
            LobbyMessage::MatchStarted { players, game, .. }
            | LobbyMessage::MatchMoved { players, game, .. } => {
                return Ok(Some(self.worth_playing(&players, game)));
            }
            LobbyMessage::State(me) => return self.stand(client, me).await,
            _ => {}
        }
        Ok(None)
    }

    async fn stand(&mut self, client: &Client, me: Me) -> Result<Option<Waited>, Error> {
        match (me.status, me.game) {
            (Status::Out, _) => return self.join(client).await,
            (Status::Playing, Some(game)) => return Ok(Some(Waited::Game(game))),
            (Status::Queued, _) => self.report(Report::Waits(None)),
            (Status::Seated, _) => self.look_around(client, me.room).await,
            // Without a game server yet: the lobby will say when there is one.
            (Status::Playing, None) => {}
        }
        Ok(None)
    }

    /// The members of the room, when a push may have been missed.
    async fn look_around(&self, client: &Client, room: Option<String>) {
        let Some(room) = room else { return };
        match client.room(&room).await {
            Ok(view) => self.report(Report::Waits(Some(as_room(view)))),
            Err(error) => tracing::debug!(%error, "the room cannot be read"),
        }
    }

    async fn fulfil(
        &mut self,
        client: &Client,
        wish: Option<Wish>,
    ) -> Result<Option<Waited>, Error> {
        match client.leave().await {
            Ok(()) => {}
            // The match began meanwhile, and the lobby will say so.
            Err(error) if error.slug() == Some("in-match") => return Ok(None),
            Err(error) => return Err(error),
        }
        match wish {
            Some(Wish::Rejoin) => self.join(client).await,
            Some(Wish::Leave) | None => Ok(Some(Waited::Left)),
        }
    }

    async fn join(&mut self, client: &Client) -> Result<Option<Waited>, Error> {
        let join = Join {
            pool: Some(self.pool.clone()),
            color: Some(self.identity.color.clone()),
        };
        match client.join(&join).await? {
            Joined::Queued { .. } => self.report(Report::Waits(None)),
            Joined::Seated { .. } => {}
            Joined::Playing { game, .. } => return Ok(Some(Waited::Game(game))),
        }
        Ok(None)
    }

    fn worth_playing(&self, players: &[Member], game: GameTicket) -> Waited {
        let ours = self.ours.ids();
        let people = players
            .iter()
            .any(|player| !ours.contains(&player.player_id));
        if people {
            Waited::Game(game)
        } else {
            Waited::Pointless
        }
    }

    async fn say_goodbye(&self) {
        let Some(client) = &self.identity.client else {
            return;
        };
        let goodbye = async {
            if client
                .leave()
                .await
                .is_err_and(|error| error.slug() == Some("in-match"))
            {
                // A seat that stands still for five minutes would spoil the match.
                let _ = client.forfeit().await;
            }
        };
        let _ = timeout(GOODBYE_MAX, goodbye).await;
    }

    fn log(&self, client: &Client, played: &Played, end: &Result<Result<(), Error>, Elapsed>) {
        let bot = self.identity.name.as_str();
        match (end, &played.scores) {
            (Ok(Ok(())), Some(scores)) => {
                let own = scores
                    .iter()
                    .find(|score| Some(score.player_id.as_str()) == client.player_id());
                let (rank, score) = own.map(|own| (own.rank, own.score)).unzip();
                tracing::info!(bot, rank, score, "match over");
            }
            (Ok(Ok(())), None) => tracing::info!(bot, reason = played.reason, "out of the match"),
            (Ok(Err(error)), _) => tracing::warn!(bot, %error, "lost the match"),
            (Err(_), _) => tracing::warn!(bot, "a match without end"),
        }
    }

    fn report(&self, report: Report) {
        // Nobody listens: everything is about to end.
        let _ = self.reports.send((self.number, report));
    }
}

async fn told_to_quit(quit: &mut watch::Receiver<bool>) {
    // An error: the host is gone, which means the same.
    let _ = quit.wait_for(|quit| *quit).await;
}

fn as_room(view: RoomView) -> Room {
    let member = |(player_id, player): (String, RoomPlayer)| Member {
        player_id,
        name: player.name,
        colors: player.colors,
    };
    Room {
        room_id: view.room_id,
        players: view.players.into_iter().map(member).collect(),
        seats_min: SEATS_MIN,
        seats_max: SEATS_MAX,
    }
}

/// Another brain in every process and for every bot.
fn seed(client: &Client) -> u64 {
    client
        .player_id()
        .unwrap_or_default()
        .bytes()
        .fold(u64::from(std::process::id()), |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(u64::from(byte))
        })
}
