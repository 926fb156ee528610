//! A player's stay in one pool, as its record says, and the search for it over all pools.

use futures_util::future::try_join_all;
use serde::Deserialize;

use crate::error::Result;
use crate::lobby::{Lobby, random};
use crate::player::{GameTicket, Me, Status};
use crate::pool::Pool;
use crate::script;

/// What a pool knows of a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stay {
    None,
    Out,
    Queued,
    Seated,
    Playing,
}

impl Stay {
    pub(crate) fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Seated | Self::Playing)
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct StayFound {
    pub(crate) state: Stay,
    pub(crate) reason: Option<String>,
    position: Option<u64>,
    pub(crate) room: Option<String>,
    pub(crate) game: Option<GameTicket>,
    /// This pool has answered the request asked about.
    #[serde(default)]
    pub(crate) known: bool,
    nonce: String,
}

impl StayFound {
    pub(crate) fn nonce(&self) -> u64 {
        self.nonce.parse().unwrap_or(0)
    }

    pub(crate) fn into_me(self, pool: &Pool) -> Me {
        let status = match self.state {
            Stay::None | Stay::Out => return Me::out(self.reason),
            Stay::Queued => Status::Queued,
            Stay::Seated => Status::Seated,
            Stay::Playing => Status::Playing,
        };
        let pool = Some(pool.name().to_owned());
        Me {
            status,
            reason: None,
            pool,
            position: self.position,
            room: self.room,
            game: self.game,
        }
    }
}

impl Pool {
    pub(crate) async fn me(&self, player: &str) -> Result<StayFound> {
        self.ask(
            "me",
            &script::ME,
            &self.player_keys(player),
            &[player, &random()],
        )
        .await
    }

    /// The player's lobby socket closed. False: the player is out, plays, or was away already.
    pub(crate) async fn away(&self, player: &str) -> Result<bool> {
        self.run(&script::AWAY, &self.player_keys(player), &[player])
            .await
    }

    pub(crate) async fn touch(&self, player: &str) -> Result<bool> {
        self.run(&script::TOUCH, &self.player_keys(player), &[player])
            .await
    }
}

impl Lobby {
    /// Of all pools the one that counts: which answered the request before, else which has a live stay, else the newest
    /// tombstone. For when the claim does not say, or a request may be older than it.
    pub(crate) async fn best_stay(
        &self,
        player: &str,
        kind: &str,
        request: Option<&str>,
    ) -> Result<Option<(Pool, StayFound)>> {
        let args = [player, request.unwrap_or_default(), kind];
        let found = try_join_all(self.all_pools().into_iter().map(|pool| async move {
            let found: StayFound = pool
                .ask("stay", &script::STAY, &pool.player_keys(player), &args)
                .await?;
            Ok::<_, crate::Error>((pool, found))
        }));
        let known = found
            .await?
            .into_iter()
            .filter(|(_, found)| found.known || found.state != Stay::None);
        Ok(known.max_by_key(|(_, found)| (found.known, found.state.is_live(), found.nonce())))
    }
}
