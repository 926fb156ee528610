//! [`Sessions`]: the lobby sockets: which API Gateway connection belongs to a player, and which player to a
//! connection.
//!
//! The two mappings are in two slots, so they take two commands. A failure between the two is
//! harmless: a connection that no session names gets no notifications, and a session that names a
//! closed connection is removed on the first 410.

use crate::error::Result;
use crate::keys;
use crate::origin::Origin;
use crate::players::claims::Claims;
use crate::players::membership;
use crate::redis::script;
use crate::rooms::watching;
use crate::store::Stores;
use crate::timing::{self, ms};

/// 2 h 5 min, which is longer than API Gateway keeps a connection.
pub(crate) const SESSION_TTL_SECONDS: u64 = 7500;

/// The lobby sockets of all players.
#[derive(Clone)]
pub struct Sessions {
    stores: Stores,
    claims: Claims,
}

impl Sessions {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
            claims: Claims::new(stores),
        }
    }

    /// `$connect`: makes this connection the player's. Counts as a sign of life. Returns the connection that it
    /// supersedes, which the caller closes.
    pub async fn open(&self, player: &str, connection: &str) -> Result<Option<String>> {
        let mut owner = redis::cmd("SET");
        owner
            .arg(keys::connection(connection))
            .arg(player)
            .arg("EX")
            .arg(SESSION_TTL_SECONDS);
        let _: () = self.stores.link.command(&owner).await?;
        let mut session = redis::cmd("SET");
        session
            .arg(keys::session(player))
            .arg(connection)
            .arg("EX")
            .arg(SESSION_TTL_SECONDS)
            .arg("GET");
        let old: Option<String> = self.stores.link.command(&session).await?;
        // After the session is set, because the expiry of a player who is away first checks for a session.
        if let Some(pool) = self.claims.pool_of(player).await? {
            membership::touch(&pool, player).await?;
        }
        Ok(old.filter(|old| old != connection))
    }

    /// `$connect`, before [`Sessions::open`]: URLs of games in notifications on this connection are relative to this
    /// origin.
    pub async fn set_origin(&self, connection: &str, origin: &Origin) -> Result<()> {
        let mut set = redis::cmd("SET");
        set.arg(keys::connection_origin(connection))
            .arg(origin.as_str())
            .arg("EX")
            .arg(SESSION_TTL_SECONDS);
        self.stores.link.command(&set).await
    }

    /// The origin through which a connection's client reached the lobby.
    pub async fn origin_of(&self, connection: &str) -> Result<Option<Origin>> {
        let origin = self.get(keys::connection_origin(connection)).await?;
        Ok(origin.as_deref().and_then(Origin::parse))
    }

    /// `$disconnect`, or 410 Gone: removes the session if it still names this connection.
    pub async fn close(&self, connection: &str) -> Result<()> {
        if let Some(player) = self.player_of(connection).await? {
            self.remove(&player, connection).await?;
        }
        Ok(())
    }

    /// The player that a connection belongs to.
    pub async fn player_of(&self, connection: &str) -> Result<Option<String>> {
        self.get(keys::connection(connection)).await
    }

    /// The player's connection.
    pub async fn connection_of(&self, player: &str) -> Result<Option<String>> {
        self.get(keys::session(player)).await
    }

    /// Whether the connection may still be opening. Until its handshake is answered, API Gateway says that it is gone.
    pub(crate) async fn is_opening(&self, connection: &str) -> Result<bool> {
        let mut left = redis::cmd("PTTL");
        left.arg(keys::connection(connection));
        let left_ms: i64 = self.stores.link.command(&left).await?;
        let opened_ms = (SESSION_TTL_SECONDS * 1000).cast_signed() - left_ms;
        // Negative: there is no such connection.
        Ok(left_ms >= 0 && opened_ms < ms(timing::OPENING).cast_signed())
    }

    /// Removes both mappings. A waiting player has [`crate::timing::AWAY`] from here on. The session is removed
    /// first, because without the connection's mapping it could no longer be found.
    pub(crate) async fn remove(&self, player: &str, connection: &str) -> Result<()> {
        let key = keys::session(player);
        let was_open: bool = self
            .stores
            .run(&script::SESSION_CLOSE, &key, &[connection])
            .await?;
        if was_open && let Some(pool) = self.claims.pool_of(player).await? {
            membership::away(&pool, player).await?;
        }
        watching::unwatch(&self.stores, connection).await?;
        for key in [
            keys::connection(connection),
            keys::connection_origin(connection),
        ] {
            let _: u64 = self.stores.link.command(redis::cmd("DEL").arg(key)).await?;
        }
        Ok(())
    }

    async fn get(&self, key: String) -> Result<Option<String>> {
        self.stores.link.command(redis::cmd("GET").arg(key)).await
    }
}
