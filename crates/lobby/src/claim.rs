//! One game at a time over all pools: the claim a player's stay holds, and what to do about another pool's.
//!
//! The claim lives in the player's own slot, the record in the pool's, so no script sees both. Instead: the claim is set
//! before the record; an enqueue whose claim is older than 10 s is refused; so another pool's claim that no record stands
//! behind is free after 30 s, whatever is still in flight. A nonce (µs, only grows) tells stays apart: the claim is released
//! by compare-and-delete, so a late release never hurts a newer stay.

use redis::Cmd;

use crate::error::{Result, corrupt};
use crate::keys;
use crate::lobby::Lobby;
use crate::player::Joined;
use crate::pool::Pool;
use crate::script;
use crate::stay::Stay;

/// A claim without a record is free for another pool after this.
pub(crate) const FREE_AFTER_MS: u64 = 30_000;
/// Only so that the claim of a crashed join by a player who never came back goes some day; each sign of life renews it.
const FORGOTTEN_MS: u64 = 86_400_000;
/// Between reading another pool's claim and taking it, others may act; each round one of them has won.
const ROUNDS_MAX: u32 = 5;

/// `claim:<player>`: `<pool> <nonce> <taken at ms>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) pool: String,
    pub(crate) nonce: u64,
    pub(crate) taken_at_ms: u64,
}

impl Claim {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (pool, nonce, taken_at) = (words.next()?, words.next()?, words.next()?);
        Some(Self {
            pool: pool.to_owned(),
            nonce: nonce.parse().ok()?,
            taken_at_ms: taken_at.parse().ok()?,
        })
    }
}

/// Who holds the player.
pub(crate) enum Holder {
    Me(Claim),
    /// Another pool does: the answer to a join.
    Other(Joined),
}

impl Lobby {
    /// Takes the claim for `pool`, unless a stay in another pool holds it.
    /// Its nonce is above `after`, that of an earlier stay.
    pub(crate) async fn claim_take(
        &self,
        pool: &Pool,
        player: &str,
        after: &str,
    ) -> Result<Holder> {
        let key = keys::claim(player);
        let mut replace = String::new();
        for _ in 0..ROUNDS_MAX {
            let args = [
                &self.clock(),
                pool.name(),
                &replace,
                &FORGOTTEN_MS.to_string(),
                after,
            ];
            let (taken, text, now_ms): (bool, String, String) =
                self.plain(&script::CLAIM_TAKE, &key, &args).await?;
            let claim = Claim::parse(&text).ok_or_else(|| corrupt(&key, &text))?;
            if taken {
                return Ok(Holder::Me(claim));
            }
            let now_ms = now_ms.parse().map_err(|error| corrupt(&key, error))?;
            match self.behind(player, &claim, now_ms).await? {
                Some(answer) => return Ok(Holder::Other(answer)),
                None => replace = text,
            }
        }
        Err(corrupt(&key, "it changes faster than it can be read"))
    }

    /// What stands behind another pool's claim; None: nothing does, it may be taken.
    async fn behind(&self, player: &str, claim: &Claim, now_ms: u64) -> Result<Option<Joined>> {
        let other = || {
            Some(Joined::OtherPool {
                pool: claim.pool.clone(),
            })
        };
        let is_old = now_ms.saturating_sub(claim.taken_at_ms) > FREE_AFTER_MS;
        let Ok(pool) = self.pool(&claim.pool) else {
            return Ok(if is_old { None } else { other() });
        };
        let found = pool.me(player).await?;
        if let (Stay::Playing, Some(room), Some(game)) = (found.state, &found.room, &found.game) {
            return Ok(Some(Joined::Playing {
                room: room.clone(),
                game: game.clone(),
            }));
        }
        let is_over = !found.state.is_live() && (is_old || found.nonce() >= claim.nonce);
        Ok(if is_over { None } else { other() })
    }

    /// The stay with this nonce is over. A newer claim stays.
    pub(crate) async fn claim_release(&self, player: &str, pool: &str, nonce: &str) -> Result<()> {
        self.plain(&script::CLAIM_RELEASE, &keys::claim(player), &[pool, nonce])
            .await
    }

    /// The pool that holds the player, if any; keeps the claim from being forgotten.
    pub(crate) async fn claim_pool(&self, player: &str) -> Result<Option<Pool>> {
        let mut get = redis::cmd("GETEX");
        get.arg(keys::claim(player)).arg("PX").arg(FORGOTTEN_MS);
        let text: Option<String> = self.link.command(&get).await?;
        Ok(text
            .and_then(|text| Claim::parse(&text))
            .and_then(|claim| self.pool(&claim.pool).ok()))
    }

    /// A live stay was found without its claim (Redis lost it): sets it again.
    pub(crate) async fn claim_restore(&self, player: &str, pool: &str, nonce: u64) -> Result<()> {
        let mut set: Cmd = redis::cmd("SET");
        set.arg(keys::claim(player))
            .arg(format!("{pool} {nonce} 0"))
            .arg("NX")
            .arg("PX")
            .arg(FORGOTTEN_MS);
        self.link.command(&set).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::Enqueued;
    use crate::test_server::Server;
    use crate::{Join, Pools};

    /// An enqueue at `at_ms` under a claim taken at 0 with nonce 5, which is in flight since then; what the player's stay was
    /// when it arrives.
    async fn check_enqueue(
        server: &Server,
        at_ms: u64,
        nonce_before: Option<u64>,
        is_enqueued: bool,
    ) {
        let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
        let lobby = Lobby::connect(&server.url, pools)
            .await
            .expect("a lobby")
            .at(at_ms);
        let (player, pool) = (
            crate::lobby::random(),
            lobby.pool("main").expect("the pool"),
        );
        let join = Join {
            player: &player,
            name: "a",
            color: None,
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
            let enqueued = lobby.enqueue(&pool, &join, &before).await.expect("enqueue");
            assert!(matches!(enqueued, Enqueued::Known(_)), "{enqueued:?}");
            lobby
                .at(at_ms + 400_000)
                .pool("main")
                .expect("the pool")
                .decide_due(100)
                .await
                .expect("decide");
        }
        let answer = lobby
            .enqueue(&pool, &join, &claim(5))
            .await
            .expect("enqueue");
        assert_eq!(
            matches!(answer, Enqueued::Known(_)),
            is_enqueued,
            "at {at_ms} after {nonce_before:?}"
        );
    }

    #[tokio::test]
    async fn an_enqueue_that_arrives_late_or_after_a_newer_stay_is_refused() {
        let server = Server::shared();
        check_enqueue(&server, 10_000, None, true).await;
        check_enqueue(&server, 10_001, None, false).await;
        check_enqueue(&server, 1000, Some(4), true).await;
        check_enqueue(&server, 1000, Some(5), false).await;
        check_enqueue(&server, 1000, Some(6), false).await;
    }
}
