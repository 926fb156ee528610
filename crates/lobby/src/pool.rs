//! [`Pool`]: one pool of a lobby, its queue, and the objects for its other parts.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bridge::Bridge;
use crate::deadlines::Deadlines;
use crate::error::{Error, Result, corrupt};
use crate::fleet::{Fleet, Given};
use crate::keys;
use crate::matches::Matches;
use crate::outbox::Outbox;
use crate::players::claims::{Claim, Claims, Holder};
use crate::redis::script;
use crate::replays::Replays;
use crate::settings::PoolSettings;
use crate::store::{PoolStore, random};
use crate::sweep::Sweep;
use crate::types::{Join, Joined};

/// The most players that one call of the script seats.
const ASSIGN_MAX: u32 = 50;
/// How often a join takes a new claim after the pool refused the previous one as too old.
const ROUNDS_MAX: u32 = 3;

/// One pool of a lobby. Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    /// The bridge's lease, and the poll for work.
    pub bridge: Bridge,
    /// Overdue rooms, players and relays.
    pub deadlines: Deadlines,
    /// Running matches.
    pub matches: Matches,
    /// Notifications for players and relays.
    pub outbox: Outbox,
    /// Replays of finished matches.
    pub replays: Replays,
    /// Repairs of broken invariants.
    pub sweep: Sweep,
    pub(crate) store: PoolStore,
    claims: Claims,
    fleet: Fleet,
}

/// What [`Pool::assign`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// Players seated.
    pub seated: u64,
    /// Matches started.
    pub started: u64,
    /// Candidates who could not be seated now.
    pub skipped: u64,
    /// More players can be seated: call again.
    pub remainder: bool,
    /// How long the longest-waiting of the seated players had waited since joining, in ms; 0 if nobody was seated.
    pub waited_ms: u64,
}

/// A seated player whose trace is exported, and how long they were in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TracedSeat {
    /// UUID text.
    pub player: String,
    /// The room's id.
    pub room: String,
    /// The `traceparent` of the call that put the player into the queue; see [`Join::trace`].
    pub trace: String,
    /// When they got into the queue, ms since 1970, by the clock of Redis.
    pub since_ms: u64,
    /// When they got the seat.
    pub until_ms: u64,
}

impl Pool {
    pub(crate) fn new(store: PoolStore) -> Self {
        Self {
            bridge: Bridge::new(&store),
            deadlines: Deadlines::new(&store),
            matches: Matches::new(&store),
            outbox: Outbox::new(&store),
            replays: Replays::new(&store),
            sweep: Sweep::new(&store),
            claims: Claims::new(&store.stores),
            fleet: Fleet::new(&store.stores),
            store,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.store.name()
    }

    /// Its settings, as they are now.
    pub fn settings(&self) -> Arc<PoolSettings> {
        self.store.settings()
    }

    /// `POST /lobby/queue`: puts the player into the queue. Counts as a sign of life. A repeat with the same
    /// `request` gets the same answer, except [`Joined::OtherPool`] and [`Joined::Closed`]: these had no effect and
    /// are decided again.
    pub async fn queue_join(&self, join: Join<'_>) -> Result<Joined> {
        let mut last_nonce = "0".to_owned();
        for _ in 0..ROUNDS_MAX {
            let claim = self.claims.take(&self.store, join.player, &last_nonce);
            let claim = match claim.await? {
                Holder::ThisPool(claim) => claim,
                Holder::Other(answer) => return Ok(answer),
            };
            match self.enqueue(&join, &claim).await? {
                Enqueued::Accepted(answer) => return Ok(answer),
                Enqueued::Late { after } => last_nonce = after,
            }
        }
        Err(corrupt(
            &keys::claim(join.player),
            "the pool refused every claim as too old",
        ))
    }

    /// Seats up to 50 players of the queue and starts full rooms on live relays.
    pub async fn assign(&self) -> Result<Assigned> {
        Ok(self.run_assign("").await?.0)
    }

    /// Like [`Pool::assign`], and returns the seated players who have a trace.
    pub async fn assign_traced(&self) -> Result<(Assigned, Vec<TracedSeat>)> {
        self.run_assign("1").await
    }

    async fn run_assign(&self, traced: &str) -> Result<(Assigned, Vec<TracedSeat>)> {
        let relays = self.fleet.candidates(&self.store).await?;
        let args = [relays.as_str(), &random(), &ASSIGN_MAX.to_string(), traced];
        let answer: AssignAnswer = self
            .store
            .run_json("assign", &script::ASSIGN, &[], &args)
            .await?;
        self.fleet.given(&answer.given).await;
        Ok((answer.assigned, answer.traced))
    }

    /// Enqueues once under a claim.
    async fn enqueue(&self, join: &Join<'_>, claim: &Claim) -> Result<Enqueued> {
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
            join.game,
            join.latencies,
            join.trace,
        ];
        let keys = self.store.player_keys(join.player);
        let result: Result<JoinAnswer> = self
            .store
            .run_json("queue_join", &script::QUEUE_JOIN, &keys, &args)
            .await;
        let holds = match &result {
            Ok(answer) => answer.holds,
            Err(Error::Full) => false,
            // Maybe applied: the claim stays until the state of the record is known.
            Err(_) => true,
        };
        if !holds {
            self.claims
                .release_now(join.player, self.name(), Some(&nonce))
                .await;
        }
        Ok(result?.answer)
    }
}

