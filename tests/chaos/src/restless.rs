//! A player that behaves erratically: joins, leaves, forfeits, loses sockets, opens others, and returns.

mod groups;
mod last;
mod rooms;

use std::sync::Arc;
use std::time::Duration;

use bots::{
    Client, Error, GameTicket, Join, Joined, Lobby, LobbyMessage, Me, Status, next_message,
};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::seat::{self, End};
use crate::track::Track;

/// The interval of signs of life while waiting, well below the time after which a silent player is removed.
const SYNC_INTERVAL: Duration = Duration::from_secs(4);
/// A player who has waited this long does something else.
const WAIT_MAX: Duration = Duration::from_secs(20);
/// A request without an answer is applied within this time or never.
const DONE_MAX: Duration = Duration::from_mins(1);
/// Without faults, a request that is refused for this long has failed.
const INSIST_MAX: Duration = Duration::from_secs(40);

/// The current phase of all players.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Join and leave.
    Restless,
    /// Leave the queue, room or match.
    Home,
    /// Play one more match, to its end.
    Last,
    /// Leave for good.
    Done,
}

/// One player.
pub(crate) struct Player {
    pub(crate) client: Client,
    pub(crate) name: String,
    pub(crate) pools: Arc<Vec<String>>,
    pub(crate) track: Track,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) dice: Dice,
    pub(crate) phase: watch::Receiver<Phase>,
    lobby: Option<Lobby>,
    /// Whether the lobby has confirmed that the player waits, and they have not asked to leave since.
    waits: bool,
    /// The time until which an unanswered request to leave may still be applied.
    unsure_until: Instant,
}

type Place = (String, GameTicket);

impl Player {
    /// Creates a guest; repeats the request until the lobby accepts it.
    pub(crate) async fn come(
        url: &str,
        number: usize,
        seed: u64,
        pools: Arc<Vec<String>>,
        ledger: Arc<Ledger>,
        phase: watch::Receiver<Phase>,
    ) -> Self {
        let name = format!("Player {}", number + 1);
        let client = loop {
            match Client::guest(url, &name).await {
                Ok(client) => break client,
                Err(error) => ledger.failure("guest", &error),
            }
            sleep(Duration::from_millis(200)).await;
        };
        Self {
            client,
            name,
            pools,
            track: Track::default(),
            ledger,
            dice: Dice::new(seed, number as u64),
            phase,
            lobby: None,
            waits: false,
            unsure_until: Instant::now(),
        }
    }

    /// Joins and leaves until the phase changes.
    pub(crate) async fn be_restless(&mut self) {
        let mut phase = self.phase.clone();
        while *phase.borrow() == Phase::Restless {
            tokio::select! {
                () = self.do_something() => {}
                _ = phase.wait_for(|phase| *phase != Phase::Restless) => {}
            }
            self.track.leave();
        }
    }

    /// Reads the player's state, checks that the player is not lost, and leaves queue, room or match.
    pub(crate) async fn go_home(&mut self) {
        let deadline = Instant::now() + INSIST_MAX;
        loop {
            let me = self.client.me().await;
            match me {
                Ok(me) if me.status == Status::Out => {
                    self.note_out(&me);
                    return;
                }
                Ok(me) => self.get_out(me).await,
                Err(error) => self.ledger.failure("me", &error),
            }
            if Instant::now() > deadline {
                self.ledger
                    .wrong(format!("{} did not get out in {INSIST_MAX:?}", self.name));
                return;
            }
            sleep(Duration::from_millis(300)).await;
        }
    }

    async fn do_something(&mut self) {
        let pool = self.dice.pick(&self.pools).clone();
        let die = self.dice.below(100);
        let done = match die {
            0..20 => self.play_whole(&pool).await,
            20..30 => self.join_and_leave(&pool).await,
            30..41 => self.play_a_while(&pool, true).await,
            41..49 => self.play_a_while(&pool, false).await,
            49..54 => self.open_a_second_socket(&pool).await,
            54..58 => self.vanish(&pool).await,
            58..66 => self.make_room(&pool).await,
            66..78 => self.join_by_code().await,
            78..86 => self.make_group(&pool).await,
            86..96 => self.join_group().await,
            _ => self.join_elsewhere_too(&pool).await,
        };
        if let Err(error) = done {
            self.ledger.failure("", &error);
            sleep(self.dice.ms(100, 700)).await;
        }
    }

