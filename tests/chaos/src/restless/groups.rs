//! A player in groups: gathers with others in a room, queues together with them, plays, and gathers again in the same
//! room.

use bots::{Error, MadeRoom, RoomChange};
use tokio::time::{sleep, timeout};

use crate::restless::{Player, WAIT_MAX};

impl Player {
    /// Makes a room, and queues it as a group with the players who have joined.
    pub(super) async fn make_group(&mut self, pool: &str) -> Result<(), Error> {
        self.begin_to_enter();
        let made = self.client.create_room(pool).await?;
        self.entered();
        self.ledger.share_group_code(&made.code);
        self.list_now_and_then(&made).await?;
        sleep(self.dice.ms(500, 2500)).await;
        self.look_for_others(&made, true).await?;
        if self.dice.percent(15) {
            sleep(self.dice.ms(0, 1000)).await;
            self.look_for_others(&made, false).await?;
            sleep(self.dice.ms(0, 1000)).await;
            self.look_for_others(&made, true).await?;
        }
        self.play_in_group(&made).await
    }

    /// Joins the room of a group, which may already be queued.
    pub(super) async fn join_group(&mut self) -> Result<(), Error> {
        let Some(code) = self.ledger.shared_group_code(&mut self.dice) else {
            return Ok(());
        };
        self.begin_to_enter();
        let made = self.client.join_room(&code).await?;
        self.entered();
        self.play_in_group(&made).await
    }

    async fn look_for_others(&self, made: &MadeRoom, queue: bool) -> Result<(), Error> {
        let queue = RoomChange::Queue(queue);
        self.client.change_room(&made.room, &queue).await
    }

    /// Waits for the match, plays it, and gathers again. Sometimes the player leaves, or closes the lobby socket,
    /// while the group may be getting its seats.
    async fn play_in_group(&mut self, made: &MadeRoom) -> Result<(), Error> {
        match self.dice.below(10) {
            0 => {
                sleep(self.dice.ms(0, 3000)).await;
                return self.leave().await;
            }
            1 | 2 => {
                sleep(self.dice.ms(0, 2000)).await;
                self.lobby = None;
                sleep(self.dice.ms(500, 8000)).await;
                self.lobby = Some(self.client.lobby());
            }
            _ => {}
        }
        let started = timeout(WAIT_MAX, self.until_started()).await.ok().flatten();
        let Some((room, game)) = started else {
            return self.leave().await;
        };
        if !self.play(room.clone(), game).await? || self.dice.percent(30) {
            return Ok(());
        }
        self.gather_again(made, &room).await
    }

    async fn gather_again(&mut self, made: &MadeRoom, played: &str) -> Result<(), Error> {
        self.begin_to_enter();
        let again = self.client.rematch(played).await?;
        self.entered();
        if again.room == made.room {
            self.ledger.met_again();
        }
        self.ledger.share_group_code(&again.code);
        sleep(self.dice.ms(300, 2000)).await;
        if self.client.player_id() != Some(again.host.as_str()) {
            return self.leave().await;
        }
        self.look_for_others(&again, true).await?;
        // Does not play a third match in the same room.
        let started = timeout(WAIT_MAX, self.until_started()).await.ok().flatten();
        match started {
            Some((room, game)) => self.play(room, game).await.map(drop),
            None => self.leave().await,
        }
    }
}
