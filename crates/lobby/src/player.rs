//! What a player does through the HTTP functions: join, leave, forfeit, ask for the own state, give a sign of life.

use serde::{Deserialize, Serialize};

use crate::claim::{Claim, Holder};
use crate::error::{Error, Result, corrupt};
use crate::keys;
use crate::lobby::{Lobby, random};
use crate::origin::Origin;
use crate::pool::Pool;
use crate::script;

/// A refused enqueue (its claim too old) is begun anew so often.
const ROUNDS_MAX: u32 = 3;

/// A player who wants to be matched.
#[derive(Clone, Copy, Debug)]
pub struct Join<'a> {
    /// UUID text.
    pub player: &'a str,
    /// What others see.
    pub name: &'a str,
    /// `#rrggbb`; taken in the room already: the next free one of the palette.
    pub color: Option<&'a str>,
    /// From a claim in the token, 0..=1000; each is worth a second of waiting.
    pub priority: u32,
    /// `Idempotency-Key`.
    pub request: Option<&'a str>,
}

/// The answer to [`Lobby::join`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Joined {
    /// In the queue; `new`: 202; else 200.
    Queued {
        /// From 1.
        position: u64,
        /// This call put the player there.
        new: bool,
    },
    /// In a waiting room already.
    Seated {
        /// Its id.
        room: String,
    },
    /// 409, with how to rejoin it.
    Playing {
        /// Its id.
        room: String,
        /// How to reach it.
        game: GameTicket,
    },
    /// 409.
    OtherPool {
        /// The pool that holds the player.
        pool: String,
    },
}

/// The answer to [`Lobby::leave`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Out now, or was out already.
    Out,
    /// 409: forfeit instead.
    Playing {
        /// Its id.
        room: String,
    },
}

/// The answer to [`Lobby::forfeit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forfeited {
    /// The player is out of the match.
    Done,
    /// There was no match to give up.
    NotPlaying,
}

/// How to reach a running match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameTicket {
    /// `ws://127.0.0.1:8080/game/relay-1`; until [`GameTicket::seen_from`], a path where the relay has no address of its own.
    pub url: String,
    /// `/game/relay-1`: its path at the front door, where the front door serves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Single use, 30 s.
    pub ticket: String,
    /// The relay's id.
    pub relay: String,
    /// The room's epoch.
    pub epoch: u64,
}

impl GameTicket {
    /// The same, as the client at this origin reaches it.
    #[must_use]
    pub fn seen_from(self, origin: Option<&Origin>) -> Self {
        let (url, path) = Origin::resolve(origin, self.url);
        Self { url, path, ..self }
    }
}

/// `GET /lobby/me`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Me {
    /// Where the player is.
    pub status: Status,
    /// Why the player is out, when he did not ask to be: `expired`, `room_closed`, `match_over`, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The pool of the stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// In the queue, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The room's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// How to reach the match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub game: Option<GameTicket>,
}

/// A player is in exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nowhere.
    Out,
    /// In a pool's queue.
    Queued,
    /// In a waiting room.
    Seated,
    /// In a match.
    Playing,
}

impl Me {
    /// The same, as the client at this origin reaches its match.
    #[must_use]
    pub fn seen_from(self, origin: Option<&Origin>) -> Self {
        let game = self.game.map(|game| game.seen_from(origin));
        Self { game, ..self }
    }

    pub(crate) fn out(reason: Option<String>) -> Self {
        Self {
            status: Status::Out,
            reason,
            pool: None,
            position: None,
            room: None,
            game: None,
        }
    }
}

impl Lobby {
    /// `POST /lobby/queue`. A sign of life. The same `request` answers the same, except [`Joined::OtherPool`], which is
    /// looked up anew: it had no effect. Errors: [`Error::UnknownPool`].
    pub async fn join(&self, pool: &str, join: Join<'_>) -> Result<Joined> {
        let pool = self.pool(pool)?;
        let mut last_stay = "0".to_owned();
        for _ in 0..ROUNDS_MAX {
            let claim = match self.claim_take(&pool, join.player, &last_stay).await? {
                Holder::Me(claim) => claim,
                Holder::Other(answer) => return Ok(answer),
            };
            match self.enqueue(&pool, &join, &claim).await? {
                Enqueued::Known(answer) => return Ok(answer),
                Enqueued::Late { after } => last_stay = after,
            }
        }
        Err(corrupt(
            &keys::claim(join.player),
            "the pool refused every claim as too old",
        ))
    }

    /// `DELETE /lobby/queue`: out of the queue or the waiting room, whichever pool.
    pub async fn leave(&self, player: &str, request: Option<&str>) -> Result<Left> {
        let pool = self.pool_for(player, "leave", request).await?;
        let args = [player, request.unwrap_or_default()];
        let answer: LeftAnswer = pool
            .ask(
                "queue_leave",
                &script::QUEUE_LEAVE,
                &pool.player_keys(player),
                &args,
            )
            .await?;
        match answer {
            LeftAnswer::Out { release } => {
                self.release(player, &pool, release).await;
                Ok(Left::Out)
            }
            LeftAnswer::Playing { room } => Ok(Left::Playing { room }),
        }
    }

