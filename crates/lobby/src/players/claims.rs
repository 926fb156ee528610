//! [`Claims`]: limit each player to one game at a time over all pools. The claim of a player names the pool that
//! holds the player.
//!
//! The claim is in the player's slot and the record in the pool's, so no script sees both. Instead, the claim is set
//! before the record, and an enqueue whose claim is older than [`timing::CLAIM_FRESH`] is refused. A claim of another
//! pool that has no record is therefore free after [`timing::CLAIM_FREE`], whatever calls are still in flight. A
//! nonce (in µs, always increasing) identifies a membership. The claim is released by compare-and-delete, so a late
//! release never affects a newer membership.

use redis::Cmd;

use super::membership::{self, State};
use crate::error::{Result, corrupt};
use crate::keys;
use crate::redis::script;
use crate::store::{PoolStore, Stores};
use crate::timing::{self, ms};
use crate::types::Joined;

/// Other calls may act between reading another pool's claim and taking it; in each round one of the calls succeeds.
const ROUNDS_MAX: u32 = 5;

/// The claims of all players.
#[derive(Clone)]
pub(crate) struct Claims {
    stores: Stores,
}

/// `claim:<player>`: `<pool> <nonce> <taken at ms>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) pool: String,
    pub(crate) nonce: u64,
    pub(crate) taken_at_ms: u64,
}

/// The pool that holds the player.
pub(crate) enum Holder {
    ThisPool(Claim),
    /// Another pool holds the player: the answer to a join.
    Other(Joined),
}

impl Claims {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// Takes the claim for `pool`, unless a membership in another pool holds it. The claim's nonce is above `after`,
    /// the nonce of an earlier membership.
    pub(crate) async fn take(&self, pool: &PoolStore, player: &str, after: &str) -> Result<Holder> {
        let key = keys::claim(player);
        let (clock, ttl) = (self.stores.clock(), ms(timing::CLAIM_TTL).to_string());
        let mut replace = String::new();
        for _ in 0..ROUNDS_MAX {
            let args = [&clock, pool.name(), &replace, &ttl, after];
            let (taken, text, now_ms): (bool, String, String) =
                self.stores.run(&script::CLAIM_TAKE, &key, &args).await?;
            let claim = Claim::parse(&text).ok_or_else(|| corrupt(&key, &text))?;
            if taken {
                return Ok(Holder::ThisPool(claim));
            }
            let now_ms = now_ms.parse().map_err(|error| corrupt(&key, error))?;
            match self.holder(player, &claim, now_ms).await? {
                Some(answer) => return Ok(Holder::Other(answer)),
                None => replace = text,
            }
        }
        Err(corrupt(&key, "it changes faster than it can be read"))
    }

    /// The membership that another pool's claim belongs to. None: there is none, and the claim may be taken.
    async fn holder(&self, player: &str, claim: &Claim, now_ms: u64) -> Result<Option<Joined>> {
        let other = || {
            Some(Joined::OtherPool {
                pool: claim.pool.clone(),
            })
        };
        let is_old = now_ms.saturating_sub(claim.taken_at_ms) > ms(timing::CLAIM_FREE);
        let Ok(pool) = self.stores.pool(&claim.pool) else {
            return Ok(if is_old { None } else { other() });
        };
        let found = membership::me(&pool, player).await?;
        if let (State::Playing, Some(room), Some(game)) = (found.state, &found.room, &found.game) {
            return Ok(Some(Joined::Playing {
                room: room.clone(),
                game: game.clone(),
            }));
        }
        let is_over = !found.is_live() && (is_old || found.nonce() >= claim.nonce);
        Ok(if is_over { None } else { other() })
    }

    /// Releases the claim of the membership with this nonce, which has ended. A newer claim stays.
    pub(crate) async fn release(&self, player: &str, pool: &str, nonce: &str) -> Result<()> {
        let key = keys::claim(player);
        self.stores
            .run(&script::CLAIM_RELEASE, &key, &[pool, nonce])
            .await
    }

    /// Releases the claim immediately. If this fails, the outbox entry of the same transition releases it later.
    pub(crate) async fn release_now(&self, player: &str, pool: &str, nonce: Option<&str>) {
        let Some(nonce) = nonce else { return };
        if let Err(error) = self.release(player, pool, nonce).await {
            tracing::warn!(%error, "claim not released yet; the outbox will release it");
        }
    }

    /// The pool that holds the player, if any. Renews the claim's time to live.
    pub(crate) async fn pool_of(&self, player: &str) -> Result<Option<PoolStore>> {
        let mut get = redis::cmd("GETEX");
        get.arg(keys::claim(player))
            .arg("PX")
            .arg(ms(timing::CLAIM_TTL));
        let text: Option<String> = self.stores.link.command(&get).await?;
        let claim = text.as_deref().and_then(Claim::parse);
        Ok(claim.and_then(|claim| self.stores.pool(&claim.pool).ok()))
    }

    /// Restores the claim of a live membership after Redis lost it.
    pub(crate) async fn restore(&self, player: &str, pool: &str, nonce: u64) -> Result<()> {
        let mut set: Cmd = redis::cmd("SET");
        set.arg(keys::claim(player))
            .arg(format!("{pool} {nonce} 0"))
            .arg("NX")
            .arg("PX")
            .arg(ms(timing::CLAIM_TTL));
        self.stores.link.command(&set).await
    }

    /// The claim in this key, if there is one.
    pub(crate) async fn read(&self, key: &str) -> Result<Option<Claim>> {
        let text: Option<String> = self.stores.link.command(redis::cmd("GET").arg(key)).await?;
        Ok(text.as_deref().and_then(Claim::parse))
    }
}

impl Claim {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (pool, nonce, taken_at) = (words.next()?, words.next()?, words.next()?);
        Some(Self {
            pool: pool.to_owned(),
            nonce: nonce.parse().ok()?,
            taken_at_ms: taken_at.parse().ok()?,
        })
    }
}
