//! A player's membership in one pool, as recorded there, and the search for it over all pools.

use futures_util::future::try_join_all;
use serde::Deserialize;

use crate::error::Result;
use crate::redis::script;
use crate::store::{PoolStore, Stores, random};
use crate::types::{GameTicket, Me, Status};

/// The membership in a pool's record of a player.
#[derive(Debug, Deserialize)]
pub(crate) struct Membership {
    pub(crate) state: State,
    pub(crate) reason: Option<String>,
    position: Option<u64>,
    pub(crate) room: Option<String>,
    pub(crate) game: Option<GameTicket>,
    /// The pool has already answered this request.
    #[serde(default)]
    pub(crate) known: bool,
    nonce: String,
}

/// The state of a player's record in one pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// There is no record.
    None,
    /// A tombstone: the record only says why the player is out.
    Out,
    Queued,
    Seated,
    Playing,
}

/// The player's membership in this pool. Counts as a sign of life. Mints a seat ticket for a player in a match.
pub(crate) async fn me(pool: &PoolStore, player: &str) -> Result<Membership> {
    let (keys, ticket) = (pool.player_keys(player), random());
    pool.run_json("me", &script::ME, &keys, &[player, &ticket])
        .await
}

/// Records a sign of life. False: the player is out.
pub(crate) async fn touch(pool: &PoolStore, player: &str) -> Result<bool> {
    let keys = pool.player_keys(player);
    pool.run(&script::TOUCH, &keys, &[player]).await
}

/// Records that the player's lobby socket closed. False: the player is out, plays, or was away already.
pub(crate) async fn away(pool: &PoolStore, player: &str) -> Result<bool> {
    let keys = pool.player_keys(player);
    pool.run(&script::AWAY, &keys, &[player]).await
}

/// The membership that counts: the one in the pool that answered the request before, or else the live one, or else
/// the newest tombstone. For players whose claim is missing, and for requests that may be older than the claim.
pub(crate) async fn find(
    stores: &Stores,
    player: &str,
    kind: &str,
    request: Option<&str>,
) -> Result<Option<(PoolStore, Membership)>> {
    let args = [player, request.unwrap_or_default(), kind];
    let found = try_join_all(stores.all().into_iter().map(|pool| async move {
        let keys = pool.player_keys(player);
        let found: Membership = pool
            .run_json("membership", &script::MEMBERSHIP, &keys, &args)
            .await?;
        Ok::<_, crate::Error>((pool, found))
    }));
    let known = found
        .await?
        .into_iter()
        .filter(|(_, found)| found.known || found.state != State::None);
    Ok(known.max_by_key(|(_, found)| (found.known, found.is_live(), found.nonce())))
}

impl Membership {
    /// Queued, seated or playing.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.state, State::Queued | State::Seated | State::Playing)
    }

    pub(crate) fn nonce(&self) -> u64 {
        self.nonce.parse().unwrap_or(0)
    }

    pub(crate) fn into_me(self, pool: &str) -> Me {
        let status = match self.state {
            State::None | State::Out => return Me::out(self.reason),
            State::Queued => Status::Queued,
            State::Seated => Status::Seated,
            State::Playing => Status::Playing,
        };
        Me {
            status,
            reason: None,
            pool: Some(pool.to_owned()),
            position: self.position,
            room: self.room,
            game: self.game,
        }
    }
}
