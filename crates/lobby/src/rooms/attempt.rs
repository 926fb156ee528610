//! How a call enters a room that a player made: it takes the player's claim and runs the script that seats them.

use serde::Deserialize;

use super::Rooms;
use super::entering::{Entered, Entering};
use crate::error::{Error, Result, corrupt};
use crate::keys;
use crate::players::claims::{Claim, Claims, Holder};
use crate::store::{PoolStore, random};
use crate::types::Joined;

/// A script's answer, and the nonce of a code that must now name the room.
pub(super) type Answer = (Entered, Option<String>);

/// How often a call takes a new claim after the pool refused the previous one as too old.
const ROUNDS_MAX: u32 = 3;

impl Rooms {
    /// Takes the player's claim and runs a script that seats the player in a room. None: nothing was changed, because
    /// the room needs a new code.
    pub(super) async fn enter(
        &self,
        pool: &PoolStore,
        script: &redis::Script,
        player: Entering<'_>,
        more: &[&str],
    ) -> Result<Option<Answer>> {
        let claims = Claims::new(&self.stores);
        let (mut last_nonce, mut has_left) = ("0".to_owned(), false);
        for _ in 0..ROUNDS_MAX {
            let claim = match claims.take(pool, player.player, &last_nonce).await? {
                Holder::ThisPool(claim) => claim,
                // The second time: a join of the other pool has begun and not ended; its caller may have crashed.
                Holder::Other(Joined::OtherPool { .. }) if player.leaves && !has_left => {
                    // No script sees two pools: the player leaves the other pool only if they would get the seat.
                    match Self::try_run(pool, script, player, more).await? {
                        Attempt::Entered(refusal) => return Ok(Some((refusal, None))),
                        Attempt::NoCode => return Ok(None),
                        Attempt::Accepted | Attempt::Late { .. } => {}
                    }
                    self.players.queue_leave(player.player, None).await?;
                    has_left = true;
                    continue;
                }
                Holder::Other(Joined::OtherPool { pool }) => {
                    return Ok(Some((Entered::OtherPool { pool }, None)));
                }
                Holder::Other(Joined::Playing { room, game }) => {
                    return Ok(Some((Entered::Playing { room, game }, None)));
                }
                Holder::Other(_) => return Err(corrupt("claim", "an answer of no other pool")),
            };
            let once = self.enter_once(pool, script, player, &claim, more).await?;
            match once.answer {
                Attempt::Entered(entered) => return Ok(Some((entered, once.code_nonce))),
                Attempt::NoCode => return Ok(None),
                Attempt::Late { after } => last_nonce = after,
                Attempt::Accepted => {
                    return Err(corrupt("enter", "an unexpected answer"));
                }
            }
        }
        Err(corrupt(
            &keys::claim(player.player),
            "the pool refused every claim as too old",
        ))
    }

    /// What the script would answer to a player who is in another pool.
    async fn try_run(
        pool: &PoolStore,
        script: &redis::Script,
        player: Entering<'_>,
        more: &[&str],
    ) -> Result<Attempt> {
        let answer = run(pool, script, player, ["0", "0", ""], "?", more);
        Ok(answer.await?.answer)
    }

    async fn enter_once(
        &self,
        pool: &PoolStore,
        script: &redis::Script,
        player: Entering<'_>,
        claim: &Claim,
        more: &[&str],
    ) -> Result<EntryAnswer> {
        let (nonce, taken_at, ticket) = (
            claim.nonce.to_string(),
            claim.taken_at_ms.to_string(),
            random(),
        );
        let claim = [nonce.as_str(), &taken_at, &ticket];
        let leaves = if player.leaves { "1" } else { "" };
        let result = run(pool, script, player, claim, leaves, more).await;
        let holds = match &result {
            Ok(answer) => answer.holds,
            Err(Error::Full) => false,
            // Maybe applied: the claim stays until the state of the record is known.
            Err(_) => true,
        };
        if !holds {
            Claims::new(&self.stores)
                .release_now(player.player, pool.name(), Some(&nonce))
                .await;
        }
        result
    }
}

/// Runs a script with the common arguments and `more`. `claim`: its nonce, when it was taken, and an unused ticket.
async fn run(
    pool: &PoolStore,
    script: &redis::Script,
    player: Entering<'_>,
    claim: [&str; 3],
    leaves: &str,
    more: &[&str],
) -> Result<EntryAnswer> {
    let [nonce, taken_at, ticket] = claim;
    let common = [
        player.player,
        player.name,
        player.color.unwrap_or_default(),
        player.request.unwrap_or_default(),
        nonce,
        taken_at,
        ticket,
        player.game,
        leaves,
        player.latencies,
    ];
    let last = [player.trace];
    let args = [&common, more, &last].concat();
    let keys = pool.player_keys(player.player);
    pool.run_json("enter", script, &keys, &args).await
}

#[derive(Deserialize)]
struct EntryAnswer {
    answer: Attempt,
    /// The record has the claim's nonce, so the claim must stay.
    holds: bool,
    #[serde(default)]
    code_nonce: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Attempt {
    /// Nothing was changed: the claim or the code is too old, or the claim is not newer than the last membership,
    /// whose nonce is `after`.
    Late { after: String },
    /// Nothing was changed: the room needs a new code.
    NoCode,
    /// Nothing was changed: the player would get a seat.
    Accepted,
    #[serde(untagged)]
    Entered(Entered),
}