#[derive(Deserialize)]
struct AssignAnswer {
    #[serde(flatten)]
    assigned: Assigned,
    /// The rooms that each relay got.
    #[serde(default)]
    given: BTreeMap<String, Given>,
    #[serde(default)]
    traced: Vec<TracedSeat>,
}

#[derive(Deserialize)]
struct JoinAnswer {
    answer: Enqueued,
    /// The record has the claim's nonce, so the claim must stay.
    holds: bool,
}

/// The outcome of one enqueue.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Enqueued {
    Accepted(Joined),
    /// Nothing was changed: the claim is too old, or not newer than the last membership, whose nonce is `after`.
    Late {
        after: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lobby, Pools};
    use testkit::Redis;

    /// An enqueue that arrives at `at_ms` under a claim taken at 0 with nonce 5, after a membership with
    /// `nonce_before` ended.
    async fn check_enqueue(
        server: &Redis,
        at_ms: u64,
        nonce_before: Option<u64>,
        is_enqueued: bool,
    ) {
        let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
        let lobby = Lobby::connect(&server.url, pools).await.expect("a lobby");
        let pool_at = |ms| lobby.at(ms).pool("main").expect("the pool");
        let (player, pool) = (random(), pool_at(at_ms));
        let join = Join {
            player: &player,
            name: "a",
            color: None,
            game: "",
            latencies: "",
            trace: "",
            priority: 0,
            request: None,
        };
        let claim = |nonce| Claim {
            pool: "main".to_owned(),
            nonce,
            taken_at_ms: 0,
        };
        if let Some(nonce) = nonce_before {
            let before = Claim {
                taken_at_ms: at_ms,
                ..claim(nonce)
            };
            let enqueued = pool.enqueue(&join, &before).await.expect("enqueue");
            assert!(matches!(enqueued, Enqueued::Accepted(_)), "{enqueued:?}");
            let later = pool_at(at_ms + 400_000);
            later.deadlines.expire(100).await.expect("expire");
        }
        let answer = pool.enqueue(&join, &claim(5)).await.expect("enqueue");
        assert_eq!(
            matches!(answer, Enqueued::Accepted(_)),
            is_enqueued,
            "at {at_ms} after {nonce_before:?}"
        );
    }

    #[tokio::test]
    async fn an_enqueue_that_arrives_late_or_after_a_newer_membership_is_refused() {
        let server = Redis::shared();
        check_enqueue(&server, 10_000, None, true).await;
        check_enqueue(&server, 10_001, None, false).await;
        check_enqueue(&server, 1000, Some(4), true).await;
        check_enqueue(&server, 1000, Some(5), false).await;
        check_enqueue(&server, 1000, Some(6), false).await;
    }
}