    /// `DELETE /lobby/match`: forfeits the running match.
    pub async fn forfeit(&self, player: &str, request: Option<&str>) -> Result<Forfeited> {
        let pool = self.pool_for(player, "forfeit", request).await?;
        let args = [player, request.unwrap_or_default()];
        let answer: ForfeitAnswer = pool
            .ask(
                "forfeit",
                &script::FORFEIT,
                &pool.player_keys(player),
                &args,
            )
            .await?;
        match answer {
            ForfeitAnswer::Done { release } => {
                self.release(player, &pool, release).await;
                Ok(Forfeited::Done)
            }
            ForfeitAnswer::NotPlaying => Ok(Forfeited::NotPlaying),
        }
    }

    /// `GET /lobby/me`. A sign of life; mints a seat ticket when playing.
    pub async fn me(&self, player: &str) -> Result<Me> {
        if let Some(pool) = self.claim_pool(player).await? {
            let found = pool.me(player).await?;
            if found.state.is_live() {
                return Ok(found.into_me(&pool));
            }
        }
        match self.best_stay(player, "", None).await? {
            None => Ok(Me::out(None)),
            Some((_, found)) if !found.state.is_live() => Ok(Me::out(found.reason)),
            Some((pool, found)) => {
                self.claim_restore(player, pool.name(), found.nonce())
                    .await?;
                Ok(pool.me(player).await?.into_me(&pool))
            }
        }
    }

    /// A sign of life without an answer (`ping` on the lobby socket). False: the player is out.
    pub async fn touch(&self, player: &str) -> Result<bool> {
        if let Some(pool) = self.claim_pool(player).await?
            && pool.touch(player).await?
        {
            return Ok(true);
        }
        match self.best_stay(player, "", None).await? {
            Some((pool, found)) if found.state.is_live() => {
                self.claim_restore(player, pool.name(), found.nonce())
                    .await?;
                pool.touch(player).await
            }
            _ => Ok(false),
        }
    }

    /// One enqueue under a claim.
    pub(crate) async fn enqueue(
        &self,
        pool: &Pool,
        join: &Join<'_>,
        claim: &Claim,
    ) -> Result<Enqueued> {
        let (priority, nonce) = (join.priority.to_string(), claim.nonce.to_string());
        let (taken_at, ticket) = (claim.taken_at_ms.to_string(), random());
        let args = [
            join.player,
            join.name,
            join.color.unwrap_or_default(),
            &priority,
            join.request.unwrap_or_default(),
            &nonce,
            &taken_at,
            &ticket,
        ];
        let keys = pool.player_keys(join.player);
        let result: Result<JoinAnswer> = pool
            .ask("queue_join", &script::QUEUE_JOIN, &keys, &args)
            .await;
        let holds = match &result {
            Ok(answer) => answer.holds,
            Err(Error::Full) => false,
            // Maybe applied: the claim must stay until somebody knows.
            Err(_) => true,
        };
        if !holds {
            self.release(join.player, pool, Some(nonce)).await;
        }
        Ok(result?.answer)
    }

    /// Frees the claim at once; if this fails, the outbox entry of the same transition does it later.
    async fn release(&self, player: &str, pool: &Pool, nonce: Option<String>) {
        let Some(nonce) = nonce else { return };
        if let Err(error) = self.claim_release(player, pool.name(), &nonce).await {
            tracing::warn!(%error, "a claim waits for the outbox to release it");
        }
    }

    /// Where a request of this player belongs: the pool that answered it before, else the one he is in.
    async fn pool_for(&self, player: &str, kind: &str, request: Option<&str>) -> Result<Pool> {
        let claimed = self.claim_pool(player).await?;
        if let (None, Some(pool)) = (request, &claimed) {
            return Ok(pool.clone());
        }
        match self.best_stay(player, kind, request).await? {
            Some((pool, found)) if found.known || found.state.is_live() => Ok(pool),
            _ => {
                let first = || self.all_pools().into_iter().next();
                claimed
                    .or_else(first)
                    .ok_or_else(|| Error::Config("there is no pool".to_owned()))
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum LeftAnswer {
    Out { release: Option<String> },
    Playing { room: String },
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ForfeitAnswer {
    Done { release: Option<String> },
    NotPlaying,
}

#[derive(Deserialize)]
struct JoinAnswer {
    answer: Enqueued,
    holds: bool,
}

/// What became of one enqueue.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Enqueued {
    Known(Joined),
    /// The claim is too old, or not newer than the last stay, which had the nonce `after`; nothing was done.
    Late {
        after: String,
    },
}