    async fn play_whole(&mut self, pool: &str) -> Result<(), Error> {
        match self.get_in(pool).await? {
            Some((room, game)) => self.play(room, game).await.map(drop),
            None => self.leave().await,
        }
    }

    async fn join_and_leave(&mut self, pool: &str) -> Result<(), Error> {
        self.join(pool).await?;
        sleep(self.dice.ms(0, 3000)).await;
        self.leave().await
    }

    async fn play_a_while(&mut self, pool: &str, forfeits: bool) -> Result<(), Error> {
        let Some((room, game)) = self.get_in(pool).await? else {
            return self.leave().await;
        };
        let a_while = self.dice.ms(100, 5000);
        if let Ok(ended) = timeout(a_while, self.play(room, game)).await {
            return ended.map(drop);
        }
        if forfeits {
            let room = self.track.now().map(|now| now.room);
            self.track.leave();
            return self.forfeit(room).await;
        }
        self.track.leave();
        // The connection is lost; the player returns by joining.
        sleep(self.dice.ms(0, 4000)).await;
        match self.join(pool).await? {
            Some((room, game)) => self.play(room, game).await.map(drop),
            None => Ok(()),
        }
    }

    async fn open_a_second_socket(&mut self, pool: &str) -> Result<(), Error> {
        self.join(pool).await?;
        let first = self.lobby.replace(self.client.lobby());
        sleep(self.dice.ms(0, 500)).await;
        let place = timeout(WAIT_MAX, self.until_started()).await.ok().flatten();
        drop(first);
        match place {
            Some((room, game)) => self.play(room, game).await.map(drop),
            None => self.leave().await,
        }
    }

    async fn vanish(&mut self, pool: &str) -> Result<(), Error> {
        self.join(pool).await?;
        self.lobby = None;
        sleep(self.dice.ms(1000, 8000)).await;
        self.lobby = Some(self.client.lobby());
        let me = self.client.me().await?;
        if me.status == Status::Out {
            self.note_out(&me);
        }
        Ok(())
    }

