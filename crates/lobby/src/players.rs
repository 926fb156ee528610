//! [`Players`]: a player's calls other than joining: leave, forfeit, read their own state, and signs of life.

pub(crate) mod claims;
pub(crate) mod membership;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::redis::script;
use crate::store::{PoolStore, Stores};
use crate::types::{Forfeited, Left, Me};
use claims::Claims;
use membership::Membership;

/// The players of all pools.
#[derive(Clone)]
pub struct Players {
    stores: Stores,
    claims: Claims,
}

impl Players {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
            claims: Claims::new(stores),
        }
    }

    /// `DELETE /lobby/queue`: removes the player from the queue or the waiting room, in any pool.
    pub async fn queue_leave(&self, player: &str, request: Option<&str>) -> Result<Left> {
        let pool = self.pool_for(player, "leave", request).await?;
        let (keys, args) = (
            pool.player_keys(player),
            [player, request.unwrap_or_default()],
        );
        let answer = pool.run_json("queue_leave", &script::QUEUE_LEAVE, &keys, &args);
        match answer.await? {
            LeaveAnswer::Out { release } => {
                let nonce = release.as_deref();
                self.claims.release_now(player, pool.name(), nonce).await;
                Ok(Left::Out)
            }
            LeaveAnswer::Playing { room } => Ok(Left::Playing { room }),
        }
    }

    /// `DELETE /lobby/match`: forfeits the running match.
    pub async fn forfeit(&self, player: &str, request: Option<&str>) -> Result<Forfeited> {
        let pool = self.pool_for(player, "forfeit", request).await?;
        let (keys, args) = (
            pool.player_keys(player),
            [player, request.unwrap_or_default()],
        );
        let answer = pool.run_json("forfeit", &script::FORFEIT, &keys, &args);
        match answer.await? {
            ForfeitAnswer::Done { release } => {
                let nonce = release.as_deref();
                self.claims.release_now(player, pool.name(), nonce).await;
                Ok(Forfeited::Done)
            }
            ForfeitAnswer::NotPlaying => Ok(Forfeited::NotPlaying),
        }
    }

    /// `GET /lobby/me`. Counts as a sign of life. Mints a seat ticket for a player in a match.
    pub async fn me(&self, player: &str) -> Result<Me> {
        if let Some(pool) = self.claims.pool_of(player).await? {
            let found = membership::me(&pool, player).await?;
            if found.is_live() {
                return Ok(found.into_me(pool.name()));
            }
        }
        match membership::find(&self.stores, player, "", None).await? {
            None => Ok(Me::out(None)),
            Some((_, found)) if !found.is_live() => Ok(Me::out(found.reason)),
            Some((pool, found)) => {
                self.restore_claim(player, &pool, &found).await?;
                let found = membership::me(&pool, player).await?;
                Ok(found.into_me(pool.name()))
            }
        }
    }

    /// `PATCH /lobby/me`: changes the name, the colour and the latencies ([`crate::Latencies::as_str`]) of a waiting
    /// player. Counts as a sign of life. False: nobody needs a notification, because the player is out, or is in a
    /// match, whose players are fixed, or only the latencies changed.
    pub async fn me_update(
        &self,
        player: &str,
        name: Option<&str>,
        color: Option<&str>,
        latencies: &str,
    ) -> Result<bool> {
        let Some(pool) = self.claims.pool_of(player).await? else {
            return Ok(false);
        };
        let keys = pool.player_keys(player);
        let (name, color) = (name.unwrap_or_default(), color.unwrap_or_default());
        let args = [player, name, color, latencies];
        pool.run(&script::ME_UPDATE, &keys, &args).await
    }

    /// Records a sign of life (`ping` on the lobby socket). False: the player is out.
    pub async fn touch(&self, player: &str) -> Result<bool> {
        if let Some(pool) = self.claims.pool_of(player).await?
            && membership::touch(&pool, player).await?
        {
            return Ok(true);
        }
        match membership::find(&self.stores, player, "", None).await? {
            Some((pool, found)) if found.is_live() => {
                self.restore_claim(player, &pool, &found).await?;
                membership::touch(&pool, player).await
            }
            _ => Ok(false),
        }
    }

    async fn restore_claim(
        &self,
        player: &str,
        pool: &PoolStore,
        found: &Membership,
    ) -> Result<()> {
        let nonce = found.nonce();
        self.claims.restore(player, pool.name(), nonce).await
    }

    /// The pool that handles this player's request: the pool that answered the same request before, or else the pool
    /// of the membership.
    async fn pool_for(&self, player: &str, kind: &str, request: Option<&str>) -> Result<PoolStore> {
        let claimed = self.claims.pool_of(player).await?;
        if let (None, Some(pool)) = (request, &claimed) {
            return Ok(pool.clone());
        }
        match membership::find(&self.stores, player, kind, request).await? {
            Some((pool, found)) if found.known || found.is_live() => Ok(pool),
            _ => {
                let first = || self.stores.all().into_iter().next();
                claimed
                    .or_else(first)
                    .ok_or_else(|| Error::Config("there is no pool".to_owned()))
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum LeaveAnswer {
    Out { release: Option<String> },
    Playing { room: String },
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ForfeitAnswer {
    Done { release: Option<String> },
    NotPlaying,
}
