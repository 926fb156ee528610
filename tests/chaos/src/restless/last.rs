//! A player's last match, after the faults have ended. It shows whether the player can still play.

use std::time::Duration;

use bots::{Error, Me, Status};
use tokio::time::{Instant, sleep, timeout_at};

use crate::ledger::Last;
use crate::restless::{INSIST_MAX, Place, Player};

impl Player {
    /// Joins this pool, waits for a match, and plays it to its end.
    pub(crate) async fn play_last(&mut self, pool: &str, patience: Duration) -> Last {
        self.lobby = Some(self.client.lobby());
        match self.last_match(pool, patience).await {
            Ok(()) => Last::Played,
            Err(last) => last,
        }
    }

    async fn last_match(&mut self, pool: &str, patience: Duration) -> Result<(), Last> {
        let mut joined = self.join_without_faults(pool).await?;
        let until = Instant::now() + patience;
        loop {
            let started = match joined.take() {
                Some(place) => Some(place),
                None => timeout_at(until, self.until_started()).await.ok().flatten(),
            };
            let (room, game) = match started {
                Some(place) => place,
                None => self.stop_waiting().await?,
            };
            // False: a late announcement of an earlier match. The player continues to wait.
            if self.play(room, game).await? {
                return Ok(());
            }
        }
    }

    async fn join_without_faults(&mut self, pool: &str) -> Result<Option<Place>, Last> {
        let deadline = Instant::now() + INSIST_MAX;
        loop {
            match self.join(pool).await {
                Ok(joined) => return Ok(joined),
                Err(error) if Instant::now() > deadline => {
                    return Err(Last::Failed(format!("cannot join: {error}")));
                }
                // An earlier join whose connection was cut was applied after the player left everything.
                Err(error) if error.slug() == Some("other-pool") => self.go_home().await,
                // Too many players join concurrently.
                Err(_) => {}
            }
            sleep(self.dice.ms(100, 1000)).await;
        }
    }

    /// Stops waiting, because no start was announced. The lobby knows whether the match started anyway, now or
    /// earlier.
    async fn stop_waiting(&mut self) -> Result<Place, Last> {
        let deadline = Instant::now() + INSIST_MAX;
        loop {
            match self.client.me().await {
                Ok(Me {
                    status: Status::Playing,
                    room: Some(room),
                    game: Some(game),
                    ..
                }) => return Ok((room, game)),
                Ok(me) if me.status == Status::Out => return Err(self.without_match(&me)),
                Ok(me) if me.status != Status::Playing => return Err(Last::Alone),
                Ok(me) if Instant::now() > deadline => {
                    return Err(Last::Failed(format!("{me:?} for {INSIST_MAX:?}")));
                }
                Err(error) if Instant::now() > deadline => return Err(error.into()),
                // The match is moving between two game servers, or the lobby is busy.
                Ok(_) | Err(_) => sleep(self.dice.ms(100, 1000)).await,
            }
        }
    }

    fn without_match(&mut self, me: &Me) -> Last {
        self.note_out(me);
        match me.reason.as_deref() {
            Some("match_over") => Last::Missed,
            Some(_) => Last::Alone,
            // An unanswered request was applied late.
            None if self.is_unsure() => Last::Alone,
            None => Last::Failed(format!("{me:?} instead of waiting")),
        }
    }
}

impl From<Error> for Last {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}