    async fn join_elsewhere_too(&mut self, pool: &str) -> Result<(), Error> {
        self.join(pool).await?;
        let other = self.dice.pick(&self.pools).clone();
        match self.client.join(&wish(&other)).await {
            Err(error) if matches!(error.slug(), Some("other-pool")) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Joins and waits for the match. None: it took too long.
    async fn get_in(&mut self, pool: &str) -> Result<Option<Place>, Error> {
        if let Some(place) = self.join(pool).await? {
            return Ok(Some(place));
        }
        Ok(timeout(WAIT_MAX, self.until_started()).await.ok().flatten())
    }

    /// Joins. Some: the player had a running match.
    async fn join(&mut self, pool: &str) -> Result<Option<Place>, Error> {
        if self.lobby.is_none() {
            self.lobby = Some(self.client.lobby());
        }
        match self.client.join(&wish(pool)).await? {
            Joined::Playing { room, game } => Ok(Some((room, game))),
            Joined::Queued { .. } | Joined::Seated { .. } => {
                self.waits = true;
                Ok(None)
            }
        }
    }

    async fn forfeit(&mut self, room: Option<String>) -> Result<(), Error> {
        self.waits = false;
        if let (Some(room), Some(player)) = (room, self.client.player_id()) {
            self.ledger.forfeited(&room, player);
        }
        let unsure_until = self.unsure_until;
        self.unsure_until = Instant::now() + DONE_MAX;
        self.client.forfeit().await?;
        // An earlier unanswered request may still be applied.
        self.unsure_until = unsure_until;
        Ok(())
    }

    async fn leave(&mut self) -> Result<(), Error> {
        self.waits = false;
        // Whether it is applied or not, the player has now asked to be out.
        let unsure_until = self.unsure_until;
        self.unsure_until = Instant::now() + DONE_MAX;
        self.client.leave().await?;
        self.unsure_until = unsure_until;
        Ok(())
    }

    /// Whether an unanswered request to be out may have been applied just now.
    fn is_unsure(&self) -> bool {
        Instant::now() < self.unsure_until
    }

    /// Waits for a match. None: the player is out.
    async fn until_started(&mut self) -> Option<Place> {
        loop {
            let Ok(message) = timeout(SYNC_INTERVAL, next_message(&mut self.lobby)).await else {
                self.show_life().await;
                continue;
            };
            match message {
                LobbyMessage::MatchStarted { room_id, game, .. }
                | LobbyMessage::MatchMoved { room_id, game, .. } => return Some((room_id, game)),
                LobbyMessage::State(me) => match (me.room.clone(), me.game.clone()) {
                    (Some(room), Some(game)) => return Some((room, game)),
                    // The status may be older than the join.
                    _ if me.status == Status::Out && self.is_out().await => return None,
                    _ => {}
                },
                LobbyMessage::Removed { reason, .. } => {
                    self.waits = false;
                    self.ledger.ended(&reason);
                    return None;
                }
                LobbyMessage::RoomJoined { room, .. } | LobbyMessage::RoomUpdated { room, .. }
                    if room.players.len() > room.seats_max =>
                {
                    self.ledger.wrong(format!("overfull: {room:?}"));
                }
                _ => {}
            }
        }
    }

    async fn is_out(&mut self) -> bool {
        match self.client.me().await {
            Ok(me) if me.status == Status::Out => {
                self.note_out(&me);
                true
            }
            _ => false,
        }
    }

    async fn show_life(&mut self) {
        if let Some(lobby) = &self.lobby {
            lobby.sync();
        } else {
            sleep(Duration::from_secs(1)).await;
            self.lobby = Some(self.client.lobby());
        }
    }

    /// Plays this match to its end. False: its announcement was late, and the player is in another membership.
    async fn play(&mut self, room: String, game: GameTicket) -> Result<bool, Error> {
        let end = seat::play(&self.client, &mut self.lobby, &room, game, &self.track).await;
        self.track.leave();
        match end? {
            End::Over(room, scores) => self.ledger.over(&room, &scores),
            End::Ended(Some(reason)) => self.ledger.ended(&reason),
            End::Ended(None) => return Ok(self.find_out_why().await),
        }
        self.waits = false;
        Ok(true)
    }

    /// Determines why the match ended. False: its announcement was late.
    async fn find_out_why(&mut self) -> bool {
        let is_unsure = self.is_unsure();
        match self.client.me().await {
            Ok(me) if me.status != Status::Out => {
                self.ledger.ended("late announcement of an earlier match");
                return false;
            }
            Ok(Me {
                reason: Some(reason),
                ..
            }) => self.ledger.ended(&reason),
            // An unanswered request was applied late.
            Ok(_) if is_unsure => self.ledger.ended("requested by the player"),
            Ok(me) => self
                .ledger
                .wrong(format!("lost: {} played, and is {me:?}", self.name)),
            Err(error) => self.ledger.failure("me", &error),
        }
        self.waits = false;
        true
    }

    async fn get_out(&mut self, me: Me) {
        self.waits = false;
        let out = if me.status == Status::Playing {
            self.forfeit(me.room).await
        } else {
            self.leave().await
        };
        if let Err(error) = out {
            self.ledger.failure("out", &error);
        }
    }

    /// Checks that a player who is out without having asked to be received the reason.
    fn note_out(&mut self, me: &Me) {
        match &me.reason {
            None if self.waits && !self.is_unsure() => self
                .ledger
                .wrong(format!("lost: {} waited, and is {me:?}", self.name)),
            Some(reason) if self.waits => self.ledger.ended(reason),
            _ => {}
        }
        self.waits = false;
    }
}

fn wish(pool: &str) -> Join {
    Join {
        pool: Some(pool.to_owned()),
        ..Join::default()
    }
}
