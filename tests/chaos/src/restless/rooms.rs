//! A player in rooms that players make: makes a room or joins one by its code, starts it with bots, is removed from
//! it, plays, and gathers again.

use bots::{Error, MadeRoom, RoomChange};
use tokio::time::{Instant, sleep, timeout};

use crate::restless::{DONE_MAX, Player, WAIT_MAX};

impl Player {
    /// Makes a room and is its host.
    pub(super) async fn make_room(&mut self, pool: &str) -> Result<(), Error> {
        self.begin_to_enter();
        let made = self.client.create_room(pool).await?;
        self.entered();
        self.ledger.share_code(&made.code);
        self.list_now_and_then(&made).await?;
        sleep(self.dice.ms(300, 4000)).await;
        match self.dice.below(10) {
            0..3 => return self.leave().await,
            3 => self.kick_somebody(&made).await?,
            _ => {}
        }
        let bots = if pool == "eu" { 2 } else { 0 };
        self.client
            .change_room(&made.room, &RoomChange::Start(bots))
            .await?;
        self.play_made().await
    }

    /// Joins a room that another player made.
    pub(super) async fn join_by_code(&mut self) -> Result<(), Error> {
        let Some(code) = self.ledger.shared_code(&mut self.dice) else {
            return Ok(());
        };
        self.begin_to_enter();
        let made = self.client.join_room(&code).await?;
        self.entered();
        let ready = RoomChange::Ready(self.dice.percent(80));
        self.client.change_room(&made.room, &ready).await?;
        self.play_made().await
    }

    /// Waits for the match, plays it, and sometimes gathers again with the others.
    async fn play_made(&mut self) -> Result<(), Error> {
        let started = timeout(WAIT_MAX, self.until_started()).await.ok().flatten();
        let Some((room, game)) = started else {
            return self.leave().await;
        };
        if !self.play(room.clone(), game).await? || self.dice.percent(40) {
            return Ok(());
        }
        self.begin_to_enter();
        let made = self.client.rematch(&room).await?;
        self.entered();
        self.ledger.share_code(&made.code);
        sleep(self.dice.ms(300, 3000)).await;
        self.leave().await
    }

    /// Lists the room, and sometimes makes it private again after a while.
    pub(super) async fn list_now_and_then(&mut self, made: &MadeRoom) -> Result<(), Error> {
        if self.dice.percent(50) {
            let listed = RoomChange::Listed(true);
            self.client.change_room(&made.room, &listed).await?;
            if self.dice.percent(20) {
                sleep(self.dice.ms(0, 1000)).await;
                let private = RoomChange::Listed(false);
                self.client.change_room(&made.room, &private).await?;
            }
        }
        Ok(())
    }

    async fn kick_somebody(&mut self, made: &MadeRoom) -> Result<(), Error> {
        let view = self.client.room(&made.room).await?;
        let own = self.client.player_id();
        let other = view.players.keys().find(|id| Some(id.as_str()) != own);
        if let Some(other) = other.cloned() {
            let kick = RoomChange::Kick(other);
            self.client.change_room(&made.room, &kick).await?;
        }
        Ok(())
    }

    /// Records that the player asks to be out of another room or queue, if they are in one.
    pub(super) fn begin_to_enter(&mut self) {
        if self.lobby.is_none() {
            self.lobby = Some(self.client.lobby());
        }
        self.waits = false;
        self.unsure_until = Instant::now() + DONE_MAX;
    }

    pub(super) fn entered(&mut self) {
        self.waits = true;
    }
}
